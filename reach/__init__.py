"""Who can reach whom: the offline verdict engine over `apps/` and `policies/`.

May live here: reading policy objects, deciding flows, explaining, comparing and printing the answers. May not:
anything that talks to a cluster, to Azure or to Pulumi, or that creates a resource. Imports `labs` and nothing
else of this project, so that a lab has one description only.
"""
