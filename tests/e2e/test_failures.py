"""What is wrong past our own rules fails `up` in the words of the API server or the operator, and never hangs.

The programs here are the lab's own, with one transform that spoils the Installation on its way to the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import engine
from sandbox.home import Home
from sandbox.tools import Toolbox
from tests.e2e.harness import Lab, make_project

SPOILER = """
import os
import pulumi
from labs import rules
from labs.settings import read_settings
from components.compose import compose

def spoil(args):
    if args.type_ == "kubernetes:operator.tigera.io/v1:Installation" and os.environ.get("SPOIL"):
        network = args.props["spec"]["calicoNetwork"]
        if os.environ["SPOIL"] == "typo":
            network["nodeAddressAutodetectionV4"] = {"canReadh": "1.1.1.1"}
        if os.environ["SPOIL"] == "ipip":
            network["ipPools"][0]["encapsulation"] = "IPIP"
        args.opts.custom_timeouts = pulumi.CustomTimeouts(create="25s", update="25s")
        return pulumi.ResourceTransformResult(args.props, args.opts)
    return None

pulumi.runtime.register_resource_transform(spoil)
settings = read_settings()
rules.check(settings)
for name, value in compose(settings).items():
    pulumi.export(name, value)
"""


@pytest.fixture(scope="module")
def spoiled(home: Home, toolbox: Toolbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    project = make_project(tmp_path_factory.mktemp("spoiled") / "project", SPOILER)
    engine.prepare(home, toolbox, project)
    lab = Lab(home, project, "dev")
    yield lab
    lab.run("destroy")


class TestForcedPastTheRules:
    def test_misspelt_field_fails_in_the_words_of_the_api_server(
        self, spoiled: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPOIL", "typo")
        outcome = spoiled.up()
        assert outcome.exit_code != 0
        assert 'unknown field "spec.calicoNetwork.nodeAddressAutodetectionV4.canReadh"' in outcome.errors

    def test_failed_up_keeps_what_exists(self, spoiled: Lab) -> None:
        types = {resource["type"] for resource in spoiled.resources()}
        assert "azure-native:containerservice:ManagedCluster" in types
        assert "kubernetes:helm.sh/v3:Release" in types
        assert "kubernetes:operator.tigera.io/v1:Installation" not in types

    def test_operator_refusal_ends_with_its_words_within_the_time_limit(
        self, spoiled: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SPOIL", "ipip")
        outcome = spoiled.up()
        assert outcome.exit_code != 0
        assert "IPIP encapsulation requires that BGP is enabled" in outcome.errors
        assert "Ready" in outcome.errors  # on what it waited

    def test_mended_program_resumes_where_it_stopped(
        self, spoiled: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SPOIL", raising=False)
        before = {r["urn"] for r in spoiled.resources()}
        outcome = spoiled.must_up()
        assert outcome.changes["create"] > 0
        assert not any(op in ("replace", "create-replacement", "delete") for op in outcome.changed.values())
        assert before <= {r["urn"] for r in spoiled.resources()}
        spoiled.preview_finds_no_changes()


class TestRefusedByTheRules:
    """A bad setting is refused before any resource exists, in one message without a traceback."""

    def test_refused_setting_creates_nothing(self, home: Home, toolbox: Toolbox, tmp_path: Path) -> None:
        project = make_project(tmp_path / "refused")
        engine.prepare(home, toolbox, project)
        lab = Lab(home, project, "byocni")
        outcome = lab.up("--config", "encapsulation=IPIP", "--config", "nodeVmSize=Standard_B2s")
        assert outcome.exit_code != 0
        assert "calico-labs:encapsulation is 'IPIP'" in outcome.errors
        assert "calico-labs:nodeVmSize is 'Standard_B2s'" in outcome.errors
        assert "Traceback" not in outcome.events
        assert [r for r in lab.resources() if r["type"] != "pulumi:pulumi:Stack"] == []
