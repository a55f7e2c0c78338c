"""The line that tells how far a run is."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import CONSUMER, LEGACY, lay_out

from cachelift.cli import main, run
from cachelift.cli.progress import Progress, progress_on


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Closing(Terminal):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def ticking(*times: float) -> Iterator[float]:
    yield from times


def test_nothing_for_a_second() -> None:
    stream, times = Terminal(), ticking(0, 0.5, 0.99)
    progress = Progress(stream, lambda: next(times))
    progress(1, 2, 0)
    progress(2, 2, 0)
    progress.clear()
    assert stream.getvalue() == ""


def test_a_line_ten_times_a_second() -> None:
    stream, times = Terminal(), ticking(0, 1, 1.05, 1.11)
    progress = Progress(stream, lambda: next(times))
    progress(512, 1024, 7)
    progress(600, 1024, 8)
    progress(1024, 1024, 9)
    progress.clear()
    progress.clear()
    assert stream.getvalue() == (
        "\r\x1b[2K[############            ] 512 of 1024 files, 7 usages found"
        "\r\x1b[2K[########################] 1024 of 1024 files, 9 usages found"
        "\r\x1b[2K"
    )


def test_the_line_goes_when_the_run_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay_out(tmp_path, {CONSUMER: LEGACY + 'cache = CacheService(system="A")\n'})
    stream, times = Terminal(), ticking(0, 2, 4)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "progress_on", lambda *_, quiet: Progress(stream, lambda: next(times)))
    assert main(["check", "--format", "json", "--output", "found.json"]) == 1
    assert capsys.readouterr() == ("", "")
    assert stream.getvalue() == "\r\x1b[2K[########################] 2 of 2 files, 2 usages found\r\x1b[2K"


def test_no_file_at_all() -> None:
    stream, times = Terminal(), ticking(0, 2)
    Progress(stream, lambda: next(times))(0, 0, 0)
    assert "[########################] 0 of 0" in stream.getvalue()


def test_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    stream, times = Terminal(), ticking(0, 2)
    monkeypatch.setattr(Terminal, "fileno", lambda self: 7, raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda number: os.terminal_size((30, number)))
    Progress(stream, lambda: next(times))(1, 2, 0)
    assert stream.getvalue() == "\r\x1b[2K[############            ] 1 "


def test_a_terminal_that_has_gone() -> None:
    times = ticking(0, 2, 3)
    progress = Progress(Closing(), lambda: next(times))
    progress(1, 2, 0)
    progress(2, 2, 0)
    progress.clear()
    assert progress._next == float("inf")


def test_who_sees_it() -> None:
    environ = {"TERM": "xterm"}
    closed = io.StringIO()
    closed.close()
    assert isinstance(progress_on(Terminal(), environ, quiet=False), Progress)
    assert progress_on(Terminal(), environ, quiet=True) is None
    assert progress_on(Terminal(), {"TERM": "dumb"}, quiet=False) is None
    assert progress_on(Terminal(), {}, quiet=False) is None
    assert progress_on(io.StringIO(), environ, quiet=False) is None
    assert progress_on(closed, environ, quiet=False) is None
    assert progress_on(None, environ, quiet=False) is None
