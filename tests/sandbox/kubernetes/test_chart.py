"""The chart `tigera-operator`: what it installs, and the values that it refuses."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from sandbox.charts import catalogue
from sandbox.charts.chart import ChartError, Install, merged
from sandbox.charts.tigera_operator import OPERATOR_VERSIONS, TigeraOperatorChart

Body = dict[str, Any]
REPOSITORY = "https://docs.tigera.io/calico/charts"
CHART = TigeraOperatorChart()
OFF: Body = {name: {"enabled": False} for name in ("installation", "apiServer", "goldmane", "whisker")}


def _objects(values: Body, version: str = "v3.32.4") -> dict[tuple[str, str], Body]:
    install = Install("calico", "tigera-operator", version, merged(CHART.defaults(version), values))
    return {(item["kind"], item["metadata"]["name"]): item for item in CHART.render(install)}


def _pod(values: Body, version: str = "v3.32.4") -> Body:
    deployment = _objects(values, version)["Deployment", "tigera-operator"]
    pod: Body = deployment["spec"]["template"]["spec"]
    return pod


class TestCatalogue:
    """Where a chart comes from, and which versions there are."""

    @pytest.mark.parametrize(
        ("reference", "repository"),
        [
            ("tigera-operator", REPOSITORY),
            ("tigera-operator", REPOSITORY + "/"),
            ("tigera-operator", "https://projectcalico.docs.tigera.io/charts"),
            ("oci://quay.io/calico/charts/tigera-operator", ""),
        ],
    )
    def test_the_chart_is_found_where_it_is_published(self, reference: str, repository: str) -> None:
        assert catalogue.find(reference, repository).name == "tigera-operator"

    @pytest.mark.parametrize(
        ("reference", "repository", "message"),
        [
            pytest.param(
                "tigera-operater",
                REPOSITORY,
                "chart is 'tigera-operater' but the sandbox can only install: tigera-operator; did you mean "
                "'tigera-operator' (charts cannot be downloaded here, each is rendered by the sandbox "
                "itself)",
                id="typing mistake",
            ),
            pytest.param(
                "nginx",
                REPOSITORY,
                "chart is 'nginx' but the sandbox can only install: tigera-operator (charts cannot be "
                "downloaded here, each is rendered by the sandbox itself)",
                id="another chart",
            ),
            pytest.param(
                "tigera-operator",
                "",
                "chart is 'tigera-operator' but no repository is given; set repositoryOpts.repo to "
                "'https://docs.tigera.io/calico/charts' (the chart is published there)",
                id="no repository",
            ),
            pytest.param(
                "tigera-operator",
                "https://example.com",
                "chart is 'tigera-operator' but repository 'https://example.com' is given; set "
                "repositoryOpts.repo to 'https://docs.tigera.io/calico/charts' (the chart is published "
                "there)",
                id="another repository",
            ),
            pytest.param(
                "oci://quay.io/calico/charts/tigera-operator",
                REPOSITORY,
                "chart is 'oci://quay.io/calico/charts/tigera-operator' but repositoryOpts.repo is "
                "'https://docs.tigera.io/calico/charts'; give the chart's bare name with a repository, or "
                "an oci:// reference without one (Helm joins the two)",
                id="both",
            ),
        ],
    )
    def test_anything_else_is_refused(self, reference: str, repository: str, message: str) -> None:
        with pytest.raises(ChartError) as refused:
            catalogue.find(reference, repository)
        assert str(refused.value) == message

    def test_a_version_that_is_not_there_is_said_in_helm_s_words(self) -> None:
        with pytest.raises(ChartError) as refused:
            catalogue.version_of(CHART, "3.32.4")
        assert str(refused.value) == (
            'chart "tigera-operator" version "3.32.4" not found in https://docs.tigera.io/calico/charts '
            "repository (the sandbox knows v3.31.7, v3.32.0, v3.32.1, v3.32.2, v3.32.3, v3.32.4, v3.33.0, "
            "v3.33.1; nearest: v3.32.4)"
        )

    def test_no_version_is_the_newest(self) -> None:
        assert catalogue.version_of(CHART, "") == "v3.33.1"


class TestObjects:
    """What the values come to."""

    def test_the_operator_alone(self) -> None:
        assert list(_objects(OFF)) == [
            ("ServiceAccount", "tigera-operator"),
            ("ClusterRole", "tigera-operator"),
            ("ClusterRole", "tigera-operator-secrets"),
            ("ClusterRoleBinding", "tigera-operator"),
            ("RoleBinding", "tigera-operator-secrets"),
            ("Deployment", "tigera-operator"),
        ]

    def test_everything_is_on_by_default(self) -> None:
        found = _objects({})
        assert list(found)[-4:] == [
            ("Installation", "default"),
            ("APIServer", "default"),
            ("Goldmane", "default"),
            ("Whisker", "default"),
        ]
        assert found["Installation", "default"]["spec"] == {
            "controlPlaneNodeSelector": {},
            "controlPlaneReplicas": 2,
            "controlPlaneTolerations": [],
            "imagePullSecrets": [],
            "kubeletVolumePluginPath": "None",
            "kubernetesProvider": "",
            "nonPrivileged": "Disabled",
        }

    def test_the_operator_runs_before_there_is_a_network(self) -> None:
        pod = _pod(OFF)
        assert (pod["hostNetwork"], pod["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")
        assert pod["tolerations"] == [
            {"effect": "NoExecute", "operator": "Exists"},
            {"effect": "NoSchedule", "operator": "Exists"},
        ]
        assert pod["nodeSelector"] == {"kubernetes.io/os": "linux"}

    @pytest.mark.parametrize(("version", "operator"), OPERATOR_VERSIONS.items())
    def test_the_operator_s_version_follows_the_chart_s(self, version: str, operator: str) -> None:
        container = _pod(OFF, version)["containers"][0]
        assert container["image"] == f"quay.io/tigera/operator:{operator}"
        assert {"name": "TIGERA_OPERATOR_INIT_IMAGE_VERSION", "value": operator} in container["env"]

    @pytest.mark.parametrize(("value", "argument"), [(True, "true"), (False, "false")])
    def test_whether_it_brings_its_definitions(self, value: bool, argument: str) -> None:
        values = {**OFF, "manageCRDs": value}
        assert _pod(values)["containers"][0]["args"] == [f"-manage-crds={argument}"]
        install = Install("calico", "tigera-operator", "v3.32.4", merged(CHART.defaults("v3.32.4"), values))
        assert bool(CHART.awaited_crds(install)) is value

    def test_pod_settings_are_passed_on(self) -> None:
        values: Body = {
            **OFF,
            "dnsPolicy": "Default",
            "dnsConfig": {"nameservers": ["168.63.129.16"]},
            "resources": {"limits": {"cpu": "1"}},
            "priorityClassName": "high",
            "podAnnotations": {"a": "b"},
            "podLabels": {"c": "d"},
            "additionalLabels": {"e": "f"},
            "tolerations": None,
            "zapDevel": True,
            "containerSecurityContext": {"runAsUser": 1},
        }
        deployment = _objects(values)["Deployment", "tigera-operator"]
        template, pod = deployment["spec"]["template"], deployment["spec"]["template"]["spec"]
        assert pod["dnsPolicy"] == "Default"
        assert pod["dnsConfig"] == {"nameservers": ["168.63.129.16"]}
        assert pod["priorityClassName"] == "high"
        assert "tolerations" not in pod
        assert pod["containers"][0]["resources"] == {"limits": {"cpu": "1"}}
        assert pod["containers"][0]["args"][-1] == "-zap-devel=true"
        assert pod["containers"][0]["securityContext"] == {"runAsUser": 1}
        assert template["metadata"]["annotations"] == {"a": "b"}
        assert template["metadata"]["labels"]["c"] == "d"
        assert deployment["metadata"]["labels"] == {"k8s-app": "tigera-operator", "e": "f"}

    def test_the_address_of_the_api_server_becomes_a_config_map(self) -> None:
        assert ("ConfigMap", "kubernetes-services-endpoint") not in _objects(OFF)
        found = _objects({**OFF, "kubernetesServiceEndpoint": {"host": "lab.hcp.azmk8s.io", "port": "443"}})
        config_map = found["ConfigMap", "kubernetes-services-endpoint"]
        assert config_map["metadata"]["namespace"] == "tigera-operator"
        assert config_map["data"] == {
            "KUBERNETES_SERVICE_HOST": "lab.hcp.azmk8s.io",
            "KUBERNETES_SERVICE_PORT": "443",
        }

    def test_pull_secrets_are_made_and_used(self) -> None:
        found = _objects({"imagePullSecrets": {"quay": '{"auths":{}}'}})
        secret = found["Secret", "quay"]
        assert base64.b64decode(secret["data"][".dockerconfigjson"]) == b'{"auths":{}}'
        assert found["ServiceAccount", "tigera-operator"]["imagePullSecrets"] == [{"name": "quay"}]
        assert found["Installation", "default"]["spec"]["imagePullSecrets"] == [{"name": "quay"}]

    def test_rendering_does_not_change_the_values(self) -> None:
        values = merged(CHART.defaults("v3.32.4"), {})
        before = merged(values, {})
        CHART.render(Install("calico", "tigera-operator", "v3.32.4", values))
        assert values == before


class TestMistakes:
    """Values that the chart has no use for."""

    def test_the_values_of_the_labs_pass(self) -> None:
        assert CHART.mistakes({**OFF, "manageCRDs": True, "dnsPolicy": "Default"}) == []
        assert CHART.mistakes(CHART.defaults("v3.32.4")) == []

    @pytest.mark.parametrize(
        ("values", "path", "message"),
        [
            pytest.param(
                {"instalation": {}},
                "instalation",
                "instalation is not a value of the chart; did you mean 'installation' (Helm would ignore it "
                "without a word)",
                id="typing mistake",
            ),
            pytest.param(
                {"calicoctl": {"zzz": 1}},
                "calicoctl.zzz",
                "calicoctl.zzz is not a value of the chart; known here: image, tag (Helm would ignore it "
                "without a word)",
                id="below a section",
            ),
            pytest.param(
                {"manageCRDs": "true"},
                "manageCRDs",
                "manageCRDs is 'true' but the chart reads a boolean there; set it to true or false",
                id="text for a flag",
            ),
            pytest.param(
                {"apiServer": {"enabled": "false"}},
                "apiServer.enabled",
                "apiServer.enabled is 'false' but the chart reads a boolean there; set it to true or false",
                id="text for a switch",
            ),
            pytest.param(
                {"installation": False},
                "installation",
                "installation is 'False' but the chart reads a map there; give it as a map of its settings",
                id="a flag for a section",
            ),
            pytest.param(
                {"defaultFelixConfiguration": {"enabled": True}},
                "defaultFelixConfiguration.enabled",
                "defaultFelixConfiguration.enabled is 'true' but the sandbox does not render that object; "
                "leave it false and patch FelixConfiguration/default once Calico is ready (the operator "
                "owns it)",
                id="not rendered here",
            ),
        ],
    )
    def test_a_mistake_is_named_with_its_path(self, values: Body, path: str, message: str) -> None:
        assert CHART.mistakes(values) == [(path, message)]


def test_values_are_merged_as_helm_merges_them() -> None:
    defaults = {"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": 1}
    values = {"a": {"b": 9}, "list": [3], "gone": None, "new": {"x": 1}}
    assert merged(defaults, values) == {"a": {"b": 9, "c": 2}, "list": [3], "new": {"x": 1}}
    assert defaults == {"a": {"b": 1, "c": 2}, "list": [1, 2], "gone": 1}
