"""The only place that creates resources: one component a file, and compose.py as their table of contents.

What may live here: Pulumi component resources, the interface they share (cluster.py) and the one class that
turns a manifest into a resource (kubernetes_object.py). What may not: reading configuration, deciding what a
lab is, or building the body of a Calico object (all of that is labs/, which is pure and tested without an
engine), and anything of the sandbox.

Modules of components do without `from __future__ import annotations`: what they take is offered to other languages
(package/), and Pulumi's analyzer reads real types only.
"""
