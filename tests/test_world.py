"""The pieces of ``benchmarks/world.py``, without its downloads."""

from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from cachelift.config import load_settings

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def script(name: str) -> Any:
    return importlib.import_module(name)


@pytest.fixture
def data() -> dict[str, Any]:
    return tomllib.loads((BENCHMARKS / "world.toml").read_text(encoding="utf-8"))


def test_every_package_is_pinned(data: dict[str, Any]) -> None:
    tree = data["tree"]
    named = [*tree["wheels"], *tree["sdists"], *(migration["requirement"] for migration in data["migration"])]
    assert [name for name in named if not re.fullmatch(r"[\w.-]+==[\w.]+", name)] == []
    assert len(tree["wheels"]) + len(tree["sdists"]) >= 30
    assert set(tree["searched_only"]) <= {name.partition("==")[0] for name in tree["wheels"]}


def test_configurations_are_accepted(data: dict[str, Any], tmp_path: Path) -> None:
    for migration in data["migration"]:
        (tmp_path / "pyproject.toml").write_text(script("worldclasses").settings(migration), encoding="utf-8")
        settings = load_settings(str(tmp_path))
        assert [each.legacy for each in settings.migrations] == [migration["legacy"]]
        compile(migration["shim"], migration["target"], "exec")
        re.compile(migration["outcome"])
    (tmp_path / "pyproject.toml").write_text(script("world").EVERY, encoding="utf-8")
    words = tuple(each.legacy_module for each in load_settings(str(tmp_path)).migrations)
    assert words == script("world").EVERY_WORDS


def test_what_changed_is_seen(tmp_path: Path) -> None:
    tree = script("worldtree")
    (tmp_path / "a.py").write_text("a = 1\n")
    (tmp_path / "b.py").write_text("selfish = 1\n")
    files = tree.python_files(tmp_path)
    assert files == ["a.py", "b.py"]
    assert tree.holding(tmp_path, files, ("a", "self")) == 1
    before = tree.digest(tmp_path, files)
    assert tree.differing(tmp_path, before) == []
    (tmp_path / "a.py").write_text("a = 2\n")
    (tmp_path / "c.py").write_text("")
    assert tree.differing(tmp_path, before) == [".", "a.py"]


@pytest.mark.parametrize(
    ("text", "message", "kind"),
    [
        ("print 'a'\n", "invalid syntax", "Python 2"),
        ("try: pass\nexcept A, b: pass\n", "invalid syntax", "Python 2"),
        ("{{ name }} = (\n", "invalid syntax", "template"),
        ("# -*- coding: nothing -*-\n", "unknown encoding", "broken encoding"),
        ("a = (\n", "was never closed", "broken on purpose"),
        ("a = (\n", "the file needs a newer Python than 3.11", "syntax of a newer Python"),
        ("a = (\n", "an internal error", "defect"),
        ("a = 1\n", "anything", "defect"),
    ],
)
def test_kinds_of_failures(tmp_path: Path, text: str, message: str, kind: str) -> None:
    path = tmp_path / "a.py"
    path.write_text(text)
    assert script("worldtree").kind_of_failure(path, message) == kind


OUTPUTS = {
    "networkx": (
        "PASSED a.py::test_b[x y]\nFAILED a.py::test_c - why\nSKIPPED [1] a.py:3: why\nshort\n",
        {"a.py::test_b[x y]": "passed", "a.py::test_c": "failed", "[1] a.py": "skipped"},
    ),
    "twisted": ("    test_a ... [OK]\n  test_b ...  [FAIL]\n", {"test_a": "ok", "test_b": "fail"}),
    "django": (
        "test_a (m.C.test_a) ... ok\ntest_b (m.C.test_b)\nWhat it is for. ... skipped 'why'\n",
        {"test_a (m.C.test_a)": "ok", "test_b (m.C.test_b)": "skipped"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTPUTS)
def test_outcomes_are_read(data: dict[str, Any], name: str) -> None:
    (migration,) = (each for each in data["migration"] if each["name"] == name)
    text, found = OUTPUTS[name]
    assert script("worldclasses").read_outcomes(text, migration["outcome"]) == found


def test_tests_are_compared(tmp_path: Path) -> None:
    migration = {"name": "p", "tests": ["run"], "outcome": r"^(?P<test>\w) (?P<outcome>\w+)"}
    for key, text in (("before", "a OK\nb OK\n"), ("fix", "a OK\nb FAIL\n"), ("unsafe", "a OK\nc OK\n")):
        (tmp_path / f"p-{key}.txt").write_text(text)
    assert script("worldclasses").compare_tests(migration, tmp_path) == {
        "command": ["run"],
        "before": {"ok": 2},
        "fix": {"ok": 1, "fail": 1},
        "unsafe": {"ok": 2},
        "fix_differs": ["b: ok, then fail"],
        "unsafe_differs": ["b: ok, then not there", "c: not there, then ok"],
    }


def test_outcomes_of_one_name() -> None:
    read = script("worldclasses").read_outcomes
    assert read("a OK\na FAIL\na OK\n", r"^(?P<test>\w) (?P<outcome>\w+)") == {"a": "fail ok ok"}


def row(**changes: Any) -> dict[str, Any]:
    run = {"seconds": 1.0, "cpu": 1.0, "memory": 20.0, "exit": 2, "findings": [], "fixed": 0, "stderr": ""}
    run |= {"failures": {"Python 2": ["a.py: invalid syntax"]}}
    entry = {
        "name": "p",
        "version": "1",
        "files": 2,
        "bytes": 10,
        "analysed": 2,
        "check": run,
        "fix": run,
        "changed": [],
    }
    return entry | changes


def test_tables() -> None:
    tables = script("worldtables")
    machine = {"python": "3.11.7", "system": "Linux", "cpus": 2}
    report = {"machine": machine, "nothing": [row()], "every": [row()], "classes": []}
    assert tables.problems(report) == []
    text = tables.text(report)
    assert "| p 1 | 2 | 0.0 | 1.0 | 1.0 | 20 | 0 | 1 | 0 |" in text
    assert "| Python 2 | 1 | p 1 |" in text
    bad = row()["fix"] | {"failures": {"defect": ["a.py: x"]}, "findings": ["a.py:1"], "fixed": 1}
    assert tables.problems(report | {"every": [row(fix=bad, changed=["a.py"])]}) == [
        "p: every file: a.py: x",
        "p: every file: finding: a.py:1",
        "p: every file: exit 2, 1 rewritten: ",
        "p: changed: a.py",
    ]


def test_tables_of_a_class() -> None:
    tables = script("worldtables")
    done = {"changed_files": 1, "changed_lines": 2, "fixed": {"CLF002": 1}, "left": {}, "problems": ["broken"]}
    tests = {"command": ["pytest"], "before": {"passed": 2}, "fix": {"passed": 1, "failed": 1}, "unsafe": {"passed": 2}}
    tests |= {"fix_differs": ["t: passed, then failed"], "unsafe_differs": []}
    study = {"name": "p", "version": "1", "legacy": "p.C", "files": 3, "found": {"CLF002": 1}, "failures": ["a.py: x"]}
    study["commit"] = "abcdef0"
    study |= {"fix": done, "unsafe": done, "tests": tests}
    report = {"machine": {"python": "", "system": "", "cpus": 1}, "nothing": [], "every": [], "classes": [study]}
    assert tables.problems(report) == [
        "p: a.py: x",
        "p: fix: broken",
        "p: unsafe: broken",
        "p: test differs after a safe fix: t: passed, then failed",
    ]
    assert "| CLF002 | 1 | 1 | 1 | 0 |" in tables.text(report)
    assert "| after `fix` | 1 passed, 1 failed | 1 |" in tables.text(report)
