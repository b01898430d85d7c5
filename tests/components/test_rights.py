"""The committed rights: nothing by wildcard, no Secret, no right to give rights. tests/e2e/test_rights.py uses them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    [*(ROOT / "components" / "rights").glob("*.yaml"), *(ROOT / "checks" / "rights").glob("*.yaml")]
)
ROLES = [
    pytest.param(role, id=f"{path.parent.parent.name} {role['metadata']['name']}")
    for path in FILES
    for role in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
assert len(ROLES) >= 4


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reaches_more_than_it_names(role: dict[str, Any]) -> None:
    assert role["kind"] == "ClusterRole"
    assert role["rules"]
    for rule in role["rules"]:
        named = {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
        assert not named & {"*", "secrets", "escalate", "bind", "impersonate", "rbac.authorization.k8s.io"}
