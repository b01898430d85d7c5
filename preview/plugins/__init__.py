"""The sandbox's stand-in plugins, creating on paper: they check and compare as strictly, and make nothing.

May live here: what an answer to a create looks like when nobody is asked. May not: any rule about what is valid or what
replaces; those stay in `sandbox/plugins`, so that a preview and an `up` in the sandbox cannot disagree.
"""

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: paper
contexts:
- name: paper
  context: {cluster: paper, user: paper}
clusters:
- name: paper
  cluster: {server: "https://127.0.0.1:9"}
users:
- name: paper
  user: {token: no-cluster-behind-this}
"""
"""Credentials of a cluster that is on paper only; nothing listens there, and nothing here tries."""
