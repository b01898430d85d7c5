"""The probe command against real sockets: every named outcome is produced by the real thing, and recognised.

One network namespace plays the pod that asks, one the node between, one the pod that is asked. iptables drops and
rejects, nobody listens, names are not answered. Needs root on Linux; without it the tests skip and say so.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from checks.traffic.asking import Pair, ask_until, believed
from checks.traffic.outcome import Answer, Outcome
from checks.traffic.script import Probe, read, script
from tests.checks import agnhost

ASKER, ASKED = "10.98.1.2", "10.98.2.2"
LISTENING, SILENT_PORT = 8080, 8081


def lacking() -> str:
    """Return what is missing on this machine; empty if nothing is."""
    if sys.platform != "linux":
        return "network namespaces exist on Linux only"
    if os.geteuid() != 0:
        return "network namespaces and iptables need root"
    for program in ("ip", "iptables", "unshare", "nsenter"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    made = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "" if made.returncode == 0 else "this machine does not let root make network namespaces"


MUST_RUN = bool(os.environ.get("CALICO_LABS_MUST_RUN"))
"""Set by `make sockets`: there a skip would look like a pass, and the words are agnhost's own."""

LACKING = lacking()
if LACKING and MUST_RUN:
    raise RuntimeError(f"the probe command cannot be tested against real sockets here: {LACKING}")
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING or "nothing is missing")


# Says the same words as agnhost, so that nothing has to be built for the unit tests.
_STAND_IN = """#!{python}
import socket, sys
host, _, port = sys.argv[2].rpartition(":")
try:
    address = socket.getaddrinfo(host, int(port), socket.AF_INET, socket.SOCK_STREAM)[0][4]
except socket.gaierror as error:
    sys.exit("DNS: %s" % error)
try:
    socket.create_connection(address, timeout=float(sys.argv[3].split("=")[1].rstrip("s"))).close()
except TimeoutError:
    sys.exit("TIMEOUT")
except ConnectionRefusedError:
    sys.exit("REFUSED")
except OSError as error:
    sys.exit("OTHER: %s" % error)
"""


class Net:
    """Three namespaces in a row: asker, node, asked."""

    def __init__(self, folder: Path, program: str) -> None:
        self.folder, self.program = folder, program
        self.names = {part: f"clc-{os.getpid()}-{part}" for part in ("asker", "node", "asked")}
        self.listener: subprocess.Popen[bytes] | None = None
        self.resolv = folder / "resolv.conf"
        self.resolv.write_text(
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1 ndots:1\n", encoding="utf-8"
        )
        self.hosts = folder / "hosts"
        self.hosts.write_text(f"{ASKED} known.example\n", encoding="utf-8")

    def run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)

    def within(self, part: str, *command: str) -> None:
        self.run("ip", "netns", "exec", self.names[part], *command)

    def start(self) -> None:
        for name in self.names.values():
            self.run("ip", "netns", "add", name)
        for part, number in (("asker", 1), ("asked", 2)):
            inner, outer = f"clc{os.getpid() % 100000}{part[-1]}i", f"clc{os.getpid() % 100000}{part[-1]}o"
            self.run("ip", "link", "add", inner, "type", "veth", "peer", "name", outer)
            for end, owner, address in (
                (inner, part, f"10.98.{number}.2/24"),
                (outer, "node", f"10.98.{number}.1/24"),
            ):
                self.run("ip", "link", "set", end, "netns", self.names[owner])
                self.within(owner, "ip", "address", "add", address, "dev", end)
                self.within(owner, "ip", "link", "set", end, "up")
            self.within(part, "ip", "link", "set", "lo", "up")
            self.within(part, "ip", "route", "add", "default", "via", f"10.98.{number}.1")
        self.within("node", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        code = (
            "import socket; s=socket.create_server(('0.0.0.0', %d)); print(1, flush=True)\n"
            "while 1: s.accept()[0].close()"
        )
        self.listener = subprocess.Popen(
            ["ip", "netns", "exec", self.names["asked"], sys.executable, "-c", code % LISTENING],
            stdout=subprocess.PIPE,
        )
        assert self.listener.stdout is not None
        assert self.listener.stdout.readline() == b"1\n"

    def stop(self) -> None:
        if self.listener is not None:
            self.listener.kill()
            self.listener.wait()
            assert self.listener.stdout is not None
            self.listener.stdout.close()
        for name in self.names.values():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def rule(self, *rule: str) -> None:
        """Put a rule on the node's way between the two; `clear` takes all away."""
        self.within("node", "iptables", "-w", "-A", "FORWARD", *rule)

    def clear(self) -> None:
        self.within("node", "iptables", "-w", "-F", "FORWARD")

    def ask(self, probes: Sequence[Probe], timeout: int = 1) -> list[Answer]:
        """Run the probe command as a pod would: its own network, its own resolver."""
        inside = (
            f"mount --bind {self.resolv} /etc/resolv.conf && mount --bind {self.hosts} /etc/hosts && "
            'exec "$@"'
        )
        done = subprocess.run(
            [
                *("nsenter", f"--net=/var/run/netns/{self.names['asker']}", "unshare", "--mount"),
                *("sh", "-c", inside, "sh", *script(probes, self.program, timeout)),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return read(done.stdout, probes)


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    folder = tmp_path_factory.mktemp("probe")
    if MUST_RUN:
        program = agnhost.build(tmp_path_factory.mktemp("agnhost"))
    else:
        program = folder / "connect"
        program.write_text(_STAND_IN.format(python=sys.executable), encoding="utf-8")
        program.chmod(0o755)
    net = Net(folder, str(program))
    try:
        net.start()
        yield net
    finally:
        net.stop()


@pytest.fixture(autouse=True)
def _clean_rules(net: Net) -> Iterator[None]:
    yield
    net.clear()


HERE = Probe(ASKED, LISTENING)


def test_nothing_in_the_way_is_allowed(net: Net) -> None:
    assert net.ask([HERE])[0].outcome is Outcome.ALLOWED


@pytest.mark.parametrize(
    "rule",
    [("-d", ASKED, "-j", "DROP"), ("-s", ASKED, "-j", "DROP")],
    ids=["on the way there", "on the way back"],
)
def test_a_drop_is_denied(net: Net, rule: tuple[str, ...]) -> None:
    net.rule(*rule)
    assert net.ask([HERE])[0].outcome is Outcome.DENIED


@pytest.mark.parametrize("kind", ["tcp-reset", "icmp-port-unreachable"])
def test_a_reject_is_refused_and_not_denied(net: Net, kind: str) -> None:
    net.rule("-p", "tcp", "-d", ASKED, "-j", "REJECT", "--reject-with", kind)
    assert net.ask([HERE])[0].outcome is Outcome.REFUSED


def test_nobody_listening_is_refused_and_not_denied(net: Net) -> None:
    assert net.ask([Probe(ASKED, SILENT_PORT)])[0].outcome is Outcome.REFUSED


def test_a_name_that_nobody_answers_is_a_failed_lookup_and_not_a_deny(net: Net) -> None:
    answer = net.ask([Probe("nobody.knows.example", LISTENING)])[0]
    assert answer.outcome is Outcome.DNS_FAILED


def test_a_nameserver_that_is_dropped_is_a_failed_lookup_too(net: Net) -> None:
    net.resolv.write_text(f"nameserver {ASKED}\noptions timeout:1 attempts:1 ndots:1\n", encoding="utf-8")
    net.rule("-p", "udp", "--dport", "53", "-j", "DROP")
    try:
        assert net.ask([Probe("nobody.knows.example", LISTENING)])[0].outcome is Outcome.DNS_FAILED
    finally:
        net.resolv.write_text(
            "nameserver 127.0.0.1\noptions timeout:1 attempts:1 ndots:1\n", encoding="utf-8"
        )


def test_an_administrative_reject_is_not_taken_for_a_policys_drop(net: Net) -> None:
    net.rule("-p", "tcp", "-d", ASKED, "-j", "REJECT", "--reject-with", "icmp-host-unreachable")
    answer = net.ask([HERE])[0]
    assert answer.outcome is Outcome.UNTESTED
    assert "no route to host" in answer.said.lower()


def test_a_program_that_is_not_there_could_not_be_tested(net: Net) -> None:
    program, net.program = net.program, "/nonexistent/agnhost"
    try:
        assert net.ask([HERE])[0].outcome is Outcome.UNTESTED
    finally:
        net.program = program


def test_all_outcomes_come_out_of_one_command(net: Net) -> None:
    net.rule("-p", "tcp", "-d", ASKED, "--dport", "9000", "-j", "DROP")
    probes = [HERE, Probe(ASKED, 9000), Probe(ASKED, SILENT_PORT), Probe("nobody.knows.example", 1)]
    outcomes = [answer.outcome for answer in net.ask(probes, timeout=2)]
    assert outcomes == [Outcome.ALLOWED, Outcome.DENIED, Outcome.REFUSED, Outcome.DNS_FAILED]


def test_all_probes_of_one_command_wait_side_by_side(net: Net) -> None:
    net.rule("-d", ASKED, "-j", "DROP")
    began = time.monotonic()
    answers = net.ask([HERE] * 20, timeout=2)
    assert {answer.outcome for answer in answers} == {Outcome.DENIED}
    assert time.monotonic() - began < 20 * 2  # what they would take one after the other


class TestPolicyThatComesLate:
    """A policy takes its time to be carried out: the pair is asked again until it agrees, and says how often."""

    def test_a_deny_that_comes_late_is_seen(self, net: Net) -> None:
        expected: dict[Pair, Outcome] = {("asker", "here"): Outcome.DENIED}
        asked: list[int] = []

        def ask(_: str, targets: Sequence[str]) -> Sequence[Answer]:
            asked.append(1)
            if len(asked) == 2:
                net.rule("-d", ASKED, "-j", "DROP")
            return net.ask([HERE] * len(targets))

        found = ask_until(expected, ask, time.monotonic() + 20, pause=0.1)["asker", "here"]
        assert (found.answer.outcome, found.attempts) == (Outcome.DENIED, 2)

    def test_a_deny_without_a_listener_is_not_believed(self, net: Net) -> None:
        net.rule("-d", ASKED, "-j", "DROP")
        pair = ("asker", "silent")
        answer = net.ask([Probe(ASKED, SILENT_PORT)])[0]
        assert answer.outcome is Outcome.DENIED
        net.clear()
        control = net.ask([Probe(ASKED, SILENT_PORT)])[0]
        found = believed(pair, Outcome.DENIED, {pair: answer}, {pair: control})
        assert str(found) == "could not test: nothing reached silent, so silence proves nothing"

    def test_a_deny_with_a_listener_behind_it_is_believed(self, net: Net) -> None:
        pair = ("asker", "here")
        control = net.ask([HERE])[0]
        net.rule("-d", ASKED, "-j", "DROP")
        answer = net.ask([HERE])[0]
        assert believed(pair, Outcome.DENIED, {pair: answer}, {pair: control}).outcome is Outcome.DENIED


def test_the_page_check_names_the_same_outcomes() -> None:
    from checks.traffic.visit import connect

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert connect("127.0.0.1", port).outcome is Outcome.ALLOWED
    assert connect("127.0.0.1", port).outcome is Outcome.REFUSED
    assert connect("name.invalid", 80).outcome is Outcome.DNS_FAILED
