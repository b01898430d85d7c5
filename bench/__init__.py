"""Measurements of the project, each a ratio against a baseline taken in the same run.

May live here: what `make bench` prints and writes to docs/benchmarks.md. May not: assertions; a noisy machine must not
fail a build.
"""
