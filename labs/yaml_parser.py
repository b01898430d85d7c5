"""What both readers of YAML share: which parser, and what neither of them takes whoever wrote the text."""

from __future__ import annotations

import yaml

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML was built with it; ten times as fast."""

MAX_DEPTH = 64
"""Kubernetes objects stay below twenty levels; far more is an attack on the reader's stack."""

MISFITS = (LookupError, AttributeError, TypeError)
"""What PyYAML 6's constructors let out where a tag is written and its value is no such thing: `!!int ""`."""


class HiddenYamlError(Exception):
    """Raised for an alias, which could unfold into gigabytes, and for nesting that could exhaust the stack."""

    def __init__(self, line: int, alias: str | None) -> None:
        self.line = line
        """Counted from 1."""
        self.alias = alias
        """Name of the alias; None: nested deeper than `MAX_DEPTH`."""
        super().__init__(line, alias)


def refuse_hidden(text: str) -> None:
    """Go through the text's events, before anything is built of them.

    Raises:
        HiddenYamlError: at the first alias or too deep level.
        yaml.YAMLError: the text is not YAML.
    """
    depth = 0
    for event in yaml.parse(text, LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise HiddenYamlError(line, str(event.anchor))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise HiddenYamlError(line, None)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
