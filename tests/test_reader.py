"""What one process reads, where the disk does not hold what it held or something stands for a file."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import CONSUMER, LEGACY, lay_out

from cachelift.config import load_settings
from cachelift.model import Failure
from cachelift.reader import Part, Reader, Setup

CALL = 'cache = CacheService(system="A")\n'


def reader(root: Path, files: dict[str, str], texts: dict[str, str] | None = None) -> Reader:
    lay_out(root, files)
    known = [path.relative_to(root).as_posix() for path in sorted(root.rglob("*.py"))]
    given = {path: text.encode() for path, text in (texts or {}).items()}
    return Reader(Setup(load_settings(str(root)), str(root), tuple(known), given))


def test_a_file_that_has_gone_when_it_is_looked_at(tmp_path: Path) -> None:
    known = reader(tmp_path, {CONSUMER: LEGACY + CALL, "app/other.py": LEGACY + CALL})
    (tmp_path / "app/other.py").unlink()

    part = known.look(["app/other.py", CONSUMER])

    gone = Failure("app/other.py", "cannot read the file: No such file or directory")
    assert (part.failures, list(part.facts)) == ({"app/other.py": gone}, [CONSUMER])
    assert known.look(["app/other.py"]) == Part(failures={"app/other.py": gone})


def test_a_text_is_what_others_import(tmp_path: Path) -> None:
    """A file hands the class on in the text that stands for it, and not on the disk."""
    user = "from app.facade import Cache\n"
    files = {CONSUMER: user, "app/facade.py": "Cache = None\n"}

    for texts, meaning in (({}, []), ({"app/facade.py": f"{LEGACY.strip()} as Cache\n"}, ["class"])):
        known = reader(tmp_path, files, texts)
        known.knowledge.learn({"Cache"})
        found = [known.knowledge.legacy("app.facade.Cache")]
        assert [each.kind for each in found if each is not None] == meaning


def test_bytes_are_kept_while_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cachelift.reader._KEPT", 10)
    lay_out(tmp_path, {"a.py": "a = 1\n", "b.py": "b = 1\n", "c.py": "c = 1"})
    one = reader(tmp_path, {}, {"d.py": "d"})
    for path, raw in (("a.py", b"aaaaaa"), ("b.py", b"bbbbbb"), ("c.py", b"cc"), ("a.py", b"x"), ("d.py", b"")):
        one.keep(path, raw)
    assert one.kept.texts == {"a.py": b"aaaaaa", "c.py": b"cc"}
    assert dict(one.read_all(["a.py", "b.py", "c.py", "d.py", "e.py"])) == {
        "a.py": b"aaaaaa",
        "b.py": b"b = 1\n",
        "c.py": b"cc",
        "d.py": b"d",
    }
