"""The live checks of each lab: does the cluster do what the stack says, allowed and denied.

May live here: one check a file (`state/` asks the API, `traffic/` sends packets), how checks are run and how their
results are told. May not: anything that creates a resource of the lab, and any expectation that a file of the lab
already holds: those are derived from `apps/`, `policies/` and the stack's settings. Imports `labs` and `reach`, never
`components` or `sandbox`: a check that knew how the cluster was made would believe it.
"""
