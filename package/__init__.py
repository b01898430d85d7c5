"""The components as a Pulumi package, for programs in other languages: `pulumi package add <this folder>`.

What may live here: the list of components that are offered, the schema that Pulumi's SDK derives from their arguments,
and the page about them. What may not: a component, and anything that a lab needs.
"""
