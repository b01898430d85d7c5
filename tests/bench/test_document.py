"""What a benchmark writes stands between its marks, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.document import keep, table

PAGE = """# Page
<!-- first: written by `one` -->
old
<!-- end of first -->
between
<!-- second: written by `two` -->
<!-- end of second -->
after
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.md"
    file.write_text(PAGE, encoding="utf-8")
    return file


def test_the_old_figures_go_and_the_rest_of_the_page_stays(page: Path) -> None:
    keep(page, "first", [table(["a", "b"], [["1", "2"]])])
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert "Taken on 20" in text
    assert "| a | b |\n| --- | --- |\n| 1 | 2 |\n\n<!-- end of first -->\nbetween\n" in text
    assert text.endswith(PAGE.partition("between")[2])


def test_writing_the_same_again_changes_nothing(page: Path) -> None:
    keep(page, "second", ["figures"])
    once = page.read_text(encoding="utf-8")
    keep(page, "second", ["figures"])
    assert page.read_text(encoding="utf-8") == once


def test_a_page_without_the_section_is_left_alone(page: Path) -> None:
    with pytest.raises(RuntimeError, match=r"page\.md has no section between marks for third"):
        keep(page, "third", ["figures"])
    assert page.read_text(encoding="utf-8") == PAGE
