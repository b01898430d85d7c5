"""The sandbox's one long-lived process: the Azure stand-in and every cluster it has made.

Run by `labctl sandbox start`, never by hand. Everything it starts ends with it (`process.py`); what it knows is on
disk, so that the next start continues where this one ended.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from sandbox.arm import ArmServer
from sandbox.clusters import Clusters
from sandbox.errors import SandboxError
from sandbox.home import PROJECT, Home, write_private_json
from sandbox.nodes.choice import NodesKind, remember, remembered
from sandbox.nodes.real import leftovers, store
from sandbox.nodes.real.images import images
from sandbox.process import end, recorded, sweep
from sandbox.tools import Toolbox, ensure
from sandbox.turns import turn

_START_SECONDS = 120
_CLUSTER_SECONDS = 30
"""More for each cluster that comes back: it is 8 to 10 s of work, for a machine that may have other work."""
_STOP_SECONDS = 30.0
_started: dict[int, subprocess.Popen[bytes]] = {}
"""Daemons that this process started; kept so that `stop` can reap them."""
log = logging.getLogger("sandbox")


def running(home: Home) -> psutil.Process | None:
    """Return the daemon's process if it runs."""
    return recorded(home.daemon_record)


def start(home: Home, delay: float = 0.0, nodes: NodesKind | None = None) -> bool:
    """Start the daemon and wait until it serves; False if it was running already, or another process started it.

    `delay` is the seconds that creating a cluster takes longer than it must; 0: none, or what it runs with already.
    `nodes` is the kind of its clusters' nodes, `SIMULATED` or `REAL`; None: as it was started last time.

    Raises:
        SandboxError: it ended, or did not serve in time (the message has the end of its log), or it runs with the
            other kind of nodes or another delay.
    """
    with turn(home):
        return _start(home, delay, nodes)


def _start(home: Home, delay: float, nodes: NodesKind | None) -> bool:
    kind = nodes or remembered(home)
    if running(home) is not None and home.arm_endpoint.exists():
        if kind is not remembered(home):
            raise SandboxError(
                f"the sandbox runs with {remembered(home)} nodes but --nodes is '{kind}'; stop it first with "
                "`labctl sandbox stop` (destroy its stacks before, their clusters keep their kind)"
            )
        known = float(json.loads(home.daemon_record.read_text(encoding="utf-8"))["delay"])
        if delay not in (0.0, known):
            raise SandboxError(
                f"the sandbox runs with a delay of {known:g} s but --delay is '{delay:g}'; stop it first with "
                "`labctl sandbox stop`"
            )
        return False
    _stop(home)
    home.create()
    remember(home, kind)
    with home.daemon_log.open("ab") as output:
        os.chmod(home.daemon_log, 0o600)
        process = subprocess.Popen(
            command(home, delay, kind),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    _started[process.pid] = process
    try:
        # The daemon does so too, but after seconds, in which this process may be killed.
        with contextlib.suppress(psutil.Error):  # it has ended already
            _record(home, process.pid, delay)
        _wait_until_serving(home, process)
    except BaseException:
        if process.poll() is None:
            end(psutil.Process(process.pid), _STOP_SECONDS)
        _stop(home)
        raise
    return True


def command(home: Home, delay: float, kind: NodesKind) -> list[str]:
    """Return the command line of a daemon."""
    return [
        *(sys.executable, "-m", "sandbox.daemon", "--home", str(home.root)),
        *("--delay", str(delay), "--nodes", kind),
    ]


def _record(home: Home, pid: int, delay: float) -> None:
    started = psutil.Process(pid).create_time()
    write_private_json(home.daemon_record, {"pid": pid, "started": started, "delay": delay})


def _wait_until_serving(home: Home, process: subprocess.Popen[bytes]) -> None:
    seconds = _START_SECONDS + _CLUSTER_SECONDS * len(list(home.clusters.iterdir()))
    deadline = time.monotonic() + seconds
    while not home.arm_endpoint.exists():
        if process.poll() is not None:
            raise SandboxError(f"the sandbox ended while starting: {_last_line(home.daemon_log)}")
        if time.monotonic() > deadline:
            raise SandboxError(f"the sandbox did not start within {seconds} s; see {home.daemon_log}")
        time.sleep(0.05)


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "its log is empty"


def stop(home: Home) -> int:
    """Stop the daemon and whatever a crash left behind; return how many stray programs there were."""
    with turn(home) if home.root.exists() else contextlib.nullcontext():
        return _stop(home)


def _stop(home: Home) -> int:
    process = running(home)
    if process is not None:
        end(process, _STOP_SECONDS)
        if running(home) is not None:
            raise SandboxError(
                f"the sandbox (process {process.pid}) does not end, although it was killed; a disk that hangs "
                "may hold it: run `bin/labctl sandbox stop` again"
            )
    for child in [c for c in _started.values() if c.poll() is not None]:
        del _started[child.pid]
    home.daemon_record.unlink(missing_ok=True)
    home.arm_endpoint.unlink(missing_ok=True)
    strays = sweep(home)
    if kept := leftovers.remove(home):
        raise SandboxError(
            f"cgroups of the sandbox are still in use: {', '.join(str(path) for path in kept)}"
        )
    return strays


def endpoint(home: Home) -> dict[str, str]:
    """Return URL and token of the Azure stand-in.

    Raises:
        SandboxError: the sandbox does not run.
    """
    try:
        return dict(json.loads(home.arm_endpoint.read_text(encoding="utf-8")))
    except OSError as error:
        raise SandboxError("the sandbox does not run; start it with `bin/labctl sandbox start`") from error


def _serve(home: Home, delay: float, box: Toolbox, nodes: NodesKind) -> None:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    home.create()
    _record(home, os.getpid(), delay)
    if nodes is NodesKind.REAL:
        store.ensure(
            images(box.path)
        )  # now, while somebody looks on, and not within the first cluster's time limit
    real_crds = (lambda: box.real_crds) if nodes is NodesKind.REAL else None
    clusters = Clusters(home, box.path, lambda: box.crds, real_crds)
    server = ArmServer(home.arm_store, clusters, delay)
    try:
        server.start()
        write_private_json(home.arm_endpoint, {"url": server.url, "token": server.token})
        log.info("the Azure stand-in serves at %s", server.url)
        # Without its folder nobody could find it again to stop it: then it ends by itself, with all that it started.
        while not ended.wait(1.0) and home.daemon_record.exists():
            pass
    finally:
        home.arm_endpoint.unlink(missing_ok=True)
        server.stop()
        clusters.stop_all()
        home.daemon_record.unlink(missing_ok=True)
        log.info("stopped")


def main() -> None:
    parser = argparse.ArgumentParser(description="The sandbox's daemon; use `labctl sandbox start`.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--nodes", type=NodesKind, default=NodesKind.SIMULATED)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        box = ensure(real=arguments.nodes is NodesKind.REAL)
        _serve(Home(arguments.home), arguments.delay, box, arguments.nodes)
    except SandboxError as error:
        log.error("%s", error)
        sys.exit(3)


if __name__ == "__main__":
    main()
