"""What holds for every test."""

from __future__ import annotations

import sys

import pytest

RECURSION_LIMIT = sys.getrecursionlimit()


@pytest.fixture(autouse=True)
def recursion_limit() -> None:
    """Libraries that other tests import raise the limit of the process for good: mypy does, and Jedi."""
    sys.setrecursionlimit(RECURSION_LIMIT)
