"""Where the operator's own Deployment lies, as the chart makes it."""

NAMESPACE = "tigera-operator"
DEPLOYMENT = f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/tigera-operator"
