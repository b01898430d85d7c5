"""`make audit` may not pass because it looked at nothing."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from sandbox.home import PROJECT

SCRIPT = PROJECT / ".github" / "audit" / "govulncheck.sh"
MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")


def run(folder: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """Run the script with a go that only builds a govulncheck which finds nothing."""
    go = tmp_path / "bin" / "go"
    go.parent.mkdir()
    go.write_text(
        '#!/bin/sh\nif [ "$1" = build ]; then printf "#!/bin/sh\\nexit 0\\n" > "$3"; chmod +x "$3"; exit; fi\n'
        'case "$2" in *program) echo "$2: go1.26.8" ;; *) echo "$2: not executable file" >&2 ;; esac\n',
        encoding="utf-8",
    )
    go.chmod(0o755)
    return subprocess.run(
        ["sh", SCRIPT, folder],
        env={"PATH": f"{go.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def executable(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)


def test_folder_without_a_go_program_fails(tmp_path: Path) -> None:
    executable(tmp_path / "tools" / "script")
    result = run(tmp_path / "tools", tmp_path)
    assert result.returncode == 1
    assert "no program was found in" in result.stdout


def test_every_go_program_is_looked_at_and_scripts_are_not(tmp_path: Path) -> None:
    for name in ("a b/program", "c/program", "c/script"):
        executable(tmp_path / "tools" / name)
    result = run(tmp_path / "tools", tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("govulncheck: program") == 2


def test_every_pinned_list_of_packages_is_audited_and_a_skipped_package_fails() -> None:
    [pins] = re.findall(r"^PINS := (.+)$", MAKEFILE, re.M)
    listed = {pin.replace("$(AUDIT)", ".github/audit") for pin in pins.split()}
    files = subprocess.run(
        ["git", "ls-files", "*requirements*.txt"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    # requirements.txt is part of requirements-dev.txt, and the package's list names nothing but it.
    assert listed == set(files.stdout.split()) - {"requirements.txt", "package/requirements.txt"}
    assert "pip-audit --strict --require-hashes" in MAKEFILE
