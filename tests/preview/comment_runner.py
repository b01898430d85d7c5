"""The script of preview-comment.yml in a Node that stays, with a GitHub that only notes what it is asked.

One process for many reports: starting Node takes a hundred times as long as the script.
"""

from __future__ import annotations

import atexit
import json
import shutil
import subprocess
from functools import cache
from typing import Any

import yaml

from sandbox.home import PROJECT

NODE = shutil.which("node")
MARKER = "<!-- calico-labs-preview -->"
HEAD = "a" * 40

_LOOP = """
const given = { pulls: [{ number: 7, head: { sha: process.env.HEAD } }], comments: [] };
const run = { head_sha: process.env.HEAD, head_branch: 'b', head_repository: { owner: { login: 'fork' } } };
const Function_ = Object.getPrototypeOf(async () => {}).constructor;
const script = new Function_('github', 'context', 'core', 'require', process.env.SCRIPT);
async function posted(text) {
  let body = '';
  const create = async (args) => { body = args.body; };
  const rest = { pulls: { list: 'pulls' }, issues: { listComments: 'comments', createComment: create } };
  const fs = {
    existsSync: () => true,
    lstatSync: () => ({ isFile: () => true }),
    statSync: () => ({ size: 1 }),
    readFileSync: () => text,
  };
  await script(
    { rest, paginate: async (what) => given[what] },
    { repo: { owner: 'o', repo: 'r' }, payload: { workflow_run: run } },
    { info: () => {} },
    () => fs);
  return body;
}
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  console.log(JSON.stringify(await posted(JSON.parse(line))));
});
"""


def script() -> str:
    """Return the script as the workflow has it."""
    file = PROJECT / ".github" / "workflows" / "preview-comment.yml"
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return str(document["jobs"]["comment"]["steps"][1]["with"]["script"])


@cache
def _process() -> subprocess.Popen[str]:
    assert NODE
    process = subprocess.Popen(
        [NODE, "-e", _LOOP],
        env={"SCRIPT": script(), "REPORT": "report.md", "HEAD": HEAD},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    return process


def _end(process: subprocess.Popen[Any]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
    process.wait(10)


def comment(report: str) -> str:
    """Return the comment that the workflow would post for this report."""
    process = _process()
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(report) + "\n")
    process.stdin.flush()
    return str(json.loads(process.stdout.readline()))
