"""What ends on a date: found a month ahead, told with what to do, and about what is really used.

No test here looks at the clock.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from labs import dates, versions
from labs.dates import AHEAD, FILE, PAGE, ROOT, End, Known, main, page, read, report
from labs.errors import ManifestError

ENDS = read()
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.what)
class TestEveryEntry:
    def test_is_about_what_the_project_uses(self, end: End) -> None:
        assert end.text in (ROOT / end.file).read_text(encoding="utf-8"), (
            "changed since; look up the new one's end"
        )

    def test_is_due_from_a_month_before_and_not_earlier(self, end: End) -> None:
        found = [
            any(found.what == end.what and found.due(day) for found in ENDS)
            for day in (
                end.ends - AHEAD - timedelta(days=1),
                end.ends - AHEAD,
                end.ends + timedelta(days=400),
            )
        ]
        assert found == ([False] * 3 if end.accepted else [False, True, True])

    def test_was_looked_up_before_it_ends_unless_it_is_accepted(self, end: End) -> None:
        assert end.accepted or end.checked < end.ends


class TestCompleteness:
    """Whoever raises a version finds its end missing here."""

    def all(self) -> str:
        return " ".join(end.what for end in ENDS)

    def test_every_minor_that_aks_makes_clusters_with_is_listed(self) -> None:
        for minor in versions.AKS_KUBERNETES_VERSIONS:
            assert f"Kubernetes {minor} on AKS" in self.all()

    def test_the_preview_api_has_the_one_date(self) -> None:
        [found] = [end for end in ENDS if versions.AKS_PREVIEW_API in end.what]
        assert found.ends == versions.AKS_PREVIEW_API_ENDS

    def test_every_runner_image_python_and_go_of_the_workflows_is_listed(self) -> None:
        text = "\n".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
        images = set(re.findall(r"runs-on: (\S+)", text))
        pythons = set(re.findall(r'python-version: "([\d.]+)"', text))
        gos = set(re.findall(r'go-version: "([\d.]+)"', text))
        assert images
        assert pythons
        assert gos
        for name in (*images, *(f"Python {found}" for found in pythons), *(f"Go {found}" for found in gos)):
            assert name in self.all()

    def test_calico_sizes_and_windows_images_are_listed(self) -> None:
        minor = versions.CALICO_VERSION.removeprefix("v").rpartition(".")[0]
        for name in (
            f"Calico {minor}",
            versions.NODE_VM_SIZE,
            versions.WINDOWS_VM_SIZE,
            "Windows Server 2022",
        ):
            assert name in self.all()


class TestReport:
    def end(self, what: str = "Thing 1", ends: date = date(2027, 3, 31), **changes: str) -> End:
        return End(what, "f", "t", ends, Known.ANNOUNCED, "do this", "its docs", date(2026, 11, 1), **changes)

    def test_what_is_due_is_told_with_what_to_do_and_its_source(self) -> None:
        assert report([self.end()], date(2027, 3, 1)) == ["Thing 1: ends on 2027-03-31; do this [its docs]"]

    def test_what_is_past_stays_due(self) -> None:
        assert report([self.end()], date(2030, 1, 1)) == ["Thing 1: ends on 2027-03-31; do this [its docs]"]

    def test_nothing_due_names_the_next(self) -> None:
        accepted = self.end("Old", date(2020, 1, 1), accepted="offline")
        assert report([accepted, self.end()], date(2027, 1, 1)) == [
            "nothing is due on 2027-01-01; next: Thing 1, ends on 2027-03-31"
        ]


class TestCommand:
    @pytest.mark.parametrize(("today", "code"), [("2026-11-27", 0), ("2027-01-02", 1), ("2040-01-01", 1)])
    def test_exit_code_says_whether_something_is_due(
        self, today: str, code: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--today", today]) == code
        lines = capsys.readouterr().out.splitlines()
        due = [end for end in ENDS if end.due(date.fromisoformat(today))]
        assert len(lines) == max(1, len(due))

    @pytest.mark.parametrize(("days", "told"), [(31, False), (30, True), (1, True), (-90, True)])
    def test_the_end_of_the_preview_api_is_told_from_a_month_before(
        self, days: int, told: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The workflow runs this command every week, whether or not anybody changes the code."""

        class Frozen(date):
            @classmethod
            def today(cls) -> date:
                return versions.AKS_PREVIEW_API_ENDS - timedelta(days=days)

        monkeypatch.setattr(dates, "date", Frozen)
        code = main([])
        assert (versions.AKS_PREVIEW_API in capsys.readouterr().out) is told
        assert code == 1 or not told

    def test_page_is_not_stale(self) -> None:
        assert PAGE.read_text(encoding="utf-8") == page(ENDS), "run: .venv/bin/python -m labs.dates --write"

    def test_workflow_runs_it_every_week(self) -> None:
        document = yaml.safe_load((ROOT / ".github" / "workflows" / "dates.yml").read_text(encoding="utf-8"))
        assert [entry["cron"].split()[-1] for entry in document[True]["schedule"]] == ["1"]
        assert document["jobs"]["dates"]["steps"][-1]["run"] == "make dates"
        assert "\ndates: venv ##" in (ROOT / "Makefile").read_text(encoding="utf-8")


class TestBrokenFiles:
    GOOD = (
        "- {what: a, pin: {file: f, text: t}, ends: '2027-01-01', known: announced, then: b, source: c, "
        "checked: '2026-01-01'}\n"
    )

    def written(self, folder: Path, text: str) -> Path:
        path = folder / "dates.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    def test_a_good_entry_is_read(self, tmp_path: Path) -> None:
        assert [end.what for end in read(self.written(tmp_path, self.GOOD))] == ["a"]

    @pytest.mark.parametrize(
        "text",
        [
            pytest.param("", id="empty"),
            pytest.param("[]\n", id="no entry"),
            pytest.param("a: 1\n", id="a mapping"),
            pytest.param(GOOD.replace("2027-01-01", "2027-13-01"), id="no day"),
            pytest.param(GOOD.replace("announced", "rumoured"), id="unknown certainty"),
            pytest.param(GOOD.replace("then: b, ", ""), id="nothing to do"),
            pytest.param(GOOD.replace("then: b", "them: b"), id="unknown field"),
            pytest.param(GOOD.replace("text: t", "line: t"), id="pin without text"),
        ],
    )
    def test_anything_else_is_one_message(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(
            ManifestError, match=r"a date that cannot be read never comes|nothing would ever be due"
        ):
            read(self.written(tmp_path, text))

    def test_the_file_is_beside_the_module(self) -> None:
        assert FILE.parent == Path(dates.__file__).parent
