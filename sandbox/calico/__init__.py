"""Calico in the sandbox: the real operator as a host process, and what it needs around it.

May live here: what stands in for the pods of Calico that simulated nodes cannot run, and for what the operator does in
releases newer than the one that can be built. Each such deed names the release that does it by itself.
"""
