"""The operator's chart: pinned, and with everything off that would hide the pod network inside a release."""

from __future__ import annotations

from components.tigera_operator import TigeraOperator, TigeraOperatorArgs
from tests.components.conftest import resolved, run
from tests.components.recorder import Recorder

_RELEASE = "helm.sh/v3:Release"


def baseline() -> TigeraOperatorArgs:
    return {"calico_version": "v3.32.4", "own_namespace": False, "host_dns": False, "wait_minutes": 7}


def test_the_release_is_exactly_this(recorder: Recorder) -> None:
    run(lambda: TigeraOperator("operator", baseline()))
    assert recorder.one(_RELEASE).inputs == {
        "name": "calico",
        "chart": "tigera-operator",
        "version": "v3.32.4",
        "repositoryOpts": {"repo": "https://docs.tigera.io/calico/charts"},
        "namespace": "tigera-operator",
        "createNamespace": True,
        "timeout": 420,
        "values": {
            "installation": {"enabled": False},
            "apiServer": {"enabled": False},
            "goldmane": {"enabled": False},
            "whisker": {"enabled": False},
            "manageCRDs": True,
            "tigeraOperator": {"env": [{"name": "CALICO_API_GROUP", "value": "crd.projectcalico.org/v1"}]},
        },
        "compat": "true",
    }


def test_for_ebpf_it_resolves_names_as_the_node_does(recorder: Recorder) -> None:
    run(lambda: TigeraOperator("operator", {**baseline(), "host_dns": True}))
    assert recorder.one(_RELEASE).inputs["values"]["dnsPolicy"] == "Default"


def test_its_wait_ends_after_the_given_minutes(recorder: Recorder) -> None:
    run(lambda: TigeraOperator("operator", baseline()))
    assert recorder.one(_RELEASE).timeouts == ("7m", "7m", "7m")


def test_the_release_is_a_child_of_its_component(recorder: Recorder) -> None:
    run(lambda: TigeraOperator("operator", baseline()))
    assert recorder.one(_RELEASE).parent == recorder.one("calico-labs:calico:TigeraOperator").urn
    assert recorder.one(_RELEASE).name == "operator-release"


def test_the_namespace_is_told_by_the_release() -> None:
    operator = run(lambda: TigeraOperator("operator", baseline()))
    assert resolved({"namespace": operator.namespace}) == {"namespace": ("tigera-operator", False)}


def test_where_nobody_takes_the_cluster_away_the_namespace_is_a_resource_that_goes_too(
    recorder: Recorder,
) -> None:
    run(lambda: TigeraOperator("operator", {**baseline(), "own_namespace": True}))
    namespace = recorder.one(":Namespace")
    assert namespace.inputs["metadata"] == {"name": "tigera-operator"}
    release = recorder.one(_RELEASE)
    assert release.inputs["createNamespace"] is False
    assert namespace.urn in release.dependencies
