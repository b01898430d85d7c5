"""From configuration text to settings: types, closed sets, unknown keys, the lab's own defaults."""

# ruff: noqa: E501 - tables of cases keep one case a line, so that they can be read as tables

from __future__ import annotations

from dataclasses import replace

import pytest

from labs import catalogue, keys
from labs.enums import CniType, Encapsulation, IpamType, Lab, NetworkPlugin, PolicySet
from labs.errors import SettingsError
from labs.reading import defaults, settings_from


def refused(raw: dict[str, str], stack: str = "byocni") -> list[str]:
    """Return what is said about a configuration that cannot be read."""
    with pytest.raises(SettingsError) as error:
        settings_from(raw, stack)
    return [str(violation) for violation in error.value.violations]


def test_an_empty_stack_named_after_a_lab_is_that_lab() -> None:
    settings = defaults("byocni")
    assert (settings.lab, settings.stack, settings.network_plugin) == (
        Lab.BYOCNI,
        "byocni",
        NetworkPlugin.NONE,
    )
    assert (settings.cni, settings.ipam, settings.encapsulation) == (
        CniType.CALICO,
        IpamType.CALICO,
        Encapsulation.VXLAN,
    )


def test_a_stack_of_another_name_names_its_lab() -> None:
    assert defaults("mine", Lab.BYOCNI).lab is Lab.BYOCNI


def test_every_field_of_the_settings_comes_from_a_key_the_lab_or_the_stack() -> None:
    fields = set(defaults("byocni").__dataclass_fields__)
    assert fields == {key.field for key in keys.KEYS} | {"stack", "cluster", "network_plugin"}


@pytest.mark.parametrize(
    ("raw", "policies"),
    [
        pytest.param({}, PolicySet.ALL, id="the-labs-own-operator-takes-all"),
        pytest.param({"calico-labs:policies": ""}, PolicySet.ALL, id="empty-is-not-said"),
        pytest.param(
            {"calico-labs:calicoManagement": "aks"}, PolicySet.KUBERNETES, id="akss-calico-takes-kubernetes'"
        ),
        pytest.param(
            {"calico-labs:calicoManagement": "aks", "calico-labs:policies": "None"},
            PolicySet.NONE,
            id="what-is-said-wins",
        ),
    ],
)
def test_the_policies_follow_who_runs_calico(raw: dict[str, str], policies: PolicySet) -> None:
    assert settings_from(raw, "azurecni").policies is policies


def test_a_password_is_not_printed_with_the_settings() -> None:
    settings = settings_from({"calico-labs:windowsAdminPassword": "Correct-Horse"}, "windows")
    assert settings.windows_admin_password == "Correct-Horse"
    assert "Correct-Horse" not in repr(settings)


def test_what_a_stack_says_wins_over_the_lab() -> None:
    raw = {
        "calico-labs:encapsulation": "IPIP",
        "calico-labs:nodeCount": "5",
        "azure-native:location": "westeurope",
    }
    settings = settings_from(raw, "byocni")
    assert (settings.encapsulation, settings.node_count, settings.location) == (
        Encapsulation.IPIP,
        5,
        "westeurope",
    )


@pytest.mark.parametrize(
    ("cni", "ipam"),
    [
        (CniType.CALICO, IpamType.CALICO),
        (CniType.AZURE_VNET, IpamType.AZURE_VNET),
        (CniType.AMAZON_VPC, IpamType.AMAZON_VPC),
        (CniType.GKE, IpamType.HOST_LOCAL),
    ],
)
def test_address_management_follows_the_cni(cni: CniType, ipam: IpamType) -> None:
    assert settings_from({"calico-labs:cni": str(cni)}, "byocni").ipam is ipam


@pytest.mark.parametrize(
    ("raw", "pod_cidr"),
    [
        pytest.param({}, None, id="left-out"),
        pytest.param({"calico-labs:podCidr": keys.POD_CIDR}, None, id="filled-in-by-the-engine"),
        pytest.param({"calico-labs:podCidr": "10.9.0.0/16"}, "10.9.0.0/16", id="wished-for"),
    ],
)
def test_a_lab_on_azure_cni_has_no_pod_range_unless_one_is_wished_for(
    monkeypatch: pytest.MonkeyPatch, raw: dict[str, str], pod_cidr: str | None
) -> None:
    on_azure = replace(catalogue.get(Lab.BYOCNI), network_plugin=NetworkPlugin.AZURE)
    monkeypatch.setattr(catalogue, "get", lambda lab: on_azure)
    assert settings_from(raw, "byocni").pod_cidr == pod_cidr


def test_a_lab_without_a_cni_has_the_pod_range_of_the_default() -> None:
    assert defaults("byocni").pod_cidr == keys.POD_CIDR


def test_settings_cannot_be_changed() -> None:
    settings = settings_from({"calico-labs:images": '{"a": "b"}'}, "byocni")
    with pytest.raises(AttributeError):
        settings.node_count = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.images["a"] = "c"  # type: ignore[index]


def test_prevent_a_stack_that_is_no_lab_and_names_none() -> None:
    assert refused({}, "mine") == [
        (
            "calico-labs:lab is '' but the stack 'mine' is not named after a lab either; set it to one of: "
            "azurecni, wireguard, windows, byocni, ebpf, nke (the lab decides what is built)"
        )
    ]


def test_prevent_an_unknown_lab() -> None:
    assert refused({"calico-labs:lab": "byo-cni"}) == [
        (
            "calico-labs:lab is 'byo-cni' but the key takes one of "
            "azurecni, wireguard, windows, byocni, ebpf, nke; set it to 'byocni' "
            "(the names are those of their owner's API, and case counts)"
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("two", id="word"),
        pytest.param("2.0", id="fraction"),
        pytest.param("", id="empty"),
        pytest.param(" 2", id="blank"),
        pytest.param("٢", id="arabic-digit"),
        pytest.param("1e3", id="exponent"),
        pytest.param("0x10", id="hexadecimal"),
        pytest.param("9" * 5000, id="longer-than-python-converts"),
        pytest.param("true", id="boolean"),
    ],
)
def test_prevent_a_number_that_is_none(text: str) -> None:
    shown = text if len(text) < 120 else text[:119] + "…"
    assert refused({"calico-labs:nodeCount": text}) == [
        (
            f"calico-labs:nodeCount is '{shown}' but the key takes a whole number; "
            "set it to digits alone, for example 2 (the value is counted with)"
        )
    ]


@pytest.mark.parametrize(
    ("key", "text", "names", "nearest"),
    [
        pytest.param("dataplane", "bpf", "Iptables, BPF, Nftables, VPP", "BPF", id="small-letters"),
        pytest.param("encapsulation", "VXLANN", "VXLAN, VXLANCrossSubnet, IPIP, IPIPCrossSubnet, None", "VXLAN", id="typo"),
        pytest.param("bgp", "true", "Enabled, Disabled", "Enabled", id="boolean"),
        pytest.param("calico", "", "existing, install", "install", id="empty-where-the-lab-has-no-say"),
    ],
)  # fmt: skip
def test_prevent_a_name_outside_its_set(key: str, text: str, names: str, nearest: str) -> None:
    assert refused({f"calico-labs:{key}": text}) == [
        (
            f"calico-labs:{key} is '{text}' but the key takes one of {names}; set it to '{nearest}' "
            "(the names are those of their owner's API, and case counts)"
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("NodeInternalIP", id="word"),
        pytest.param("[]", id="list"),
        pytest.param("null", id="null"),
        pytest.param("", id="empty"),
        pytest.param('{"a": NaN}', id="not-quite-json"),
        pytest.param('{"a":' * 100_000, id="deeper-than-python-recurses"),
        pytest.param("9" * 5000, id="longer-than-python-converts"),
    ],
)
def test_prevent_an_object_that_is_none(text: str) -> None:
    shown = text if len(text) < 120 else text[:119] + "…"
    assert refused({"calico-labs:nodeAddressAutodetectionV4": text}) == [
        (
            f"calico-labs:nodeAddressAutodetectionV4 is '{shown}' but the key takes an object; "
            "set it with `pulumi config set --path nodeAddressAutodetectionV4.kubernetes NodeInternalIP` "
            "(a name alone does not say what it is for)"
        )
    ]


def test_prevent_images_that_are_not_text() -> None:
    assert refused({"calico-labs:images": '{"customer": 1}'}) == [
        (
            "calico-labs:images is '{\"customer\": 1}' but not every image in it is text; "
            "set each with `pulumi config set --path images.customer registry/name:tag` "
            "(an image is a reference such as registry/name:tag)"
        )
    ]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        pytest.param("nodecount", "nodeCount", id="case"),
        pytest.param("nodesCount", "nodeCount", id="typo"),
        pytest.param("podCIDR", "podCidr", id="acronym"),
        pytest.param("encapsulaton", "encapsulation", id="missing-letter"),
        pytest.param("location", None, id="key-of-another-namespace"),
    ],
)
def test_prevent_an_unknown_key_and_suggest_the_nearest(name: str, nearest: str | None) -> None:
    remedy = (
        f"did you mean calico-labs:{nearest}"
        if nearest
        else "remove it; `pulumi config` lists the known keys"
    )
    assert refused({f"calico-labs:{name}": "s3cret"}) == [
        (
            f"calico-labs:{name} is '(hidden)' but no such key is read; {remedy} "
            "(a key that is never read would change nothing, silently)"
        )
    ]


def test_keys_of_other_namespaces_are_none_of_our_business() -> None:
    assert settings_from({"azure-native:tenantId": "x", "pulumi:tags": "{}"}, "byocni") == defaults("byocni")


def test_all_problems_are_reported_at_once() -> None:
    raw = {
        "calico-labs:typo": "1",
        "calico-labs:nodeCount": "x",
        "calico-labs:bgp": "x",
        "calico-labs:images": "x",
    }
    keys_named = [message.split(" is ")[0] for message in refused(raw, "mine")]
    assert keys_named == [
        "calico-labs:typo",
        "calico-labs:nodeCount",
        "calico-labs:bgp",
        "calico-labs:images",
        "calico-labs:lab",
    ]


def test_the_error_is_one_line_a_problem_under_a_headline() -> None:
    with pytest.raises(SettingsError) as error:
        settings_from({"calico-labs:mtu": "x"}, "byocni")
    assert str(error.value) == (
        "1 setting cannot be read:\n"
        "  calico-labs:mtu is 'x' but the key takes a whole number; set it to digits alone, for example 0 "
        "(the value is counted with)"
    )
