"""Over the whole space of settings: they pass and render a body that the operator accepts, or they are
refused.

Nothing else may come out, for a reader never deserves a traceback for a value in a stack file. Each test
counts both outcomes, because a property that only ever sees one of them proves nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labs import enums, keys
from labs.enums import Lab
from labs.errors import RulesError, SettingsError
from labs.installation import render_api_server, render_felix, render_installation
from labs.names import cluster_name
from labs.reading import settings_from
from labs.rules import check
from labs.settings import LabSettings
from tests.labs.cases import BASELINES
from tests.labs.operator_rules import installation_violations

PROFILE = settings(
    deadline=None,
    database=None,
    derandomize=True,
    max_examples=600,
    suppress_health_check=[HealthCheck.too_slow],
)

anything = st.text(st.characters(exclude_categories=[]), max_size=30)
ranges = st.builds(
    "{}.{}.{}.0/{}".format, *[st.sampled_from([0, 10, 64, 128, 172, 224])] * 3, st.integers(0, 33)
)
cidrs = (
    st.sampled_from(["10.0.0.0/16", "10.244.0.0/16", "10.0.0.0/8", "172.30.0.0/16", "fd00::/64"])
    | ranges
    | anything
)
numbers = st.integers(-2, 40) | st.integers(-(10**18), 10**18)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | anything,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(anything, children, max_size=3),
    max_leaves=5,
)
methods = st.dictionaries(
    st.sampled_from(
        ["kubernetes", "canReach", "firstFound", "interface", "skipInterface", "cidrs", "canReadh"]
    ),
    st.sampled_from([True, "NodeInternalIP", "1.1.1.1", "eth0", ["10.0.0.0/8"], []]) | json_values,
    max_size=2,
)
releases = st.sampled_from(["v3.31.7", "v3.32.1", "v3.33.0", "v3.33.1", "3.32.4"]) | anything
minors = st.sampled_from(["1.34", "1.35", "1.36.1", "1.37", "1.4", "v1.36"]) | anything
sizes = st.sampled_from(["Standard_B2s", "Standard_D2s_v5", "Standard_D8s_v5", "Standard_DS3_v2"]) | anything
pool_names = st.sampled_from(["system", "calico", "windows", "Win", "a" * 13]) | anything

FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "location": st.sampled_from(["westeurope", "Canada Central"]) | anything,
    "owner": anything,
    "ttl_hours": numbers,
    "kubernetes_version": minors,
    "node_count": numbers,
    "node_vm_size": sizes,
    "node_pool_name": pool_names,
    "pod_cidr": st.none() | cidrs,
    "service_cidr": cidrs,
    "dns_service_ip": st.sampled_from(["10.0.0.1", "10.0.0.10", "10.1.0.10", "::1"]) | anything,
    "vnet_cidr": cidrs,
    "windows_node_count": numbers,
    "windows_pool_name": pool_names,
    "windows_os_sku": st.sampled_from(enums.WindowsOsSku),
    "windows_vm_size": sizes,
    "calico_version": releases,
    "calico_crds": st.sampled_from(enums.CalicoCrds),
    "cni": st.sampled_from(enums.CniType),
    "ipam": st.sampled_from(enums.IpamType),
    "encapsulation": st.sampled_from(enums.Encapsulation),
    "bgp": st.sampled_from(enums.Switch),
    "block_size": numbers,
    "nat_outgoing": st.sampled_from(enums.Switch),
    "dataplane": st.sampled_from(enums.Dataplane),
    "kube_proxy": st.sampled_from(enums.KubeProxy),
    "wireguard": st.sampled_from(enums.Switch),
    "mtu": st.sampled_from([0, 1279, 1280, 1340, 1350, 1400, 1500]) | numbers,
    "node_address_autodetection_v4": methods,
    "control_plane_replicas": numbers,
    "policies": st.sampled_from(enums.PolicySet),
    "images": st.dictionaries(st.sampled_from(["customer", "summary", "x"]) | anything, anything, max_size=2),
    "wait_minutes": numbers,
    "subnet_cidr": st.just("") | cidrs | st.sampled_from(["10.224.0.0/24", "10.224.0.0/29"]),
    "kubeconfig": st.sampled_from(["", "kubeconfig-plain"]) | anything,
    "context": st.sampled_from(["", "plain"]) | anything,
    "kubeconfig_exec": st.sampled_from(enums.Switch),
    "windows_admin_username": st.sampled_from(["", "azureuser", "admin"]) | anything,
    "windows_admin_password": st.sampled_from(["", "Correct-Horse-9-Battery"]) | anything,
    "calico_management": st.sampled_from(enums.CalicoManagement),
    "calico": st.sampled_from(enums.CalicoSource),
    "calico_api_group": st.sampled_from(enums.CalicoApiGroup),
    "node_names": st.sampled_from(["", "a, b", "a,,b", "a,a"]) | anything,
    "node_status_seconds": numbers,
    "route_reflectors": st.sampled_from(["", "a", "A"]) | anything,
}


@st.composite
def lab_settings(draw: st.DrawFn) -> LabSettings:
    """A baseline with up to four fields changed: enough for rules to meet, few enough for some to pass."""
    baseline = draw(st.sampled_from(list(BASELINES.values())))
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=4, unique=True))
    return replace(baseline, **{name: draw(FIELDS[name]) for name in chosen})


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, str]:
    """A few keys of the program with text of any kind, sensible text among it, and now and then a key it does
    not know."""
    chosen = draw(st.lists(st.sampled_from(keys.KEYS), max_size=4, unique_by=lambda key: key.full_name))
    raw = {key.full_name: draw(raw_values(key)) for key in chosen}
    if draw(st.integers(0, 9)) == 0:
        raw[f"{keys.PROJECT}:{draw(anything)}"] = draw(anything)
    return raw


def raw_values(key: keys.Key) -> st.SearchStrategy[str]:
    """Text for one key: its own kind of values, JSON of any kind, or anything at all."""
    if key.choices is not None:
        own = st.sampled_from([str(choice) for choice in key.choices] + [""])
    elif key.type is keys.KeyType.INTEGER:
        own = numbers.map(str)
    elif key.type is keys.KeyType.OBJECT:
        own = FIELDS[key.field].map(json.dumps)
    else:
        own = FIELDS[key.field].map(lambda value: "" if value is None else str(value))
    return own | own | own | json_values.map(json.dumps) | anything


def is_told_well(error: RulesError | SettingsError | None) -> bool:
    """Whether a refusal, if there is one, has remedies and reasons, and nothing unprintable."""
    if error is None:
        return True
    complete = all(violation.remedy and violation.reason for violation in error.violations)
    printable = all(line.isprintable() for line in str(error).split("\n"))
    return bool(error.violations) and complete and printable


def outcome(chosen: LabSettings) -> str:
    """Check settings and, if they pass, judge everything that is rendered from them."""
    refused: RulesError | None = None
    try:
        check(chosen)
    except RulesError as error:
        refused = error
    assert is_told_well(refused)
    if refused:
        return "refused"
    body = render_installation(chosen)
    assert installation_violations(body) == []
    json.dumps([body, render_api_server(chosen), render_felix(chosen), cluster_name(chosen)])
    return "passed"


def outcome_of_text(raw: dict[str, str], stack: str) -> str:
    """Read configuration and, if it can be read, go on with the settings."""
    unreadable: SettingsError | None = None
    try:
        chosen = settings_from(raw, stack)
    except SettingsError as error:
        unreadable = error
    assert is_told_well(unreadable)
    return "unreadable" if unreadable else outcome(chosen)


def test_settings_pass_and_render_or_are_refused() -> None:
    seen: Counter[str] = Counter()

    @PROFILE
    @given(lab_settings())
    def run(chosen: LabSettings) -> None:
        seen[outcome(chosen)] += 1

    run()
    assert seen["passed"] > 30
    assert seen["refused"] > 30


def test_configuration_text_becomes_settings_or_is_refused() -> None:
    seen: Counter[str] = Counter()

    @PROFILE
    @given(configurations(), st.sampled_from([*Lab, *Lab, "dev", "x\ny"]))
    def run(raw: dict[str, str], stack: str) -> None:
        seen[outcome_of_text(raw, str(stack))] += 1

    run()
    assert seen["unreadable"] > 30
    assert seen["passed"] > 30
    assert seen["refused"] > 30


def test_every_key_is_part_of_the_space() -> None:
    assert set(FIELDS) == {key.field for key in keys.KEYS} - {"lab"}
