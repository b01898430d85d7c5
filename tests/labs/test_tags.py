"""A forgotten lab can be found: lab, owner and the moment when it should have gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from labs.tags import tags
from tests.labs.cases import BYOCNI

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def test_tags_name_the_lab_its_owner_and_its_end() -> None:
    assert tags(replace(BYOCNI, owner="ada", ttl_hours=36), NOON) == {
        "lab": "byocni",
        "owner": "ada",
        "expires": "2026-11-24T00:00:00Z",
        "managedBy": "calico-labs",
    }


def test_the_end_is_told_in_utc_wherever_the_machine_is() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=9)))
    assert tags(BYOCNI, there) == tags(BYOCNI, NOON)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="must carry a time zone"):
        tags(BYOCNI, datetime(2026, 11, 22))


def test_an_owner_that_nobody_set_is_said_to_be_unset() -> None:
    assert tags(BYOCNI, NOON)["owner"] == "unset"
