"""What is told by the bytes of files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelift.outcomes import Failure, Migration
from cachelift.sighting import Sighting, candidates, names, sight, word_pattern

NAMES = frozenset({"CacheService", "cache_service"})
FILES = {
    "a.py": b"from os import *\n",
    "b.py": b"from app.services.cache_service import CacheService\n",
    "c.py": b"from os.path import*\nx = 1  # noqa: CLF001\n",
    "d.py": b"x = 1  # noqa\ny = 1  # cachelift: skip\n",
    "e.py": b"# noqa\n",
    "f.py": b"CacheServices = my_cache_service\n",
}


PATHS = [*FILES, "gone.py", "text.py"]


@pytest.fixture
def root(tmp_path: Path) -> str:
    for path, raw in FILES.items():
        (tmp_path / path).write_bytes(raw)
    return str(tmp_path)


def test_a_look_at_the_names(root: str) -> None:
    found = Sighting.nothing()
    texts = {"text.py": b"import cache_service"}
    listed = candidates(found, root, PATHS, NAMES, marked=FILES.keys() - {"d.py"}, texts=texts)
    assert [*listed] == ["b.py", "text.py"]
    assert found == Sighting(
        candidates=["b.py", "text.py"],
        marked=["c.py"],
        failures={"gone.py": Failure("gone.py", "cannot read the file: No such file or directory")},
        early=[*FILES, "text.py"],
        stars={},
        users=set(),
    )
    assert sight(root, ["d.py"], NAMES, marked={"d.py"}).marked == ["d.py"]


def test_a_look_to_the_first_candidate_and_at_the_rest(root: str) -> None:
    found = sight(root, PATHS, NAMES, to_first=True)
    assert found == Sighting(["b.py"], [], {}, ["a.py", "b.py"], {}, set(), tuple(PATHS[2:]))
    assert [*candidates(found, root, found.rest[:4], NAMES, uses=lambda raw: b"noqa" in raw)] == []
    stars = {"c.py": ((0, "os.path"),)}
    assert found[:-1] == (["b.py"], [], {}, ["a.py", "b.py"], stars, {"c.py", "d.py", "e.py"})


def test_names() -> None:
    other = Migration(legacy="pkg.store.Store", factory="pkg.new.get")
    assert names([Migration(), other]) == NAMES | {"store", "Store"}


@pytest.mark.parametrize(
    ("name", "raw", "expected"),
    [
        ("C", b"x.C()", True),
        ("C", b"CC", False),
        ("C", b"_C", False),
        ("C", "éC".encode(), True),
        ("Cafés", "Cafés".encode("latin-1"), True),
        ("Cafés", b"Caf", True),
        ("Cafés", b"Ca", False),
    ],
)
def test_words(name: str, raw: bytes, expected: bool) -> None:
    assert (word_pattern([name]).search(raw) is not None) is expected
