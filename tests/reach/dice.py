"""Random choices that are the same on every machine and in every release of Python.

Python promises that for `Random.random()` of one seed alone ("Notes on Reproducibility", docs of `random`), so all
else is made of it here. What Calico said about a cluster is recorded, and only the cluster's number with it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Dice:
    """Random numbers of one seed."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)

    def random(self) -> float:
        """Return a number from 0 up to, and not including, 1."""
        return self._source.random()

    def randrange(self, stop: int) -> int:
        """Return a whole number from 0 up to, and not including, a stop."""
        return int(self._source.random() * stop)

    def randint(self, first: int, last: int) -> int:
        """Return a whole number between two, both included."""
        return first + self.randrange(last - first + 1)

    def choice(self, choices: Sequence[_T]) -> _T:
        """Return one of the choices."""
        return choices[self.randrange(len(choices))]

    def sample(self, choices: Sequence[_T], count: int) -> list[_T]:
        """Return some of the choices in random order, none twice."""
        pool = list(choices)
        return [pool.pop(self.randrange(len(pool))) for _ in range(count)]
