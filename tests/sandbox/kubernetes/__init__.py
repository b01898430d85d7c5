"""Tests of the stand-in for the Kubernetes provider: units against an API in memory, e2e against a real one."""
