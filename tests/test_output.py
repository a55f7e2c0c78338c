import io
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from cachelift import output


class Stream(io.TextIOWrapper):
    """A text stream over memory that says whether it is a terminal."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    @property
    def data(self) -> bytes:
        assert isinstance(self.buffer, io.BytesIO)
        return self.buffer.getvalue()


@pytest.mark.parametrize(
    ("choice", "terminal", "environ", "expected"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", False, {"FORCE_COLOR": ""}, False),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("auto", False, {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_use_color(choice: str, terminal: bool, environ: dict[str, str], expected: bool) -> None:
    assert output.use_color(choice, Stream(terminal=terminal), environ) is expected


def test_no_stream_has_no_colour_unless_told() -> None:
    assert output.use_color("auto", None, {}) is False
    assert output.use_color("always", None, {}) is True


def test_write_keeps_the_order_and_the_bytes() -> None:
    stream = Stream()
    stream.write("first ")
    output.write(stream, b"\xff\r\n")
    assert stream.data == b"first \xff\r\n"


def test_write_nothing_needs_no_stream() -> None:
    output.write(None, b"")


def test_write_to_a_closed_stream() -> None:
    with pytest.raises(OSError, match=r"^the stream is closed$"):
        output.write(None, b"x")


@pytest.mark.parametrize(("encoding", "data"), [("ascii", b"\\xe9\\u65e5\\udcff"), ("utf-8", "é日\\udcff".encode())])
def test_write_text_escapes_what_the_encoding_lacks(encoding: str, data: bytes) -> None:
    stream = Stream(encoding=encoding)
    output.write_text(stream, "é日\udcff")
    assert stream.data == data


def test_a_full_device_is_an_error() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        output.write_text(io.TextIOWrapper(Full()), "x")


def test_a_reader_that_went_away_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    with open(write, "w", encoding="utf-8") as stream:
        output.write_text(stream, "x" * 100_000)
        output.write_text(stream, "more")


def test_complain(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    output.complain("what\n")
    assert capsys.readouterr() == ("", "what\n")
    monkeypatch.setattr("sys.stderr", None)
    output.complain("what\n")
    assert capsys.readouterr() == ("", "")


def test_write_file_new(tmp_path: Path) -> None:
    path = tmp_path / "report"
    umask = os.umask(0o027)
    try:
        output.write_file(str(path), b"\xff")
    finally:
        os.umask(umask)
    assert path.read_bytes() == b"\xff"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_write_file_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_bytes(b"old")
    path.chmod(0o604)
    output.write_file(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o604


def test_write_file_follows_a_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    link.symlink_to("target")
    for data in (b"dangling", b"there"):
        output.write_file(str(link), data)
        assert link.is_symlink()
        assert target.read_bytes() == data


def test_write_file_to_a_pipe(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(path.read_bytes()))
    reader.start()
    output.write_file(str(path), b"data")
    reader.join()
    assert received == [b"data"]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_write_file_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(18, "Invalid cross-device link")

    path = tmp_path / "report"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="cross-device"):
        output.write_file(str(path), b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
