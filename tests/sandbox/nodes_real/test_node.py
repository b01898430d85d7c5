"""What a node is told, and what the sandbox calls its own on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.errors import ProcessError
from sandbox.home import Home
from sandbox.nodes.real import cgroups, kubelet, node

MOUNTS = """\
proc /proc proc rw 0 0
cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0
cgroup /tmp/elsewhere cgroup rw 0 0
"""


class TestCgroups:
    def test_only_hierarchies_at_their_usual_place_count(self) -> None:
        assert cgroups.hierarchies(MOUNTS) == [Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup/unified")]

    def test_two_sandboxes_have_two_groups(self) -> None:
        assert cgroups.group_of(Home(Path("/a"))) != cgroups.group_of(Home(Path("/b")))

    def test_a_group_is_made_and_removed_and_its_neighbours_stay(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        root = tmp_path / "cpuset"
        (root / "system").mkdir(parents=True)
        monkeypatch.setattr(cgroups, "hierarchies", lambda: [root])
        assert cgroups.make("calico-labs-x", "n1") == "/calico-labs-x/n1"
        assert (root / "calico-labs-x" / "n1").is_dir()
        cgroups.make("calico-labs-x", "n2")
        assert cgroups.remove("calico-labs-x", "n1") == []
        assert [path.name for path in (root / "calico-labs-x").iterdir()] == ["n2"]
        assert cgroups.remove("calico-labs-x") == []
        assert [path.name for path in root.iterdir()] == ["system"]

    def test_an_empty_cpuset_takes_over_what_is_above_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        group = tmp_path / "g" / "n"
        group.mkdir(parents=True)
        for folder, text in ((tmp_path, "0-1\n"), (tmp_path / "g", ""), (group, "")):
            (folder / "cpuset.cpus").write_text(text, encoding="utf-8")
        monkeypatch.setattr(cgroups, "hierarchies", lambda: [tmp_path])
        cgroups.make("g", "n")
        assert (group / "cpuset.cpus").read_text(encoding="utf-8") == "0-1\n"

    def test_controllers_are_handed_down_to_the_node_and_the_host_keeps_its_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Version 2."""
        folders = {tmp_path: "cpu io memory\n", tmp_path / "g": "cpu memory\n", tmp_path / "g" / "n": "cpu\n"}
        (tmp_path / "g" / "n").mkdir(parents=True)
        for folder, text in folders.items():
            (folder / "cgroup.controllers").write_text(text, encoding="utf-8")
            (folder / "cgroup.subtree_control").write_text("as it was", encoding="utf-8")
        monkeypatch.setattr(cgroups, "hierarchies", lambda: [tmp_path])
        cgroups.make("g", "n")
        found = [(folder / "cgroup.subtree_control").read_text(encoding="utf-8") for folder in folders]
        assert found == ["as it was", "+cpu +memory", "+cpu"]

    def test_a_group_in_use_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "g").mkdir()
        (tmp_path / "g" / "tasks").write_text("1\n", encoding="utf-8")
        monkeypatch.setattr(cgroups, "hierarchies", lambda: [tmp_path])
        assert cgroups.remove("g") == [tmp_path / "g"]


class TestKubelet:
    def test_a_kubelet_gives_itself_only_labels_that_it_may(self) -> None:
        labels = {
            "agentpool": "system",
            "kubernetes.azure.com/cluster": "rg",
            "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": "Standard_D4s_v5",
            "topology.kubernetes.io/zone": "0",
            "node-role.kubernetes.io/x": "",
        }
        assert set(kubelet.kubelet_labels(labels)) == {
            "agentpool",
            "kubernetes.azure.com/cluster",
            "node.kubernetes.io/instance-type",
            "topology.kubernetes.io/zone",
        }

    def test_nobody_uses_a_kubelet_without_a_certificate_or_a_right(self) -> None:
        told = kubelet.kubelet_configuration("10.224.0.4", "/g/n", "10.0.0.10", 110)
        assert told["authentication"]["anonymous"] == {"enabled": False}
        assert told["authorization"] == {"mode": "Webhook"}
        assert told["readOnlyPort"] == 0
        assert told["address"] == "10.224.0.4"

    def test_every_kubelet_has_its_own_cgroup(self) -> None:
        assert kubelet.kubelet_configuration("a", "/g/n", "d", 110)["cgroupRoot"] == "/g/n"

    @pytest.mark.parametrize(("limited", "word"), [(True, "true"), (False, "false")])
    def test_runc_is_spared_what_it_may_not_do(self, limited: bool, word: str) -> None:
        assert f"restrict_oom_score_adj = {word}\n" in kubelet.containerd_configuration(limited, False)

    @pytest.mark.parametrize(
        ("mask", "may"), [("000001fffeffffff", False), ("000001ffffffffff", True)], ids=["without", "with"]
    )
    def test_the_right_to_lower_an_oom_score_is_read_from_the_process(self, mask: str, may: bool) -> None:
        assert node.may_lower_oom_score(f"Name:\tx\nCapEff:\t{mask}\n") is may


class TestAzure:
    """With plugin `azure` pods have addresses of the nodes' subnet, each node its own 32."""

    def test_no_two_nodes_share_addresses_and_none_takes_a_nodes(self) -> None:
        nodes = [f"10.224.{pool}.{index}" for pool in range(4) for index in range(4, 255)]
        taken: set[str] = set()
        for address in nodes:
            ipam = kubelet.azure_cni(address, "10.224.0.0/16")["plugins"][0]["ipam"]
            entry = ipam["ranges"][0][0]
            assert entry["rangeStart"] not in taken
            taken.add(entry["rangeStart"])
            assert int(entry["rangeStart"].split(".")[2]) >= 128
        assert len(taken) == len(nodes)

    def test_a_subnet_too_small_for_the_pods_is_refused(self) -> None:
        kubelet.azure_cni("10.1.0.6", "10.1.0.0/23")
        with pytest.raises(
            ProcessError, match=r"the subnet 10\.1\.0\.0/23 is too small .* take a larger one"
        ):
            kubelet.azure_cni("10.1.0.7", "10.1.0.0/23")


class TestNames:
    def test_a_bridge_port_fits_the_kernel_and_tells_nodes_apart(self) -> None:
        names = {node.port_name(f"aks-system-12345678-vmss00000{index}") for index in range(10)}
        assert len(names) == 10
        assert all(len(name) <= 15 for name in names)
