"""Objects against a real API server: the server's own words, managers, schemas and garbage collection."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from sandbox.calico.crds import crd_files
from sandbox.plugins.kubernetes.api import MERGE_PATCH, Api
from sandbox.plugins.kubernetes.errors import ApiError
from sandbox.plugins.kubernetes.kinds import Gvk
from sandbox.plugins.kubernetes.kubeconfig import parse
from sandbox.plugins.kubernetes.provider import KubernetesProvider
from sandbox.plugins.server import Context, InitFailedError, ProviderError
from sandbox.tools import ensure
from tests.sandbox.kubernetes.conftest import (
    CONFIG_MAP,
    DEPLOYMENT,
    INSTALLATION,
    NAMESPACE,
    SECRET,
    SERVICE,
    context,
)
from tests.sandbox.kubernetes.control_plane import ControlPlane

pytestmark = pytest.mark.e2e

Body = dict[str, Any]
GNP = "kubernetes:projectcalico.org/v3:GlobalNetworkPolicy"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
FELIX_PATCH = "kubernetes:projectcalico.org/v3:FelixConfigurationPatch"
FELIX = "/apis/projectcalico.org/v3/felixconfigurations/default"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POOL = {"cidr": "10.244.0.0/16", "encapsulation": "VXLAN"}


@pytest.fixture(scope="module")
def api(control_plane: ControlPlane) -> Api:
    return Api(parse(control_plane.kubeconfig))


@pytest.fixture(scope="module", autouse=True)
def _calico_crds(api: Api) -> None:
    """Install the definitions of Calico that the tests use, out of the sandbox's own."""
    names = {
        "operator.tigera.io_installations",
        "operator.tigera.io_tigerastatuses",
        "projectcalico.org_felixconfigurations",
        "projectcalico.org_globalnetworkpolicies",
    }
    wanted = [file for file in crd_files(ensure().crds) if file.stem in names]
    assert {file.stem for file in wanted} == names
    for file in wanted:
        try:
            api.request("POST", CRDS, body=yaml.safe_load(file.read_text()))
        except ApiError as error:
            if not error.already_exists:
                raise


def _inputs(provider: KubernetesProvider, where: Context, news: Body) -> Body:
    inputs, failures = provider.check(where, {}, news)
    assert failures == []
    return _plain(inputs)


def _plain(body: Body) -> Body:
    """Return the body as the engine hands it back: without the marks of secrets."""
    return {key: getattr(value, "value", value) for key, value in body.items()}


def _created(provider: KubernetesProvider, token: str, news: Body) -> tuple[Context, str, Body, Body]:
    where = context(token)
    inputs = _inputs(provider, where, news)
    id, outputs = provider.create(where, inputs)
    return where, id, inputs, _plain(outputs)


@pytest.fixture(scope="module")
def namespace(control_plane: ControlPlane) -> Iterator[str]:
    """One namespace for all tests: the controller takes five seconds to delete each."""
    provider = KubernetesProvider()
    provider.configure({"kubeconfig": control_plane.kubeconfig})
    where, id, inputs, outputs = _created(provider, NAMESPACE, {"metadata": {}})
    yield id
    provider.delete(where, id, inputs, outputs)
    assert provider.read(where, id, inputs, outputs)[0] == ""


def _installation(**network: Any) -> Body:
    return {
        "apiVersion": "operator.tigera.io/v1",
        "kind": "Installation",
        "metadata": {
            "name": "default",
            "annotations": {
                "pulumi.com/waitFor": "condition=Ready",
                "pulumi.com/deletionPropagationPolicy": "background",
            },
        },
        "spec": {"calicoNetwork": {"ipPools": [POOL], **network}},
    }


class TestLifeOfAnObject:
    """Create, nothing to do, refresh, change, delete."""

    @pytest.mark.parametrize(
        ("token", "news", "change"),
        [
            pytest.param(
                CONFIG_MAP,
                {"data": {"a": "1"}},
                lambda body: body["data"].update(a="2", b="3"),
                id="ConfigMap",
            ),
            pytest.param(
                SECRET,
                {"stringData": {"a": "hidden"}},
                lambda body: body["data"].update(a="bmV3"),
                id="Secret",
            ),
            pytest.param(
                POLICY,
                {
                    "spec": {
                        "podSelector": {},
                        "policyTypes": ["Ingress", "Egress"],
                        "egress": [{"ports": [{"port": 53, "protocol": "UDP"}]}],
                    }
                },
                lambda body: body["spec"]["egress"][0]["ports"].append({"port": 53, "protocol": "TCP"}),
                id="NetworkPolicy",
            ),
            pytest.param(
                SERVICE,
                {
                    "spec": {
                        "ports": [{"port": 80, "targetPort": 8080}],
                        "clusterIP": "None",
                        "selector": {"a": "b"},
                    }
                },
                lambda body: body["spec"]["ports"][0].update(targetPort=8081),
                id="Service",
            ),
            pytest.param(
                DEPLOYMENT,
                {
                    "metadata": {"annotations": {"pulumi.com/skipAwait": "true"}},
                    "spec": {
                        "selector": {"matchLabels": {"a": "b"}},
                        "template": {
                            "metadata": {"labels": {"a": "b"}},
                            "spec": {
                                "containers": [
                                    {"name": "c", "image": "x:1", "resources": {"limits": {"cpu": "100m"}}}
                                ]
                            },
                        },
                    },
                },
                lambda body: body["spec"]["template"]["spec"]["containers"][0].update(image="x:2"),
                id="Deployment",
            ),
            pytest.param(
                GNP,
                {
                    "apiVersion": "projectcalico.org/v3",
                    "kind": "GlobalNetworkPolicy",
                    # Foreground deletion waits until the garbage collector has noticed the new kind, up to 30 s.
                    "metadata": {
                        "name": "allow-dns",
                        "annotations": {"pulumi.com/deletionPropagationPolicy": "background"},
                    },
                    "spec": {
                        "order": 10,
                        "selector": "all()",
                        "types": ["Egress"],
                        "egress": [{"action": "Allow", "protocol": "UDP", "destination": {"ports": [53]}}],
                    },
                },
                lambda body: body["spec"].update(order=20.5),
                id="GlobalNetworkPolicy",
            ),
        ],
    )
    def test_every_step_does_its_part_and_no_more(
        self, provider: KubernetesProvider, namespace: str, token: str, news: Body, change: Any
    ) -> None:
        news = copy.deepcopy(news)
        if token != GNP:
            news.setdefault("metadata", {})["namespace"] = namespace
        where, id, inputs, outputs = _created(provider, token, news)
        assert provider.diff(where, id, inputs, outputs, inputs).changes == {}
        _, found_inputs, found_outputs = provider.read(where, id, inputs, outputs)
        refreshed, state = _plain(found_inputs), _plain(found_outputs)
        assert refreshed == inputs
        assert provider.diff(where, id, refreshed, state, inputs).changes == {}

        changed = copy.deepcopy(inputs)
        change(changed)
        found = provider.diff(where, id, inputs, state, changed)
        assert found.changes
        assert not any(kind.replaces for kind in found.changes.values())
        previewed = _plain(provider.update(context(token, preview=True), id, inputs, state, changed))
        assert provider.diff(where, id, changed, previewed, changed).changes == {}
        assert _plain(provider.read(where, id, inputs, state)[1]) == inputs

        updated = _plain(provider.update(where, id, inputs, state, changed))
        assert provider.diff(where, id, changed, updated, changed).changes == {}
        # Taking a change back takes out what it added only if the update owns what the create wrote.
        reverted = _plain(provider.update(where, id, changed, updated, inputs))
        assert provider.diff(where, id, inputs, reverted, inputs).changes == {}
        if token == CONFIG_MAP:
            assert reverted["data"] == {"a": "1"}

        provider.delete(where, id, inputs, reverted)
        deadline = time.monotonic() + (30 if "annotations" in inputs["metadata"] else 0)
        while provider.read(where, id, inputs, reverted)[0] and time.monotonic() < deadline:
            time.sleep(0.1)  # skipAwait also skips the wait for a Deployment's end
        assert provider.read(where, id, inputs, reverted)[0] == ""


class TestServersWords:
    """What the API server refuses reaches the user with field and reason."""

    @pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
    @pytest.mark.parametrize(
        ("network", "words"),
        [
            pytest.param(
                {"nodeAddressAutodetectionV4": {"canReadh": "8.8.8.8"}},
                "strict decoding error: unknown field "
                '"spec.calicoNetwork.nodeAddressAutodetectionV4.canReadh"',
                id="unknown field",
            ),
            pytest.param(
                {"ipPools": [{**POOL, "encapsulation": "VXLANX"}]},
                'spec.calicoNetwork.ipPools[0].encapsulation: Unsupported value: "VXLANX": supported values: '
                '"IPIPCrossSubnet", "IPIP", "VXLAN", "VXLANCrossSubnet", "None"',
                id="wrong value",
            ),
        ],
    )
    def test_a_create_is_refused(
        self, provider: KubernetesProvider, network: Body, words: str, preview: bool
    ) -> None:
        where = context(INSTALLATION, preview=preview)
        inputs = _inputs(provider, where, _installation(**network))
        with pytest.raises(ProviderError) as refused:
            provider.create(where, inputs)
        assert words in str(refused.value)
        assert provider.read(where, "default", inputs, {})[0] == ""

    def test_an_update_is_refused_and_the_object_stays_as_it_was(
        self, provider: KubernetesProvider, api: Api
    ) -> None:
        plain = _installation()
        del plain["metadata"]["annotations"]["pulumi.com/waitFor"]
        where, id, inputs, outputs = _created(provider, INSTALLATION, plain)
        try:
            changed = copy.deepcopy(inputs)
            changed["spec"]["calicoNetwork"]["nodeAddressAutodetectionV4"] = {"canReadh": "8.8.8.8"}
            with pytest.raises(InitFailedError) as refused:
                provider.update(where, id, inputs, outputs, changed)
            assert refused.value.reasons == [
                (
                    'the Kubernetes API server reported that "default" failed to fully initialize or become live: '
                    "failed to create typed patch object (/default; operator.tigera.io/v1, Kind=Installation): "
                    ".spec.calicoNetwork.nodeAddressAutodetectionV4.canReadh: field not declared in schema"
                )
            ]
            spec = api.get("/apis/operator.tigera.io/v1/installations/default")["spec"]
            assert spec == {"calicoNetwork": {"ipPools": [{**POOL, "disableBGPExport": False}]}}
        finally:
            provider.delete(where, id, inputs, outputs)

    def test_an_existing_object_is_not_taken_over(self, provider: KubernetesProvider, namespace: str) -> None:
        where = context(NAMESPACE)
        inputs = _inputs(provider, where, {"metadata": {"name": namespace}})
        with pytest.raises(ProviderError, match=f'namespaces "{namespace}" already exists') as refused:
            provider.create(where, inputs)
        assert "upsertExistingObjects" in str(refused.value)

    def test_a_secret_s_value_does_not_show_in_a_refusal(
        self, provider: KubernetesProvider, namespace: str
    ) -> None:
        where = context(SECRET)
        news = {"metadata": {"namespace": namespace}, "data": {"a": "hidden value!"}}
        with pytest.raises(ProviderError) as refused:
            provider.create(where, _inputs(provider, where, news))
        assert "illegal base64 data" in str(refused.value)
        assert "hidden" not in str(refused.value)


class TestWaiting:
    """Waits against a server, with the test as the operator or the kubelet."""

    def test_a_wait_fails_with_the_operator_s_reason_and_is_taken_up_again(
        self, provider: KubernetesProvider, api: Api
    ) -> None:
        status = {
            "conditions": [_condition("Degraded", "True", "InvalidConfigurationError", "BGP is needed")]
        }
        body = {"apiVersion": "operator.tigera.io/v1", "kind": "TigeraStatus", "metadata": {"name": "calico"}}
        tigera = "/apis/operator.tigera.io/v1/tigerastatuses"
        api.request("POST", tigera, body=body)
        api.request("PATCH", f"{tigera}/calico/status", body={"status": status}, content_type=MERGE_PATCH)
        where = context(INSTALLATION, timeout=1.0)
        inputs = _inputs(provider, where, _installation())
        with pytest.raises(InitFailedError) as failed:
            provider.create(where, inputs)
        assert failed.value.id == "default"
        assert failed.value.reasons[1:] == [
            "waited 1 s for condition=Ready of Installation default; last seen: no status yet",
            "TigeraStatus calico: Degraded=True (InvalidConfigurationError): BGP is needed",
        ]
        outputs = dict(failed.value.outputs)
        ready = {"conditions": [_condition("Ready", "True", "AllReady", "")]}
        path = "/apis/operator.tigera.io/v1/installations/default"
        api.request("PATCH", f"{path}/status", body={"status": ready}, content_type=MERGE_PATCH)
        resumed = provider.update(where, "default", inputs, outputs, inputs)
        assert resumed["status"]["conditions"][0]["type"] == "Ready"
        provider.delete(where, "default", inputs, resumed)
        api.request("DELETE", f"{tigera}/calico")

    def test_a_load_balancer_waits_for_its_address(
        self, provider: KubernetesProvider, api: Api, namespace: str
    ) -> None:
        where = context(SERVICE, timeout=1.0)
        news = {
            "metadata": {"namespace": namespace, "name": "web"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        }
        inputs = _inputs(provider, where, news)
        with pytest.raises(InitFailedError) as failed:
            provider.create(where, inputs)
        assert failed.value.reasons[1:] == [
            (
                f"waited 1 s for endpoints and address of Service {namespace}/web; last seen: no conditions in "
                "its status"
            ),
            "Service was not allocated an IP address; does your cloud provider support this?",
        ]
        path = f"/api/v1/namespaces/{namespace}/services/web/status"
        address = {"status": {"loadBalancer": {"ingress": [{"ip": "20.1.2.3"}]}}}
        api.request("PATCH", path, body=address, content_type=MERGE_PATCH)
        outputs = provider.update(where, f"{namespace}/web", inputs, dict(failed.value.outputs), inputs)
        assert outputs["status"]["loadBalancer"]["ingress"][0]["ip"] == "20.1.2.3"

    def test_a_deployment_without_nodes_says_why_its_pods_do_not_run(
        self, provider: KubernetesProvider, namespace: str
    ) -> None:
        where = context(DEPLOYMENT, timeout=2.0)
        pod = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "x"}]}}
        news = {
            "metadata": {"namespace": namespace, "name": "web"},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": pod},
        }
        with pytest.raises(InitFailedError) as failed:
            provider.create(where, _inputs(provider, where, news))
        assert failed.value.reasons[0].endswith("become live: 'web' timed out waiting to be Ready")
        assert (
            failed.value.reasons[2]
            == "Minimum number of Pods to consider the application live was not attained"
        )
        assert failed.value.reasons[3].startswith(f"[Pod {namespace}/web-")
        assert failed.value.reasons[3].endswith("]: no nodes available to schedule pods")


def _condition(type: str, status: str, reason: str, message: str) -> Body:
    return {
        "type": type,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-11-22T00:00:00Z",
    }


class TestPatch:
    """A FelixConfiguration that the operator owns, and one field of it that the program sets."""

    @pytest.fixture(autouse=True)
    def _felix(self, api: Api) -> Iterator[None]:
        body = {
            "apiVersion": "projectcalico.org/v3",
            "kind": "FelixConfiguration",
            "metadata": {"name": "default"},
            "spec": {"bpfEnabled": False, "vxlanVNI": 4096},
        }
        api.request(
            "POST",
            "/apis/projectcalico.org/v3/felixconfigurations",
            body=body,
            query={"fieldManager": "operator"},
        )
        yield
        api.request("DELETE", FELIX)

    @staticmethod
    def _news(**spec: Any) -> Body:
        return {
            "apiVersion": "projectcalico.org/v3",
            "kind": "FelixConfiguration",
            "metadata": {"name": "default"},
            "spec": spec,
        }

    def test_it_sets_its_field_and_gives_it_back(self, provider: KubernetesProvider, api: Api) -> None:
        where, id, inputs, outputs = _created(provider, FELIX_PATCH, self._news(wireguardEnabled=True))
        assert api.get(FELIX)["spec"]["wireguardEnabled"] is True
        assert provider.diff(where, id, inputs, outputs, inputs).changes == {}
        assert provider.read(where, id, inputs, outputs)[1] == inputs
        changed = self._news(wireguardEnabled=False)
        outputs = provider.update(where, id, inputs, outputs, changed)
        assert api.get(FELIX)["spec"]["wireguardEnabled"] is False
        provider.delete(where, id, changed, outputs)
        spec = api.get(FELIX)["spec"]
        assert "wireguardEnabled" not in spec
        assert (spec["bpfEnabled"], spec["vxlanVNI"]) == (False, 4096)

    def test_a_field_of_somebody_else_is_a_conflict_unless_forced(
        self, provider: KubernetesProvider, api: Api
    ) -> None:
        where = context(FELIX_PATCH)
        with pytest.raises(ProviderError) as refused:
            provider.create(where, _inputs(provider, where, self._news(vxlanVNI=5000)))
        assert (
            'Apply failed with 1 conflict: conflict with "operator" using projectcalico.org/v3: '
            ".spec.vxlanVNI" in str(refused.value)
        )
        assert "server-side apply field conflict detected" in str(refused.value)
        forced = self._news(vxlanVNI=5000)
        forced["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
        provider.create(where, _inputs(provider, where, forced))
        assert api.get(FELIX)["spec"]["vxlanVNI"] == 5000


class TestScopes:
    """What is known of kinds without a server agrees with the server."""

    def test_the_scope_of_every_built_in_kind_is_the_server_s(self, api: Api) -> None:
        groups = [("", "v1")]
        for group in api.get("/apis")["groups"]:
            groups += [(group["name"], version["version"]) for version in group["versions"]]
        checked = 0
        for group, version in groups:
            root = f"/apis/{group}/{version}" if group else f"/api/{version}"
            for item in api.get(root)["resources"]:
                gvk = Gvk(group, version, item["kind"])
                if "/" in item["name"] or not gvk.builtin:
                    continue
                assert gvk.namespaced is item["namespaced"], gvk
                checked += 1
        assert checked > 50

    def test_the_groups_of_calico_are_custom(self, api: Api) -> None:
        names = {group["name"] for group in api.get("/apis")["groups"]}
        assert {"operator.tigera.io", "projectcalico.org"} <= names
        assert not any(Gvk(name, "v1", "X").builtin for name in ("operator.tigera.io", "projectcalico.org"))


def test_a_quantity_in_another_spelling_is_no_change(provider: KubernetesProvider, namespace: str) -> None:
    limits = {"cpu": "0.1", "memory": "1024Mi"}
    news = {
        "metadata": {"namespace": namespace, "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {"containers": [{"name": "c", "image": "x:1", "resources": {"limits": limits}}]},
    }
    token = "kubernetes:core/v1:Pod"
    where, id, inputs, outputs = _created(provider, token, news)
    assert outputs["spec"]["containers"][0]["resources"]["limits"] == {"cpu": "100m", "memory": "1Gi"}
    assert provider.diff(where, id, inputs, outputs, inputs).changes == {}


def test_a_deletion_that_hangs_names_the_finalizers(
    provider: KubernetesProvider, api: Api, namespace: str
) -> None:
    news = {"metadata": {"namespace": namespace, "name": "held", "finalizers": ["example.com/hold"]}}
    where, id, inputs, outputs = _created(provider, CONFIG_MAP, news)
    with pytest.raises(InitFailedError) as failed:
        provider.delete(context(CONFIG_MAP, timeout=1.0), id, inputs, outputs)
    assert "example.com/hold" in failed.value.reasons[1]
    path = f"/api/v1/namespaces/{namespace}/configmaps/held"
    api.request("PATCH", path, body={"metadata": {"finalizers": None}}, content_type=MERGE_PATCH)
    provider.delete(where, id, inputs, outputs)


def test_data_of_an_immutable_config_map_replaces_it_under_its_name(
    control_plane: ControlPlane, namespace: str
) -> None:
    provider = KubernetesProvider()
    provider.configure({"kubeconfig": control_plane.kubeconfig})
    news = {"metadata": {"namespace": namespace, "name": "fixed"}, "data": {"a": "1"}}
    where, id, inputs, outputs = _created(provider, CONFIG_MAP, news)
    found = provider.diff(where, id, inputs, outputs, {**inputs, "data": {"a": "2"}})
    assert found.delete_before_replace
    assert {change.replaces for change in found.changes.values()} == {True}
