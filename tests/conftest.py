"""What holds for every test."""

from __future__ import annotations

from tests.interruptible import take_interrupts


def pytest_configure() -> None:
    take_interrupts()
