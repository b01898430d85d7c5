"""The packets of one run: pods are made once, asked, and taken away; all traffic checks read the same matrix.

The first check that needs the matrix fills it while the others wait, so a run sends each probe once. `close` removes
what was made, and is called whatever happened.
"""

from __future__ import annotations

import shlex
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checks.api import Body
from checks.errors import ApiError, CouldNotTestError
from checks.lab import Lab, simulated
from checks.result import Skip
from checks.traffic import mask, pods
from checks.traffic.asking import Pair, ask_until, believed
from checks.traffic.ends import Source, Target, closes_addresses, sources, targets
from checks.traffic.expected import Expectation, Expectations
from checks.traffic.matrix import Cell, Matrix
from checks.traffic.outcome import Answer, Outcome
from checks.traffic.script import TIMEOUT, Probe, read, script

OUTSIDE = (Probe("8.8.8.8", 53), Probe("1.1.1.1", 53))
"""The course's own examples of an address that the nke lab closes, and one that it leaves open."""
_EXEC_SECONDS = 60.0


@dataclass
class Options:
    """What a run may be told."""

    run: str
    """Names everything that the run makes."""

    image: str = pods.IMAGE
    patience: float = 30.0
    """Seconds that mismatches get, once the pods run."""

    full: bool = False
    """Whether to look at the same pairs without the lab's policies too, before and after."""

    outside: Sequence[Probe] = OUTSIDE


@dataclass
class Phases:
    """The matrices of a run."""

    enforced: Matrix
    before: Matrix | None = None
    """Without the lab's policies; only in a full run."""

    after: Matrix | None = None


@dataclass
class Ends:
    """Who and what takes part, as it runs."""

    sources: dict[str, Source]
    pods: dict[str, Body]
    """Probe pods by the source's name."""

    targets: dict[str, Target]
    backends: dict[str, list[Body]]
    """Pods behind each target."""


class Session:
    """One run."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._lock = threading.Lock()
        self._found: Phases | Skip | CouldNotTestError | None = None
        self._made: pods.Made | None = None
        self.ends: Ends | None = None
        """Who takes part, once the matrix is filled."""
        self._closed = False

    @property
    def namespace(self) -> str:
        """The namespace that outsiders run in."""
        return f"calico-labs-check-{self.options.run}"

    def plan(self, lab: Lab) -> list[Target]:
        """Return what will be asked for; known before anything runs."""
        return targets(lab.app, self.options.outside if closes_addresses(lab.policy_files) else ())

    def phases(self, lab: Lab) -> Phases | Skip:
        """Return the matrices, asked for on the first call.

        Raises:
            CouldNotTestError: no probe can be sent.
        """
        with self._lock:
            if self._found is None:
                try:
                    self._found = self._run(lab)
                except CouldNotTestError as error:
                    self._found = error
            if isinstance(self._found, CouldNotTestError):
                raise self._found
            return self._found

    def stop(self) -> None:
        """Let the run end soon: nothing more is made or asked."""
        self._closed = True

    def close(self) -> list[str]:
        """Remove what was made, in reverse order; return what could not be removed."""
        self.stop()
        return self._made.remove() if self._made is not None else []

    def _run(self, lab: Lab) -> Phases | Skip:
        if what := simulated(lab.nodes("linux")):
            return Skip(f"traffic checks need real nodes; {what}")
        ends = self._prepare(lab)
        namespaces = [*lab.namespaces, self.namespace]
        running = [pod for pod in lab.api.list("/api/v1/pods") if _takes_part(pod, ends)]
        expectations = Expectations(
            lab.settings, lab.policy_files, lab.app, lab.api.list("/api/v1/namespaces"), running
        )
        expected = {
            (source, target.name): expectations.between(ends.pods[source], target, ends.backends[target.name])
            for source in ends.sources
            for target in ends.targets.values()
        }
        if not self.options.full:
            controls = self._controls(lab, ends, expected)
            return Phases(self._phase(lab, ends, expected, controls))
        opened = {pair: Expectation(Outcome.ALLOWED, "opened by the check for a moment") for pair in expected}
        collection, body = (
            mask.collection(lab.settings),
            mask.body(lab.settings, self.options.run, namespaces),
        )
        path = f"{collection}/{body['metadata']['name']}"
        self._create(lab, collection, body)
        before = self._phase(lab, ends, opened, {})
        lab.api.delete(path)
        controls = {(cell.source, cell.target): cell.answer for cell in before.cells}
        enforced = self._phase(lab, ends, expected, controls)
        self._create(lab, collection, body)
        after = self._phase(lab, ends, opened, {})
        lab.api.delete(path)
        return Phases(enforced, before, after)

    def _create(self, lab: Lab, collection: str, body: Body) -> None:
        if self._closed:
            raise CouldNotTestError("the run was interrupted")
        if self._made is None:
            self._made = pods.Made(lab.api)
        self._made.create(collection, body)

    def _prepare(self, lab: Lab) -> Ends:
        """Make the probe pods and wait for them."""
        options = self.options
        asking = sources(lab.app, self.namespace)
        self._create(lab, "/api/v1/namespaces", pods.namespace_body(self.namespace, options.run))
        for _ in range(50):  # a pod is refused until its namespace has a service account
            if lab.api.get(f"/api/v1/namespaces/{self.namespace}/serviceaccounts/default") is not None:
                break
            time.sleep(0.1)
        for source in asking:
            self._create(
                lab, pods.pods_path(source.namespace), pods.pod_body(source, options.run, options.image)
            )
        made = pods.wait_running(lab.api, asking, options.run, stop=lambda: self._closed)
        wanted = {target.name: target for target in self.plan(lab)}
        self.ends = Ends(
            {source.name: source for source in asking},
            made,
            wanted,
            {name: backends(lab, target) for name, target in wanted.items()},
        )
        return self.ends

    def on_node(self, lab: Lab, node: str) -> Source:
        """Return a source in a node's own network, its pod running.

        Raises:
            CouldNotTestError: the pod cannot be made or does not start.
        """
        source = Source("node", self.namespace, node=node)
        folder, name = pods.pods_path(self.namespace), pods.pod_name(source, self.options.run)
        if lab.api.get(f"{folder}/{name}") is None:
            self._create(lab, folder, pods.pod_body(source, self.options.run, self.options.image))
        pods.wait_running(lab.api, [source], self.options.run, stop=lambda: self._closed)
        return source

    def text_of(self, lab: Lab, source: Source, command: Sequence[str]) -> str:
        """Run a command in a source's pod and return what it wrote."""
        pod = pods.pod_name(source, self.options.run)
        return lab.api.execute(
            source.namespace, pod, pods.CONTAINER, command, _EXEC_SECONDS, stop=lambda: self._closed
        )

    def _controls(self, lab: Lab, ends: Ends, expected: Mapping[Pair, Expectation]) -> dict[Pair, Answer]:
        """Ask from the nodes themselves for the targets that no pod may reach: no policy holds on that way."""
        reachable = {target for (_, target), e in expected.items() if e.outcome is Outcome.ALLOWED}
        found: dict[Pair, Answer] = {}
        for target in ends.targets.values():
            behind = ends.backends[target.name]
            if (
                target.name in reachable
                or target.outside
                or not behind
                or not isinstance(target.target_port, int)
            ):
                continue
            probe = Probe(behind[0]["status"]["podIP"], target.target_port)
            try:
                source = self.on_node(lab, behind[0]["spec"]["nodeName"])
            except CouldNotTestError as error:
                found["node", target.name] = Answer(Outcome.UNTESTED, str(error))
                continue
            (found["node", target.name],) = self.ask(lab, source, [probe])
        return found

    def ask(self, lab: Lab, source: Source, probes: Sequence[Probe]) -> list[Answer]:
        """Try connections from a source's pod, all in one command."""
        try:
            text = self.text_of(lab, source, script(probes))
        except ApiError as error:
            return [Answer(Outcome.UNTESTED, str(error))] * len(probes)
        return read(text, probes)

    def _phase(
        self, lab: Lab, ends: Ends, expected: Mapping[Pair, Expectation], controls: Mapping[Pair, Answer]
    ) -> Matrix:
        def ask(source: str, names: Sequence[str]) -> Sequence[Answer]:
            if self._closed:
                return [Answer(Outcome.UNTESTED, "the run was interrupted")] * len(names)
            return self.ask(lab, ends.sources[source], [ends.targets[name].probe for name in names])

        outcomes = {pair: expectation.outcome for pair, expectation in expected.items()}
        deadline = time.monotonic() + self.options.patience
        observed = ask_until(outcomes, ask, deadline, stop=lambda: self._closed)
        answers = {pair: found.answer for pair, found in observed.items()}
        cells = []
        for pair, expectation in expected.items():
            source, target = pair
            outside = ends.targets[target].outside
            cells.append(
                Cell(
                    source,
                    target,
                    expectation,
                    believed(pair, expectation.outcome, answers, controls, outside),
                    observed[pair].attempts,
                    observed[pair].seconds,
                    self._by_hand(lab, ends.sources[source], ends.targets[target].probe),
                )
            )
        return Matrix(tuple(cells))

    def _by_hand(self, lab: Lab, source: Source, probe: Probe) -> str:
        """Return a command that asks the same from a pod of its own, since this run's pods are gone by then."""
        labels = ",".join(f"{key}={value}" for key, value in source.labels.items())
        namespace = "default" if source.namespace == self.namespace else source.namespace
        return (
            f"{lab.kubectl} -n {namespace} run probe --rm -i --restart=Never --image={self.options.image}"
            + (f" --labels={shlex.quote(labels)}" if labels else "")
            + f" -- connect {probe.address} --timeout={TIMEOUT}s"
        )


def backends(lab: Lab, target: Target) -> list[Body]:
    """Return the application's own ready pods behind a target."""
    if target.outside:
        return []
    selector = ",".join(f"{key}={value}" for key, value in target.selector.items())
    found = lab.api.list(pods.pods_path(target.namespace), labelSelector=f"{selector},!{pods.LABEL}")
    return [pod for pod in found if pod["status"].get("podIP") and pod["status"].get("phase") == "Running"]


def _takes_part(pod: Body, ends: Ends) -> bool:
    if (
        pod["spec"].get("hostNetwork")
        or not pod["status"].get("podIP")
        or pod["status"].get("phase") != "Running"
    ):
        return False
    name = (pod["metadata"]["namespace"], pod["metadata"]["name"])
    known = [*ends.pods.values(), *(pod for behind in ends.backends.values() for pod in behind)]
    is_known = any(name == (other["metadata"]["namespace"], other["metadata"]["name"]) for other in known)
    return is_known or (pod["metadata"].get("labels") or {}).get("k8s-app") == "kube-dns"
