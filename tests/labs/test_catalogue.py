"""Each lab has one entry, and what an entry names is there."""

from __future__ import annotations

import pytest

from labs import catalogue
from labs.enums import Lab
from labs.manifests import load_folder
from labs.rules.application import APPS


def test_every_lab_has_one_entry_and_every_entry_a_lab() -> None:
    assert [entry.lab for entry in catalogue.entries()] == list(Lab)


@pytest.mark.parametrize("lab", list(Lab))
def test_an_entry_says_what_it_is(lab: Lab) -> None:
    entry = catalogue.get(lab)
    assert entry.lab is lab
    assert entry.summary
    assert entry.course


@pytest.mark.parametrize("lab", list(Lab))
def test_the_application_and_the_policies_of_a_lab_load(lab: Lab) -> None:
    entry = catalogue.get(lab)
    assert load_folder(APPS / entry.app)
    assert load_folder(APPS.parent / "policies" / entry.policies)
