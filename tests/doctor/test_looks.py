"""Each thing that can be left behind: found, named, with its command; and nothing found where nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import yaml

from checks.errors import ApiError
from doctor.errors import CannotLookError
from doctor.examine import examine
from doctor.finding import Finding
from doctor.looks import azure_groups, clusters, deletions, interruptions, locks
from labs.enums import Switch
from tests.doctor.patients import (
    AKS,
    BASE,
    CLUSTER,
    CLUSTER_ID,
    GROUP,
    GROUP_ID,
    NODES_ID,
    azure_cluster,
    azure_group,
    lock,
    nke,
    patient,
)
from tests.labs.cases import NKE

INSTALLATION = "/apis/operator.tigera.io/v1/installations"
DEPLOYMENT = "/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator"
HELD = {"deletionTimestamp": "2026-11-27T11:00:00Z", "finalizers": ["tigera.io/operator-cleanup"]}


def one(found: Any) -> Finding:
    (finding,) = found
    assert isinstance(finding, Finding)
    return finding


class TestNothing:
    def test_lab_that_is_up_has_left_nothing_behind(self, tmp_path: Path) -> None:
        well = patient(
            tmp_path,
            resources=(GROUP, AKS, CLUSTER),
            azure={GROUP_ID: azure_group(), CLUSTER_ID: azure_cluster(), NODES_ID: {}},
            cluster={"/api/v1/namespaces": [{"metadata": {"name": "default"}}], "/version": {}},
        )
        assert examine(well).findings == ()
        assert examine(well).not_looked_at == ()

    def test_stack_that_was_destroyed_has_left_nothing_behind(self, tmp_path: Path) -> None:
        found = examine(patient(tmp_path))
        assert (found.findings, found.not_looked_at) == ((), ())


class TestLocks:
    def test_lock_of_a_run_that_is_over_is_cancelled(self, tmp_path: Path) -> None:
        lock(tmp_path, "byocni", pid=2**22 + 1)
        finding = one(locks.look(patient(tmp_path)))
        assert finding.what == (
            "the stack is locked by a run that is over (me@here, process 4194305, since 2026-11-27T11:00:00); every "
            "`up` and `destroy` is refused"
        )
        assert finding.commands == ("pulumi cancel --yes --stack byocni",)

    def test_lock_of_a_run_that_goes_on_is_left_alone(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(psutil.Process, "name", lambda _: "pulumi")
        lock(tmp_path, "byocni", pid=psutil.Process().pid)
        finding = one(locks.look(patient(tmp_path)))
        assert finding.what.endswith("wait for it to end")
        assert finding.commands == ()

    def test_process_of_that_number_elsewhere_or_of_another_program_does_not_count(
        self, tmp_path: Path
    ) -> None:
        lock(tmp_path, "byocni", pid=psutil.Process().pid)
        assert one(locks.look(patient(tmp_path))).commands
        lock(tmp_path, "byocni", hostname="elsewhere")
        assert one(locks.look(patient(tmp_path))).commands

    @pytest.mark.parametrize(
        "text", ["", '{"pid": 1, "user', "{}", "[]", '{"pid": {}, "hostname": "here"}', "\xff"]
    )
    def test_lock_that_cannot_be_read_is_cancelled_too(self, tmp_path: Path, text: str) -> None:
        lock(tmp_path, "byocni")
        (file,) = tmp_path.rglob("one.json")
        file.write_text(text, encoding="latin-1")
        finding = one(locks.look(patient(tmp_path)))
        assert finding.what == (
            "the stack is locked by a file that cannot be read (one.json); every `up` and `destroy` is refused, and if "
            "no run goes on this takes it away"
        )
        assert finding.commands == ("pulumi cancel --yes --stack byocni",)

    def test_lock_that_goes_away_while_it_is_looked_at_is_no_finding(self, tmp_path: Path) -> None:
        lock(tmp_path, "byocni")
        (file,) = tmp_path.rglob("one.json")
        file.unlink()
        file.symlink_to("gone")  # listed, and not there when it is read
        assert list(locks.look(patient(tmp_path))) == []

    def test_lock_of_another_stack_is_not_ours(self, tmp_path: Path) -> None:
        lock(tmp_path, "dev")
        assert list(locks.look(patient(tmp_path))) == []

    def test_other_backends_say_so_themselves(self, tmp_path: Path) -> None:
        stack = patient(tmp_path)
        object.__setattr__(stack, "environment", {"PULUMI_BACKEND_URL": "azblob://state"})
        with pytest.raises(CannotLookError, match="pulumi cancel --stack byocni"):
            list(locks.look(stack))


class TestAzure:
    def test_expired_lab_is_destroyed(self, tmp_path: Path) -> None:
        group = azure_group(expires="2026-11-27T11:59:59Z")
        finding = one(azure_groups.look(patient(tmp_path, resources=(GROUP,), azure={GROUP_ID: group})))
        assert finding.what == "the lab expired at 2026-11-27T11:59:59Z and still costs money"
        assert finding.commands == ("pulumi destroy --yes --stack byocni",)

    @pytest.mark.parametrize("expires", ["2026-11-27T12:00:00Z", "tomorrow", "", "2020-01-01"])
    def test_lab_that_is_not_expired_or_does_not_say_is_left_alone(
        self, tmp_path: Path, expires: str
    ) -> None:
        group = azure_group(expires=expires)
        assert not list(azure_groups.look(patient(tmp_path, resources=(GROUP,), azure={GROUP_ID: group})))

    def test_group_that_no_state_knows_is_deleted(self, tmp_path: Path) -> None:
        finding = one(azure_groups.look(patient(tmp_path, azure={GROUP_ID: azure_group()})))
        assert (
            finding.what
            == "resource group calico-labs-byocni is in Azure but not in the state of stack byocni"
        )
        assert finding.commands == ("az group delete --yes --name calico-labs-byocni",)

    def test_group_without_our_tag_is_looked_at_first(self, tmp_path: Path) -> None:
        group = azure_group(managedBy="somebody")
        finding = one(azure_groups.look(patient(tmp_path, azure={GROUP_ID: group})))
        assert finding.what.endswith(", and not tagged as one of ours: look first")

    def test_nodes_without_a_cluster_are_deleted(self, tmp_path: Path) -> None:
        finding = one(azure_groups.look(patient(tmp_path, azure={NODES_ID: {"id": NODES_ID}})))
        assert finding.commands == ("az group delete --yes --name calico-labs-byocni-nodes",)

    def test_cluster_that_azure_is_at_work_on_is_waited_for(self, tmp_path: Path) -> None:
        azure = {GROUP_ID: azure_group(), CLUSTER_ID: azure_cluster("Updating")}
        finding = one(azure_groups.look(patient(tmp_path, resources=(GROUP, CLUSTER), azure=azure)))
        assert "(Updating)" in finding.what
        assert finding.commands == ()

    def test_failed_cluster_is_asked_for_again(self, tmp_path: Path) -> None:
        azure = {GROUP_ID: azure_group(), CLUSTER_ID: azure_cluster("Failed")}
        finding = one(azure_groups.look(patient(tmp_path, resources=(GROUP, CLUSTER), azure=azure)))
        assert finding.commands == ("pulumi up --yes --refresh --stack byocni",)

    def test_cluster_that_the_state_does_not_know_is_imported(self, tmp_path: Path) -> None:
        azure = {GROUP_ID: azure_group(), CLUSTER_ID: azure_cluster()}
        finding = one(azure_groups.look(patient(tmp_path, resources=(GROUP, AKS), azure=azure)))
        assert finding.commands == (
            (
                f"pulumi import azure-native:containerservice:ManagedCluster aks-cluster {CLUSTER_ID} --parent "
                f"parent={BASE}::calico-labs:azure:AksCluster::aks --yes --skip-preview --protect=false "
                "--generate-code=false --stack byocni"
            ),
        )

    def test_lab_on_a_cluster_of_the_users_own_has_nothing_in_azure(self, tmp_path: Path) -> None:
        assert list(azure_groups.look(nke(tmp_path, closed="must not be asked"))) == []

    def test_azure_that_does_not_answer_is_said_and_the_rest_is_looked_at(self, tmp_path: Path) -> None:
        lock(tmp_path, "byocni")
        found = examine(patient(tmp_path, closed="log in with `az login`"))
        assert [finding.commands for finding in found.findings] == [("pulumi cancel --yes --stack byocni",)]
        assert found.not_looked_at == (
            "Azure: log in with `az login`",
            "deletions in the cluster: log in with `az login`",
        )


class TestCluster:
    def test_cluster_that_is_gone_from_azure(self, tmp_path: Path) -> None:
        stack = patient(tmp_path, resources=(GROUP, CLUSTER), azure={GROUP_ID: azure_group()})
        finding = one(clusters.look(stack))
        assert finding.what.startswith("cluster calico-labs-byocni is in the state but not in Azure")
        assert finding.commands == ("PULUMI_K8S_DELETE_UNREACHABLE=true pulumi refresh --yes --stack byocni",)

    def test_own_cluster_that_does_not_answer(self, tmp_path: Path) -> None:
        stack = nke(tmp_path, resources=({"type": "kubernetes:core/v1:Namespace", "urn": "::n"},))
        finding = one(clusters.look(stack))
        assert finding.what.startswith(
            f"1 objects are in the state and cannot be seen: kubeconfig is '{tmp_path}/kubeconfig-plain' but it cannot "
            "be read; "
        )
        assert finding.commands[0] == "pulumi destroy --yes --run-program --stack nke"

    def test_own_cluster_of_which_the_state_knows_nothing_is_not_asked(self, tmp_path: Path) -> None:
        assert list(clusters.look(nke(tmp_path))) == []


class TestDeletions:
    def look(self, tmp_path: Path, cluster: dict[str, Any]) -> list[Finding]:
        return list(deletions.look(nke(tmp_path, cluster=cluster)))

    def installation(self) -> dict[str, Any]:
        return {"kind": "Installation", "metadata": {"name": "default", **HELD}}

    def test_installation_whose_operator_is_gone(self, tmp_path: Path) -> None:
        finding = one(self.look(tmp_path, {INSTALLATION: [self.installation()]}))
        assert finding.what == (
            "Installation default is being deleted and waits for tigera.io/operator-cleanup, which only the operator "
            "takes away, and it is not there any more"
        )
        assert finding.commands == (
            (
                "kubectl --kubeconfig kubeconfig-plain --context plain patch installations.operator.tigera.io default "
                """--type merge --patch '{"metadata":{"finalizers":null}}'"""
            ),
        )

    def test_installation_whose_operator_was_scaled_away(self, tmp_path: Path) -> None:
        operator: dict[str, Any] = {"spec": {"replicas": 0}, "status": {}}
        finding = one(self.look(tmp_path, {INSTALLATION: [self.installation()], DEPLOYMENT: operator}))
        assert finding.what.endswith("which only the operator takes away, and it was scaled to nothing")
        assert finding.commands == (
            (
                "kubectl --kubeconfig kubeconfig-plain --context plain -n tigera-operator scale deployment "
                "tigera-operator --replicas 1"
            ),
        )

    @pytest.mark.parametrize(
        ("since", "minutes"),
        [("2026-11-27T11:55:00Z", None), ("2026-11-27T11:00:00Z", 60), ("2026-11-25T11:59:30Z", 2 * 24 * 60)],
    )
    def test_installation_whose_operator_runs_is_waited_for_first(
        self, tmp_path: Path, since: str, minutes: int | None
    ) -> None:
        body = self.installation()
        body["metadata"]["deletionTimestamp"] = since
        cluster = {INSTALLATION: [body], DEPLOYMENT: {"spec": {"replicas": 1}}}
        finding = one(self.look(tmp_path, cluster))
        assert ("so wait some minutes" in finding.what) == (minutes is None)
        assert (finding.commands == ()) == (minutes is None)
        assert minutes is None or f"has not taken away in {minutes} minutes" in finding.what

    def test_installation_that_is_not_being_deleted_is_no_finding(self, tmp_path: Path) -> None:
        body = {"kind": "Installation", "metadata": {"name": "default", "finalizers": ["x"]}}
        assert self.look(tmp_path, {INSTALLATION: [body]}) == []

    def test_namespace_that_waits_for_a_finalizer_of_its_own_and_for_an_object_in_it(
        self, tmp_path: Path
    ) -> None:
        cluster = {
            "/api/v1/namespaces": [
                {"metadata": {"name": "guestbook", **HELD, "finalizers": ["example.org/hold"]}}
            ],
            "/apis": {"groups": []},
            "/api/v1": {
                "resources": [
                    {"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["list"]},
                    {"name": "pods/log", "kind": "Pod", "namespaced": True, "verbs": ["get"]},
                    {"name": "nodes", "kind": "Node", "namespaced": False, "verbs": ["list"]},
                ]
            },
            "/api/v1/namespaces/guestbook/configmaps": [
                {"metadata": {"name": "mine", **HELD, "finalizers": ["example.org/keep"]}},
                {"metadata": {"name": "free"}},
            ],
        }
        first, second = self.look(tmp_path, cluster)
        assert first.what == "namespace guestbook is being deleted and waits for example.org/hold"
        assert second.what == (
            "namespace guestbook is being deleted and waits for configmaps mine, which waits for example.org/keep"
        )
        assert second.commands[0].startswith(
            "kubectl --kubeconfig kubeconfig-plain --context plain -n guestbook patch configmaps mine "
        )

    def unserved(self, status: int = 503) -> dict[str, Any]:
        kinds = {
            "resources": [{"name": "configmaps", "kind": "ConfigMap", "namespaced": True, "verbs": ["list"]}]
        }
        return {
            "/api/v1/namespaces": [
                {
                    "metadata": {"name": name, "deletionTimestamp": "2026-11-27T11:00:00Z"},
                    "status": {
                        "conditions": [{"type": "NamespaceDeletionDiscoveryFailure", "status": failed}]
                    },
                }
                for name, failed in (("guestbook", "True"), ("other", "False"))
            ],
            "/apis": {"groups": [{"preferredVersion": {"groupVersion": "projectcalico.org/v3"}}]},
            "/apis/projectcalico.org/v3": ApiError(
                status, "the server is currently unable to handle the request"
            ),
            "/api/v1": kinds,
            "/api/v1/namespaces/other/configmaps": [
                {"metadata": {"name": "mine", **HELD, "finalizers": ["example.org/keep"]}}
            ],
        }

    def test_api_that_nobody_serves_holds_a_namespace_and_the_rest_is_looked_at(self, tmp_path: Path) -> None:
        first, second = self.look(tmp_path, self.unserved())
        assert first.what.startswith("namespace other is being deleted and waits for configmaps mine, ")
        assert second.what == (
            "namespaces are being deleted (guestbook) and wait for the API projectcalico.org/v3, whose server does not "
            "answer (NamespaceDeletionDiscoveryFailure); if that server is not to come back, this takes the API away"
        )
        assert second.commands == (
            "kubectl --kubeconfig kubeconfig-plain --context plain delete apiservice v3.projectcalico.org",
        )

    def test_api_that_nobody_serves_is_left_alone_while_no_namespace_waits_for_it(
        self, tmp_path: Path
    ) -> None:
        cluster = self.unserved()
        cluster["/api/v1/namespaces"][0]["status"] = {}
        assert all("apiservice" not in finding.commands[0] for finding in self.look(tmp_path, cluster))

    def test_api_that_refuses_is_said(self, tmp_path: Path) -> None:
        with pytest.raises(CannotLookError, match="unable to handle"):
            self.look(tmp_path, self.unserved(403))


class TestInterruptions:
    def test_resource_that_was_made_is_imported_before_the_state_is_brought_up_to_date(
        self, tmp_path: Path
    ) -> None:
        azure = {GROUP_ID: azure_group()}
        made, state = interruptions.look(patient(tmp_path, pending=(("creating", GROUP),), azure=azure))
        assert made.commands == (
            (
                f"pulumi import azure-native:resources:ResourceGroup lab-group {GROUP_ID} --parent "
                f"parent={BASE}::calico-labs:azure:LabResourceGroup::lab --yes --skip-preview --protect=false "
                "--generate-code=false --stack byocni"
            ),
        )
        assert state.what.startswith("the last run was killed during 1 operation(s): lab-group (creating);")
        assert state.commands == ("pulumi refresh --yes --clear-pending-creates --stack byocni",)

    def test_resource_that_took_the_place_of_another_is_deleted_for_it_cannot_be_imported(
        self, tmp_path: Path
    ) -> None:
        azure = {GROUP_ID: azure_group()}
        stack = patient(
            tmp_path,
            resources=({**GROUP, "pendingReplacement": True},),
            pending=(("creating", GROUP),),
            azure=azure,
        )
        first, _ = interruptions.look(stack)
        assert first.commands == (f"az resource delete --ids {GROUP_ID}",)

    def test_resource_that_was_not_made_is_only_forgotten(self, tmp_path: Path) -> None:
        finding = one(interruptions.look(patient(tmp_path, pending=(("creating", GROUP),))))
        assert finding.commands == ("pulumi refresh --yes --clear-pending-creates --stack byocni",)

    def test_cluster_that_azure_still_makes_is_waited_for(self, tmp_path: Path) -> None:
        azure = {GROUP_ID: azure_group(), CLUSTER_ID: azure_cluster("Creating")}
        first, _ = interruptions.look(patient(tmp_path, pending=(("creating", CLUSTER),), azure=azure))
        assert first.what == "aks-cluster is still being made by Azure (Creating); wait, then ask again"
        assert first.commands == ()

    def test_kubernetes_object_is_imported_with_the_provider_of_its_cluster(self, tmp_path: Path) -> None:
        urn = "urn:pulumi:nke::calico-labs"
        policy = {
            "urn": f"{urn}::x$kubernetes:networking.k8s.io/v1:NetworkPolicy::policies-p",
            "type": "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            "parent": f"{urn}::x::policies",
            "provider": f"{urn}::y$pulumi:providers:kubernetes::existing-provider::0123",
            "inputs": {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "p", "namespace": "guestbook"},
            },
        }
        root = "/apis/networking.k8s.io/v1"
        kinds = {"resources": [{"name": "networkpolicies", "kind": "NetworkPolicy", "namespaced": True}]}
        cluster = {root: kinds, f"{root}/namespaces/guestbook/networkpolicies/p": {"kind": "NetworkPolicy"}}
        first, _ = interruptions.look(nke(tmp_path, pending=(("creating", policy),), cluster=cluster))
        assert first.commands == (
            (
                "pulumi import kubernetes:networking.k8s.io/v1:NetworkPolicy policies-p guestbook/p --parent "
                f"parent={urn}::x::policies --provider "
                f"'provider={urn}::y$pulumi:providers:kubernetes::existing-provider' "
                "--yes --skip-preview --protect=false --generate-code=false --stack nke"
            ),
        )
        absent = nke(tmp_path, pending=(("creating", policy),), cluster={root: kinds})
        assert len(list(interruptions.look(absent))) == 1
        # Killed while it was replaced: the state still has the one that is gone, beside which none can be imported.
        lost = nke(
            tmp_path,
            resources=({**policy, "pendingReplacement": True},),
            pending=(("creating", policy),),
            cluster=cluster,
        )
        first, _ = interruptions.look(lost)
        assert first.what.startswith("policies-p was deleted to be replaced, and its successor was made, ")
        assert first.commands == (
            (
                "kubectl --kubeconfig kubeconfig-plain --context plain -n guestbook delete "
                "networkpolicies.networking.k8s.io p"
            ),
        )

    def release(self, status: str) -> dict[str, Any]:
        labels = {"owner": "helm", "name": "calico", "status": status}
        return {"/api/v1/namespaces/tigera-operator/secrets": [{"metadata": {"labels": labels}}]}

    @pytest.mark.parametrize(
        ("doing", "status", "command"),
        [
            pytest.param("creating", "pending-install", "delete secret", id="half-installed"),
            pytest.param("creating", "failed", "delete secret", id="failed"),
            pytest.param(
                "creating", "deployed", "pulumi import kubernetes:helm.sh/v3:Release", id="installed"
            ),
            pytest.param("updating", "pending-upgrade", "delete secret", id="half-upgraded"),
            pytest.param("updating", "deployed", "", id="upgraded"),
            pytest.param("deleting", "uninstalling", "", id="half-removed"),
        ],
    )
    def test_half_installed_release_loses_its_record_and_a_whole_one_is_imported(
        self, tmp_path: Path, doing: str, status: str, command: str
    ) -> None:
        resource = {
            "urn": "urn:pulumi:nke::calico-labs::x$kubernetes:helm.sh/v3:Release::operator-release",
            "type": "kubernetes:helm.sh/v3:Release",
            "parent": "p",
            "provider": "a::b::c",
            "inputs": {"name": "calico", "namespace": "tigera-operator"},
        }
        stack = nke(tmp_path, pending=((doing, resource),), cluster=self.release(status))
        *first, last = interruptions.look(stack)
        assert last.commands == ("pulumi refresh --yes --clear-pending-creates --stack nke",)
        assert len(first) == (1 if command else 0)
        assert all(command in finding.commands[0] for finding in first)
        if command == "delete secret":
            assert first[0].commands[0].endswith(f"--selector 'owner=helm,name=calico,status in ({status})'")

    def test_update_and_delete_need_a_refresh_only(self, tmp_path: Path) -> None:
        finding = one(
            interruptions.look(patient(tmp_path, pending=(("updating", GROUP), ("deleting", CLUSTER))))
        )
        assert "lab-group (updating), aks-cluster (deleting)" in finding.what


def test_on_azure_kubectl_comes_after_the_command_that_gets_the_kubeconfig(tmp_path: Path) -> None:
    assert patient(tmp_path).kubectl("get nodes") == (
        (
            "az aks get-credentials --admin --resource-group calico-labs-byocni --name calico-labs-byocni --file "
            "kubeconfig-byocni"
        ),
        "kubectl --kubeconfig kubeconfig-byocni get nodes",
    )


class TestOwnKubeconfig:
    """Whoever wrote it decides where tokens go and which programs run; the doctor takes what the program takes."""

    def write(self, folder: Path, server: str = "https://127.0.0.1:1", **login: Any) -> None:
        body = {
            "contexts": [{"name": "plain", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": login}],
        }
        (folder / "kubeconfig-plain").write_text(yaml.safe_dump(body), encoding="utf-8")

    def run(self, folder: Path) -> dict[str, Any]:
        script = f"touch {folder}/ran; exit 1"
        version = "client.authentication.k8s.io/v1"
        return {"apiVersion": version, "command": "sh", "args": ["-c", script], "interactiveMode": "Never"}

    def test_program_is_not_run(self, tmp_path: Path) -> None:
        self.write(tmp_path, exec=self.run(tmp_path))
        with pytest.raises(
            CannotLookError, match="its user logs in by running 'sh'; set calico-labs:kubeconfigExec"
        ):
            _ = nke(tmp_path).api
        assert not (tmp_path / "ran").exists()

    def test_program_is_run_if_the_stack_allows_it(self, tmp_path: Path) -> None:
        self.write(tmp_path, exec=self.run(tmp_path))
        with pytest.raises(CannotLookError):
            _ = patient(tmp_path, settings=replace(NKE, kubeconfig_exec=Switch.ENABLED)).api
        assert (tmp_path / "ran").exists()

    @pytest.mark.parametrize(
        ("server", "login", "message"),
        [
            ("http://lab.example", {"token": "t"}, "write https:// there"),
            (
                "https://lab.example",
                {"tokenFile": "/etc/hostname"},
                "put the token's file beside the kubeconfig",
            ),
        ],
    )
    def test_credentials_that_would_leak_are_not_sent(
        self, tmp_path: Path, server: str, login: dict[str, str], message: str
    ) -> None:
        self.write(tmp_path, server, **login)
        with pytest.raises(CannotLookError, match=message):
            _ = nke(tmp_path).api

    def test_path_and_context_are_quoted_in_commands_and_home_is_spelt_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", "/home/my self")
        settings = replace(NKE, kubeconfig="~/config", context="admin@lab; true")
        (command,) = patient(tmp_path, settings=settings).kubectl("get nodes")
        assert command == "kubectl --kubeconfig '/home/my self/config' --context 'admin@lab; true' get nodes"
