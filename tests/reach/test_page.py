"""The page: whole by itself, safe against names, and alive in a real browser where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from ipaddress import ip_network
from pathlib import Path

import pytest

from reach.engine import Engine
from reach.errors import LimitError
from reach.exposure import exposures
from reach.matrix import Matrix, full_matrix
from reach.model import Cluster, Workload
from reach.render import matrix_html
from reach.render.matrix_text import as_markdown
from reach.topology import load_lab
from tests.markdown import foreign_outside_of_code
from tests.reach.clusters import Generator, engine_of

ROOT = Path(__file__).resolve().parents[2]
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "</script><script>alert(1)</script>|<b>"

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="there is no Chromium here (Debian: apt-get install chromium)"
)


@pytest.fixture(scope="module")
def page() -> str:
    lab = load_lab(ROOT, "byocni")
    matrix = full_matrix(Engine(lab.cluster))
    return matrix_html.as_html("Who can reach whom", matrix, exposures(matrix.engine, lab.entry_points))


def hostile_matrix(hostile: str = HOSTILE) -> Matrix:
    """Return a matrix whose names try to be markup."""
    pods = [
        {"name": name, "namespace": "n", "ip": f"10.0.0.{number}"}
        for number, name in enumerate(("a", hostile), 1)
    ]
    return full_matrix(engine_of({"pods": pods}))


def test_the_page_needs_nothing_from_anywhere(page: str) -> None:
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=|@import|url\((?!#)", page)
    assert set(re.findall(r"https?://[^\"' ]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "@@" not in page


def test_the_data_of_the_page_is_the_matrix(page: str) -> None:
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    names = data["names"]
    found = {(names[cell[0]], names[cell[1]]): cell[3] for cell in data["cells"]}
    assert found["yaobank-customer/customer", "yaobank-summary/summary"] == "TCP 80"
    assert found["yaobank-customer/customer", "yaobank-database/database"] == "nothing"


def test_names_cannot_become_markup() -> None:
    page = matrix_html.as_html(HOSTILE, hostile_matrix(), [])
    assert page.count("<script") == 2
    assert "<b>" not in page


@pytest.mark.parametrize("name", [HOSTILE, "[x](https://example.com)", "@everybody `x` #1"])
def test_names_stand_in_the_markdown_as_code_alone(name: str) -> None:
    written = as_markdown(name, hostile_matrix(name), [])
    assert name.replace("|", "\\|") in written
    foreign = written.partition("<sub>")[0]  # below are the notes, which are our own
    assert foreign_outside_of_code(foreign, name[:9]) == []


def test_a_picture_that_nobody_could_look_at_is_refused() -> None:
    pods = tuple(Workload("n", f"p{number}", {}) for number in range(400))
    matrix = full_matrix(Engine(Cluster({}, {}, pods, pod_ranges=(ip_network("10.0.0.0/16"),))))
    with pytest.raises(LimitError, match="a picture takes at most 300; use --format json"):
        matrix_html.as_html("x", matrix, [])


def in_browser(page: str, folder: Path, script: str) -> str:
    """Open a page in a headless browser, run a script after its own, and return the document it leaves."""
    file = folder / "page.html"
    file.write_text(page.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    assert BROWSER
    with tempfile.TemporaryDirectory(prefix="calico-labs-browser-", ignore_cleanup_errors=True) as profile:
        done = subprocess.run(
            [
                BROWSER,
                *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom"),
                *(f"--user-data-dir={profile}", "--virtual-time-budget=3000", file.as_uri()),
            ],
            capture_output=True,
            text=True,
            timeout=100,
            check=True,
        )
    return done.stdout


POINT = (
    'const square = document.querySelector(\'rect[data-from="yaobank-customer/customer"]'
    '[data-to="yaobank-summary/summary"]\');'
    "square.dispatchEvent(new PointerEvent('pointerenter'));"
)


@needs_browser
def test_pointing_at_a_square_tells_what_passes_and_why(page: str, tmp_path: Path) -> None:
    document = in_browser(page, tmp_path, POINT)
    assert len(re.findall(r'<rect class="cell', document)) == 40
    assert re.search(r'<h2 id="what">yaobank-customer/customer → yaobank-summary/summary</h2>', document)
    details = document.partition('<dl id="details">')[2].partition("</dl>")[0]
    assert "<dt>Allowed</dt><dd>TCP 80</dd>" in details
    assert "policies/byocni/22-customer-to-summary.yaml:" in details
    assert "policies/byocni/23-summary-from-customer.yaml:" in details


@needs_browser
def test_squares_show_their_ports_and_one_that_is_pointed_at_lies_on_top(page: str, tmp_path: Path) -> None:
    document = in_browser(page, tmp_path, POINT)
    inside = re.findall(r'<text class="in (\w+)"[^>]*>([^<]*)</text>', document)
    assert sorted(inside) == sorted(
        [*[("all", "all")] * 7, *[("some", "53")] * 3, *[("some", "80")] * 4, ("some", "2379")]
    )
    last = re.findall(r"<rect class=\"cell[^>]*>", document)[-1]
    assert 'class="cell some on"' in last
    assert 'data-to="yaobank-summary/summary"' in last


@needs_browser
def test_before_anything_is_chosen_it_counts_what_is_open(page: str, tmp_path: Path) -> None:
    assert 'id="count">15 of 40 squares let something through.</dd>' in in_browser(page, tmp_path, "")


@needs_browser
def test_the_arrow_keys_move_from_square_to_square(page: str, tmp_path: Path) -> None:
    press = (
        "for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight'])"
        "  svg.dispatchEvent(new KeyboardEvent('keydown', {key}));"
    )
    document = in_browser(page, tmp_path, press)
    assert '<h2 id="what">yaobank-summary/summary → yaobank-summary/summary</h2>' in document


@needs_browser
def test_hostile_names_are_only_text_in_a_browser(tmp_path: Path) -> None:
    document = in_browser(matrix_html.as_html("x", hostile_matrix(), []), tmp_path, "")
    body = document.partition('<div id="picture">')[2].partition("</main>")[0]
    assert "&lt;/script&gt;&lt;script&gt;alert(1)" in body
    assert "<b>" not in body


def test_unknown_cells_have_their_own_colour() -> None:
    matrix = full_matrix(engine_of(Generator(1).case("x", flows=0)))
    page = matrix_html.as_html("x", matrix, [])
    assert "rect.unknown { fill: url(#hatch); }" in page
