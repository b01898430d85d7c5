"""When an object counts as ready: one module a kind of object, `until` to wait for any of them.

May live here: conditions (a look at the live object, and what to say when it is not ready). May not: requests
that change anything.
"""
