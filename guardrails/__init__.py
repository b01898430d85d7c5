"""Guard rails: rules over the resources of a stack, as a Pulumi policy pack and as plain functions.

May live here: the rules, one a file; what they look at (`stack_resource.py`, `sources.py`); the exemptions; and the
pack (`__main__.py`, `pack.py`), the only part that needs Pulumi's policy SDK. May not: anything of the labs. The rules
look at what would be deployed and import none of the code that decides it, so that the two cannot share a mistake.
"""
