"""Releases as numbers, which are compared where Calico has changed."""

from __future__ import annotations

import pytest

from labs.versions import CALICO_VERSION, release_of


@pytest.mark.parametrize(
    ("text", "release"),
    [
        (CALICO_VERSION, (3, 32)),
        ("v3.9", (3, 9)),
        ("3.30.1", (3, 30)),
        ("v3.33.0-1.rc", (3, 33)),
        ("v3", None),
        ("v3.x", None),
        ("v3.32x", None),
        ("v3.²", None),
        ("", None),
    ],
)
def test_a_release_is_its_major_and_minor(text: str, release: tuple[int, int] | None) -> None:
    assert release_of(text) == release
