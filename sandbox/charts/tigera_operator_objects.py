"""The objects of the chart `tigera-operator`, in Helm's order of installation.

The release's namespace is not among them: since v3.23 the chart leaves it to whoever installs it
(`createNamespace`). One rule stands for the chart's long ClusterRole. The operator of the sandbox does not
act as this ServiceAccount, and the real list only matters to a cluster that refuses what is missing from it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from sandbox.charts.chart import Body, Install

_NAME = "tigera-operator"
_SECRETS_ROLE = "tigera-operator-secrets"
_RBAC = "rbac.authorization.k8s.io"
_GRACE_SECONDS = 60  # as long as the operator waits for its own objects to end


def render(install: Install) -> list[Body]:
    """Return the objects."""
    values = install.values
    objects = [_service_account(install)]
    objects += [
        _pull_secret(install, name, text) for name, text in sorted(values["imagePullSecrets"].items())
    ]
    if values["kubernetesServiceEndpoint"].get("host"):
        objects.append(_services_endpoint(install))
    objects += [_cluster_role(install), _secrets_role(install), _cluster_role_binding(install)]
    objects += [_secrets_role_binding(install), _deployment(install)]
    if values["installation"].get("enabled"):
        spec = {**_without_switch(values["installation"]), "imagePullSecrets": _pull_secret_names(values)}
        objects.append(_custom("Installation", spec))
    for section, kind in (("apiServer", "APIServer"), ("goldmane", "Goldmane"), ("whisker", "Whisker")):
        if values[section].get("enabled"):
            objects.append(_custom(kind, _without_switch(values[section])))
    return objects


def _without_switch(section: Mapping[str, Any]) -> Body:
    return {key: value for key, value in section.items() if key != "enabled"}


def _custom(kind: str, spec: Body) -> Body:
    return {
        "apiVersion": "operator.tigera.io/v1",
        "kind": kind,
        "metadata": {"name": "default"},
        "spec": spec,
    }


def _labels(install: Install) -> dict[str, str]:
    return {"k8s-app": _NAME, **install.values["additionalLabels"]}


def _object(install: Install, api_version: str, kind: str, name: str, *, namespaced: bool) -> Body:
    metadata: Body = {"name": name, "labels": _labels(install)}
    if namespaced:
        metadata["namespace"] = install.namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


def _pull_secret_names(values: Mapping[str, Any]) -> list[Body]:
    named = list(values["installation"].get("imagePullSecrets") or [])
    return named + [{"name": name} for name in sorted(values["imagePullSecrets"])]


def _service_account(install: Install) -> Body:
    account = _object(install, "v1", "ServiceAccount", _NAME, namespaced=True)
    return {**account, "imagePullSecrets": _pull_secret_names(install.values)}


def _pull_secret(install: Install, name: str, text: str) -> Body:
    secret = _object(install, "v1", "Secret", name, namespaced=True)
    data = {".dockerconfigjson": base64.b64encode(str(text).encode()).decode()}
    return {**secret, "type": "kubernetes.io/dockerconfigjson", "data": data}


def _services_endpoint(install: Install) -> Body:
    endpoint = install.values["kubernetesServiceEndpoint"]
    config_map = _object(install, "v1", "ConfigMap", "kubernetes-services-endpoint", namespaced=True)
    data = {
        "KUBERNETES_SERVICE_HOST": str(endpoint["host"]),
        "KUBERNETES_SERVICE_PORT": str(endpoint.get("port", "")),
    }
    return {**config_map, "data": data}


def _cluster_role(install: Install) -> Body:
    role = _object(install, f"{_RBAC}/v1", "ClusterRole", _NAME, namespaced=False)
    return {**role, "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}


def _secrets_role(install: Install) -> Body:
    role = _object(install, f"{_RBAC}/v1", "ClusterRole", _SECRETS_ROLE, namespaced=False)
    return {
        **role,
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "delete", "update"]}],
    }


def _bound(install: Install, role: str) -> Body:
    return {
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": _NAME, "namespace": install.namespace}],
    }


def _cluster_role_binding(install: Install) -> Body:
    binding = _object(install, f"{_RBAC}/v1", "ClusterRoleBinding", _NAME, namespaced=False)
    return {**binding, **_bound(install, _NAME)}


def _secrets_role_binding(install: Install) -> Body:
    binding = _object(install, f"{_RBAC}/v1", "RoleBinding", _SECRETS_ROLE, namespaced=True)
    return {**binding, **_bound(install, _SECRETS_ROLE)}


def _deployment(install: Install) -> Body:
    values = install.values
    template: Body = {"labels": {"name": _NAME, "k8s-app": _NAME, **values["podLabels"]}}
    if values["podAnnotations"]:
        template["annotations"] = values["podAnnotations"]
    deployment = _object(install, "apps/v1", "Deployment", _NAME, namespaced=True)
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"name": _NAME}},
        "template": {"metadata": template, "spec": _pod(install)},
    }
    return {**deployment, "spec": spec}


def _pod(install: Install) -> Body:
    values = install.values
    pod: Body = {
        "serviceAccountName": _NAME,
        "terminationGracePeriodSeconds": _GRACE_SECONDS,
        # The operator must run before there is a pod network, and find cluster names all the same.
        "hostNetwork": True,
        "dnsPolicy": values.get("dnsPolicy") or "ClusterFirstWithHostNet",
        "containers": [_container(install)],
        "volumes": [{"name": "var-lib-calico", "hostPath": {"path": "/var/lib/calico"}}],
    }
    for key in ("nodeSelector", "affinity", "tolerations", "priorityClassName", "dnsConfig"):
        if values.get(key):
            pod[key] = values[key]
    return pod


def _container(install: Install) -> Body:
    values = install.values
    operator = values["tigeraOperator"]
    registry = str(operator.get("registry") or "").rstrip("/")
    arguments = [f"-manage-crds={_flag(values.get('manageCRDs'))}"]
    if "zapDevel" in values:
        arguments.append(f"-zap-devel={_flag(values['zapDevel'])}")
    container: Body = {
        "name": _NAME,
        "image": f"{registry + '/' if registry else ''}{operator['image']}:{operator['version']}",
        "imagePullPolicy": operator.get("imagePullPolicy") or "IfNotPresent",
        "command": ["operator"],
        "args": arguments,
        "env": [
            {"name": "WATCH_NAMESPACE", "value": ""},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "OPERATOR_NAME", "value": _NAME},
            {"name": "TIGERA_OPERATOR_INIT_IMAGE_VERSION", "value": str(operator["version"])},
            *(operator.get("env") or []),
        ],
        "envFrom": [{"configMapRef": {"name": "kubernetes-services-endpoint", "optional": True}}],
        "volumeMounts": [{"name": "var-lib-calico", "readOnly": True, "mountPath": "/var/lib/calico"}],
    }
    if values["resources"]:
        container["resources"] = values["resources"]
    if values.get("containerSecurityContext"):
        container["securityContext"] = values["containerSecurityContext"]
    return container


def _flag(value: object) -> str:
    return "true" if value is True else "false"
