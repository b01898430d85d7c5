"""Helm charts that the stand-in for Pulumi's Kubernetes provider can install, rendered by our own code.

May live here: which charts, versions and values exist, and the objects they come to. Pure: values in, bodies
out; no request, no file. May not: the release itself (`sandbox/plugins/kubernetes/release`), and text of the
real charts, which cannot be downloaded here and are not copied.
"""
