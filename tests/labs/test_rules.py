"""What holds for all rules together: they report everything, in a fixed order, in one grammar, and cite
sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from labs import catalogue
from labs.enums import Encapsulation, Lab
from labs.errors import LabError, ManifestError, RulesError, Violation, shown
from labs.rules import check, violations
from tests.labs.cases import BASELINES, BYOCNI, messages

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: customer, namespace: shop}
spec:
  template:
    spec:
      initContainers: [{name: prepare, image: busybox}]
      containers: [{name: customer, image: nginx}]
"""


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    """A folder of applications in which the lab's has the containers `prepare` and `customer`."""
    folder = tmp_path / catalogue.get(Lab.BYOCNI).app
    folder.mkdir()
    (folder / "app.yaml").write_text(APP)
    return tmp_path


@pytest.mark.parametrize("lab", list(Lab))
def test_a_lab_as_its_catalogue_describes_it_passes(lab: Lab) -> None:
    check(BASELINES[lab])


def test_all_violations_are_reported_at_once_in_the_order_of_the_rules() -> None:
    settings = replace(
        BYOCNI, node_count=0, dns_service_ip="x", encapsulation=Encapsulation.IPIP, block_size=5
    )
    with pytest.raises(RulesError) as refused:
        check(settings)
    assert [violation.key for violation in refused.value.violations] == [
        "calico-labs:nodeCount",
        "calico-labs:dnsServiceIp",
        "calico-labs:encapsulation",
        "calico-labs:blockSize",
    ]


def test_the_error_is_a_headline_and_one_line_a_violation_with_its_source() -> None:
    with pytest.raises(RulesError) as refused:
        check(replace(BYOCNI, node_count=0, wait_minutes=0))
    assert str(refused.value) == (
        "2 settings cannot be built:\n"
        "  calico-labs:nodeCount is '0' but the key takes 1 to 1000; set it to 1 "
        "(a system pool is never empty, and AKS ends a pool there) [AKS docs, quotas-skus-regions]\n"
        "  calico-labs:waitMinutes is '0' but the key takes 1 to 120; set it to 1 "
        "(a wait has to end, and Calico is up in minutes or never)"
    )
    assert isinstance(refused.value, LabError)


def test_one_violation_is_counted_as_one() -> None:
    with pytest.raises(RulesError, match=r"^1 setting cannot be built:"):
        check(replace(BYOCNI, node_count=0))


def test_a_violation_speaks_the_grammar_of_the_project() -> None:
    violation = Violation("calico-labs:a", "x\ty" * 60, "b", "set c", "d", "e")
    shown = ("x\\ty" * 60)[:119] + "…"
    assert str(violation) == f"calico-labs:a is '{shown}' but b; set c (d)"


def test_a_value_is_only_cut_if_it_is_too_long_for_a_line() -> None:
    assert (shown("x" * 120), shown("x" * 121)) == ("x" * 120, "x" * 119 + "…")


def test_prevent_an_image_for_a_container_that_the_application_does_not_have(apps: Path) -> None:
    found = violations(replace(BYOCNI, images={"custmer": "nginx", "zzz": "nginx"}), apps)
    image = '{"custmer": "nginx", "zzz": "nginx"}'
    assert [str(violation) for violation in found] == [
        (
            f"calico-labs:images is '{image}' but 'custmer' is not a container of the lab's application; "
            "did you mean customer (an image that belongs to no container would never run)"
        ),
        (
            f"calico-labs:images is '{image}' but 'zzz' is not a container of the lab's application; "
            "use the names customer, prepare (an image that belongs to no container would never run)"
        ),
    ]


@pytest.mark.parametrize("image", ["", "a b", ":tag", "näme"])
def test_prevent_an_image_that_is_no_reference(apps: Path, image: str) -> None:
    (found,) = violations(replace(BYOCNI, images={"customer": image}), apps)
    assert str(found).endswith(
        f"but '{image}' is not an image reference; set images.customer to registry/name:tag (the node could "
        "not pull it)"
    )


@pytest.mark.parametrize("image", ["nginx", "registry.example:5000/team/app:v1", "app@sha256:" + "0" * 64])
def test_allow_an_image_for_any_container_of_the_application(apps: Path, image: str) -> None:
    assert violations(replace(BYOCNI, images={"customer": image, "prepare": image}), apps) == []


def test_images_are_compared_with_the_application_that_is_deployed() -> None:
    (found,) = messages(replace(BYOCNI, images={"no-such-container": "nginx"}))
    assert "'no-such-container' is not a container of the lab's application" in found


def test_an_application_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="does not exist"):
        check(replace(BYOCNI, images={"customer": "nginx"}), tmp_path)


def test_files_are_only_read_if_there_are_images_to_compare(tmp_path: Path) -> None:
    check(BYOCNI, tmp_path / "not-there")
