"""What `labctl doctor` says about a stack of these tests, and doing exactly that."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from doctor.azure import Azure
from doctor.examine import Diagnosis, examine
from doctor.patient import Patient
from doctor.stack_state import read_state
from labctl.doctor_commands import SANDBOX_COMMANDS
from labs.stack_files import settings_of
from sandbox import daemon, engine
from tests.e2e.harness import Lab
from tests.faults.killing import shell

_SECONDS = 180.0


def diagnosis(lab: Lab) -> Diagnosis:
    """Return what the doctor finds."""
    environment = engine.full_environment(lab.home)
    where = daemon.endpoint(lab.home)
    patient = Patient(
        settings_of(lab.project, lab.stack),
        lab.project,
        read_state(lab.project, lab.stack, environment),
        environment,
        lambda: Azure(where["url"], where["token"], "00000000-0000-0000-0000-000000000000"),
        datetime.now(UTC),
        **SANDBOX_COMMANDS,
    )
    return examine(patient)


def mend(lab: Lab) -> list[str]:
    """Run the commands that the doctor names, until it finds nothing more, and return them."""
    done: list[str] = []
    deadline = time.monotonic() + _SECONDS
    while found := diagnosis(lab).findings:
        commands = [command for finding in found for command in finding.commands]
        waits = [finding.what for finding in found if not finding.commands]
        assert time.monotonic() < deadline, [finding.what for finding in found]
        if waits:
            time.sleep(1.0)
            continue
        assert not set(commands) <= set(done), [finding.what for finding in found]
        for command in commands:
            shell(lab, command)
            done.append(command)
    return done
