"""What a run makes of files, saved: beside their places first, in the right order, and nothing left of what is not."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cases
import pytest
from helpers import LEGACY, lay_out

from cachelift import saving, writing
from cachelift.analysis.facts import FileFacts, Group, Patch, Role, Usage
from cachelift.config import load_settings
from cachelift.engine import fix_paths
from cachelift.model import Span
from cachelift.saving import Saver, _in_order

CALL = LEGACY + "cache = CacheService(system='KP')\n"


def facts(*needs: str, patches: str | None = None, via: str | None = None) -> FileFacts:
    """The facts of a file that takes names from others."""
    usage = Usage("CLF002", Role.CALL, 0, Span(0, 0), (1, 1, 1, 1), "", via=() if via is None else ((via, "C"),))
    usage.patch = None if patches is None else Patch(patches, "C")
    group = Group("C", "class", 0, (), None, None, tuple((path, "C") for path in needs), False, False, False)
    return FileFacts("", usages=[usage], groups=[group])


def test_what_depends_on_a_module_comes_before_it() -> None:
    files = {
        "a": facts("b"),
        "b": facts("c", "elsewhere"),
        "c": facts(),
        "d": facts(patches="a"),
        "e": facts(via="d"),
        "f": facts("f"),
    }
    assert _in_order(files, ["c", "b", "a", "f", "e", "d"]) == [["e"], ["d"], ["a"], ["b"], ["c", "f"]]
    assert _in_order(files, ["a", "c"]) == [["a"], ["c"]]
    assert _in_order(files, []) == []


def test_circles_have_some_order() -> None:
    files = {"a": facts("b"), "b": facts("c", "a"), "c": facts("a")}
    assert sorted(path for group in _in_order(files, files) for path in group) == ["a", "b", "c"]


def test_a_chain_longer_than_the_stack_is_deep() -> None:
    files = {f"{number:05}": facts(f"{number + 1:05}") for number in range(5_000)}
    assert _in_order(files, files) == [[path] for path in files]


def sources(root: Path, **texts: bytes) -> Any:
    """Files with these texts, as they were read."""
    for name, text in texts.items():
        (root / name).write_bytes(text)
    return {name: SimpleNamespace(raw=text) for name, text in texts.items()}


def outputs(**texts: bytes) -> Any:
    return {name: SimpleNamespace(after=text) for name, text in texts.items()}


def temporaries(root: Path) -> list[bytes]:
    return sorted((root / name).read_bytes() for name in os.listdir(root) if name.endswith(".tmp"))


def test_what_is_not_wanted_any_more_is_put_away(tmp_path: Path) -> None:
    known = sources(tmp_path, a=b"a1", b=b"b1", c=b"c1")
    saver = Saver(str(tmp_path))
    assert saver.stage(outputs(a=b"a2", b=b"b2", c=b"c2"), known) == {}
    assert temporaries(tmp_path) == [b"a2", b"b2", b"c2"]
    assert saver.stage(outputs(a=b"a2", b=b"b3"), known) == {}
    assert temporaries(tmp_path) == [b"a2", b"b3"]
    assert saver.commit({}) == {}
    saver.discard()
    assert temporaries(tmp_path) == []
    assert [(tmp_path / name).read_bytes() for name in "abc"] == [b"a2", b"b3", b"c1"]


def test_nothing_is_left_of_a_run_that_is_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = sources(tmp_path, a=b"a1", b=b"b1")
    stage = writing.stage

    def interrupted(change: writing.Change) -> writing.Staged:
        if str(change[0]).endswith("b"):
            raise KeyboardInterrupt
        return stage(change)

    monkeypatch.setattr(saving, "stage", interrupted)
    monkeypatch.setattr(writing, "_WRITERS", 1)
    saver = Saver(str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        saver.stage(outputs(a=b"a2", b=b"b2"), known)
    assert temporaries(tmp_path) == [b"a2"]
    saver.discard()
    assert temporaries(tmp_path) == []


def test_what_was_agreed_to_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file cannot be written, another was declined: the plan is made again without both."""
    names = ("agreed", "declined", "failing")
    lay_out(tmp_path, {f"app/{name}.py": CALL for name in names})
    stage = writing.stage
    asked: list[list[str]] = []

    def failing(change: writing.Change) -> writing.Staged:
        if str(change[0]).endswith("failing.py"):
            raise PermissionError(13, "Permission denied", change[0])
        return stage(change)

    def ask(changes: Any) -> bool:
        asked.append(sorted(changes))
        return "app/declined.py" not in changes

    monkeypatch.setattr(saving, "stage", failing)
    result = fix_paths(load_settings(str(tmp_path)), [str(tmp_path)], ask=ask)

    assert asked == [[f"app/{name}.py"] for name in names]
    assert {path for path, text in cases.snapshot(tmp_path).items() if b"get_unified_cache('KP')" in text} == {
        "app/agreed.py"
    }
    assert [each.path for each in result.outcomes if each.failure] == ["app/failing.py"]


@pytest.mark.parametrize("failing", ["replace", "fsync"])
def test_a_report_that_cannot_be_put_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "report").write_bytes(b"old")
    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(OSError, match="No space"):
        writing.put(str(tmp_path / "report"), b"new", 0o600)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"report": b"old"}
