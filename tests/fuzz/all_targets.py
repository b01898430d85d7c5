"""Every target by its name."""

from __future__ import annotations

from tests.fuzz.target import Target
from tests.fuzz.targets import (
    answers,
    archives,
    arguments,
    cidrs,
    comments,
    kubeconfigs,
    manifests,
    names,
    policies,
    reports,
    selectors,
    settings,
    stack_files,
)

_ALL = (
    answers.TARGET,
    archives.TARGET,
    arguments.TARGET,
    cidrs.TARGET,
    comments.TARGET,
    kubeconfigs.TARGET,
    manifests.TARGET,
    names.TARGET,
    policies.TARGET,
    reports.TARGET,
    selectors.TARGET,
    settings.TARGET,
    stack_files.TARGET,
)
TARGETS: dict[str, Target] = {target.name: target for target in _ALL}
