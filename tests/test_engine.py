"""Runs that meet files that cannot be read, analysed or written: each is told, and the others are done."""

from __future__ import annotations

import ast
import marshal
import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases
import pytest
from helpers import CONSUMER, LEGACY, TARGET, lay_out

from cachelift import discover as discovery
from cachelift import engine, reader, saving, verify, writing
from cachelift.analysis import usages
from cachelift.analysis.facts import FileFacts
from cachelift.config import load_settings
from cachelift.crew import Crew
from cachelift.discover import Discovery
from cachelift.forking import can_fork
from cachelift.knowledge import ProgramKnowledge
from cachelift.listing import Listing
from cachelift.model import RunResult
from cachelift.reading import NotPlain, read_plain
from cachelift.source import Positions

CALL = 'cache = CacheService(system="A")\n'
AFTER = TARGET + 'cache = get_unified_cache("A")\n'
OTHER = "app/other.py"
TOO_DEEP = "the code is nested too deeply for this Python to read"


def failures(result: RunResult) -> dict[str, str]:
    return {outcome.path: outcome.failure.message for outcome in result.outcomes if outcome.failure is not None}


def fix(root: Path, text: str) -> dict[str, str]:
    """Fix a file that is not right beside one that is, which must be done; the failures are returned."""
    lay_out(root, {OTHER: text, CONSUMER: LEGACY + CALL})
    result = cases.fix(root)
    assert (root / CONSUMER).read_text() == AFTER
    assert (root / OTHER).read_text() == text
    return failures(result)


def test_a_file_that_does_not_decode(tmp_path: Path) -> None:
    (found,) = fix(tmp_path, "# coding: unheard-of\n" + LEGACY + CALL).values()
    assert "unheard-of" in found


def test_a_null_character(tmp_path: Path) -> None:
    assert fix(tmp_path, LEGACY + CALL + "\0") == {OTHER: "source code cannot contain null bytes"}


def test_a_mistake(tmp_path: Path) -> None:
    assert fix(tmp_path, LEGACY + CALL + "def (\n") == {OTHER: "the file does not parse: invalid syntax"}


def test_what_the_parser_cannot_hold(tmp_path: Path) -> None:
    assert fix(tmp_path, LEGACY + CALL + "x = " + "-" * 100_000 + "1\n") == {OTHER: TOO_DEEP}


def test_the_syntax_of_a_newer_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = ast.parse

    def older(source: str, *arguments: object, **keywords: object) -> ast.AST:
        if "type X" in source:
            raise SyntaxError("invalid syntax", ("<unknown>", 3, 6, "type X = int\n"))
        return parse(source, *arguments, **keywords)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(ast, "parse", older)
    (found,) = fix(tmp_path, LEGACY + CALL + "type X = int\n").values()
    assert found.startswith("the file needs a newer Python than 3.")
    assert found.endswith(", which runs this tool: invalid syntax")


@pytest.mark.parametrize("error", [RecursionError(), MemoryError()])
def test_what_the_analysis_cannot_hold(error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_for_other(monkeypatch, error)
    assert fix(tmp_path, LEGACY + CALL) == {OTHER: TOO_DEEP}


def test_a_defect_of_the_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_for_other(monkeypatch, KeyError("x"))
    (found,) = fix(tmp_path, LEGACY + CALL).values()
    assert found.startswith("an internal error at test_engine.py:")
    assert found.endswith(" (KeyError: 'x'); please report it with this file")


def fail_for_other(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    analyse = usages.analyse

    def failing(path: str, text: str, tree: ast.Module, where: Positions, known: ProgramKnowledge) -> FileFacts:
        if path == OTHER:
            raise error
        return analyse(path, text, tree, where, known)

    monkeypatch.setattr(reader, "analyse", failing)


def test_a_file_that_has_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {OTHER: LEGACY, CONSUMER: LEGACY + CALL})
    lose(monkeypatch, tmp_path / OTHER)
    result = cases.check(tmp_path)
    assert failures(result) == {OTHER: "cannot read the file: No such file or directory"}
    assert [finding.path for finding in cases.findings(result)] == [CONSUMER, CONSUMER]


def test_a_file_that_has_gone_and_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {OTHER: LEGACY, CONSUMER: LEGACY + CALL})
    lose(monkeypatch, tmp_path / OTHER)
    result = cases.check(tmp_path, [CONSUMER])
    assert failures(result) == {}
    assert [finding.path for finding in cases.findings(result)] == [CONSUMER, CONSUMER]


def link_it(path: Path) -> None:
    path.unlink()
    path.symlink_to("consumer.py")


def link_it_out(path: Path) -> None:
    path.unlink()
    outside = path.parents[2] / "outside.py"
    outside.write_text(LEGACY + CALL)
    path.symlink_to(outside)


def make_it_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def make_it_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def empty_it(path: Path) -> None:
    path.write_text("")


def make_it_large(path: Path) -> None:
    path.write_text("#" * 100_000 + "\n" + LEGACY + CALL)


@pytest.mark.parametrize("text", ["x = 1\n", LEGACY + CALL])
@pytest.mark.parametrize(
    "change", [Path.unlink, link_it, link_it_out, make_it_a_pipe, make_it_a_folder, empty_it, make_it_large]
)
def test_what_git_says_of_a_file_is_found_out(change: Callable[[Path], None], text: str, tmp_path: Path) -> None:
    found = []
    for name in ("walked", "checkout"):
        root = tmp_path / name
        lay_out(root, {OTHER: LEGACY + CALL, CONSUMER: text})
        if name == "checkout":
            for arguments in (["init", "-q"], ["add", "."]):
                subprocess.run(["git", *arguments], cwd=root, check=True)
        change(root / OTHER)
        result = cases.check(root)
        found.append((result.outcomes, result.failures, result.given))

    assert found[0] == found[1]


@pytest.mark.skipif(not can_fork(), reason="this system does not fork")
@pytest.mark.parametrize("fails", [False, True])
def test_a_fork_looks_at_many_files(fails: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_MANY", 1)
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # whatever threads other tests have left behind
    lay_out(tmp_path, {OTHER: "x = 1\n", CONSUMER: LEGACY + CALL})
    for arguments in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)
    expected = cases.check(tmp_path)
    (tmp_path / OTHER).unlink()
    if fails:
        monkeypatch.setattr(marshal, "dumps", None)
    result = engine.check_paths(load_settings(str(tmp_path)), [str(tmp_path)], crew=Crew(jobs=2))

    assert result.outcomes == expected.outcomes
    assert OTHER in expected.given
    assert result.given == expected.given - {OTHER}


@pytest.mark.parametrize("raw", [b"", b"a", b"a" * (1 << 16), b"a" * ((1 << 16) + 1)])
def test_a_plain_file(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(raw)
    assert read_plain(str(tmp_path / "a.py")) == raw


def test_what_is_no_plain_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "link.py").symlink_to("a.py")
    (tmp_path / "a.py").touch()
    for name in ("pipe.py", "link.py", "gone.py", "."):
        with pytest.raises(NotPlain):
            read_plain(str(tmp_path / name))


def lose(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Delete a file as soon as it has been found."""
    discover = discovery.discover

    def late(root: str, paths: list[str], exclude: tuple[str, ...], repository: Listing | None = None) -> Discovery:
        found = discover(root, paths, exclude, repository)
        path.unlink()
        return found

    monkeypatch.setattr(engine, "discover", late)


def test_a_file_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = writing.stage

    def failing(change: writing.Change) -> writing.Staged:
        if str(change[0]).endswith("other.py"):
            raise PermissionError(13, "Permission denied", change[0])
        return stage(change)

    monkeypatch.setattr(saving, "stage", failing)
    lay_out(tmp_path, {OTHER: LEGACY + CALL, CONSUMER: LEGACY + CALL})
    result = cases.fix(tmp_path)
    assert failures(result) == {OTHER: "cannot be written: Permission denied"}
    assert (tmp_path / OTHER).read_text() == LEGACY + CALL
    assert (tmp_path / CONSUMER).read_text() == AFTER
    assert [finding.path for finding in cases.left(result)] == [OTHER, OTHER]


_FREES = """\
import app.services.cache_service as get_unified_cache

kept = get_unified_cache.CacheService("data")


def make():
    from app.services.cache_service import CacheService

    return get_unified_cache.CacheService(system="A"), CacheService(system="B")
"""
"""The second call takes a name that the first one has to free."""
_FREED = """\
import app.services.cache_service as get_unified_cache
import app.services.unified_cache as unified_cache

kept = get_unified_cache.CacheService("data")


def make():
    from app.services.unified_cache import get_unified_cache

    return unified_cache.get_unified_cache("A"), get_unified_cache("B")
"""


@pytest.mark.parametrize("refused", ["app/a.py", "app/b.py"])
def test_a_file_of_which_a_later_output_does_not_hold(
    refused: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = verify.verify

    def failing(facts: FileFacts, before: str, *others: Any) -> FileFacts:
        if facts.path == refused and before != _FREES:
            raise verify.VerificationError("it does not hold")
        return proof(facts, before, *others)

    monkeypatch.setattr(verify, "verify", failing)
    paths = ["app/a.py", "app/b.py"]
    lay_out(tmp_path, dict.fromkeys(paths, _FREES))
    result = cases.fix(tmp_path)
    assert failures(result) == {refused: "left as it is: it does not hold"}
    assert {path: (tmp_path / path).read_text() for path in paths} == {**dict.fromkeys(paths, _FREED), refused: _FREES}
    fixed = [(outcome.path, len(outcome.fixed)) for outcome in result.outcomes]
    assert fixed == [(path, 0 if path == refused else 3) for path in paths]


def test_a_follower_of_a_star_that_does_not_parse(tmp_path: Path) -> None:
    lay_out(tmp_path, {CONSUMER: LEGACY + CALL, OTHER: "from app.consumer import *\ndef (\n"})
    result = cases.check(tmp_path)
    assert failures(result) == {}
    assert [finding.path for finding in cases.findings(result)] == [CONSUMER, CONSUMER]


def test_a_user_of_what_is_handed_out_that_does_not_parse(tmp_path: Path) -> None:
    lay_out(tmp_path, {CONSUMER: LEGACY + CALL, OTHER: "from app.consumer import cache\ncache.warmup()\ndef (\n"})
    result = cases.check(tmp_path)
    assert [finding.path for finding in cases.findings(result)] == [CONSUMER, CONSUMER]


def test_a_text_that_stands_for_a_file_elsewhere(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", str(tmp_path / "elsewhere.py")
    lay_out(root, {})
    result = engine.check_text(load_settings(str(root)), (LEGACY + CALL).encode(), elsewhere)
    assert [(finding.path, finding.line) for finding in cases.findings(result)] == [(elsewhere, 1), (elsewhere, 2)]


def test_a_text_beside_a_target_that_has_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, {})
    settings = load_settings(str(tmp_path))
    lose(monkeypatch, tmp_path / "app" / "services" / "unified_cache.py")
    result = engine.check_text(settings, (LEGACY + CALL).encode(), str(tmp_path / CONSUMER))
    assert [finding.path for finding in cases.findings(result)] == [CONSUMER, CONSUMER]


@pytest.mark.parametrize("exists", [False, True])
def test_a_survey_with_a_text(exists: bool, tmp_path: Path) -> None:
    lay_out(tmp_path, {OTHER: LEGACY + CALL, **({CONSUMER: ""} if exists else {})})
    settings, name = load_settings(str(tmp_path)), str(tmp_path / CONSUMER)
    found = engine.survey(settings, name, (LEGACY + CALL).encode())
    assert {path: len(findings) for path, findings in found.findings.items()} == {CONSUMER: 2, OTHER: 2}
    assert found.root == os.path.realpath(tmp_path)
    assert found.sources[CONSUMER] == LEGACY + CALL
    assert CONSUMER in found.given


def test_a_survey_without_a_text(tmp_path: Path) -> None:
    lay_out(tmp_path, {OTHER: LEGACY + CALL})
    assert list(engine.survey(load_settings(str(tmp_path))).findings) == [OTHER]
