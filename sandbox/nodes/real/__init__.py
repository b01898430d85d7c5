"""Nodes that are real: containerd, kubelet and Calico's own data plane, each node in namespaces of its own.

A node is one process tree with its own mount, network, process, host-name and IPC namespaces, rooted in a file tree
below the sandbox's folder. When its first process ends, by whatever hand, the kernel ends all of it and takes mounts,
interfaces and iptables rules along; only empty cgroups and files remain, and `leftovers` removes those.

May live here: what makes such nodes and their network, and the images they run. May not: Azure, Pulumi, or what
Calico decides. Root on Linux is needed; `preflight` says what else.
"""
