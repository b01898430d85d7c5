"""`kubernetes:helm.sh/v3:Release`: what Helm does with a chart, for the charts of `sandbox/charts`.

May live here: a release's inputs, its record in the cluster, installing, upgrading and uninstalling it. May
not: what a chart contains.
"""
