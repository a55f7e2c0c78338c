"""The parts of a report put together are the report of one run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out
from hypothesis import given
from hypothesis import strategies as st

from cachelift import shards
from cachelift.cli import main
from cachelift.report import FORMATS
from cachelift.shards import Shard, ShardError

CALL = 'cache = CacheService(system="A")\n'
MARKED = "value = 1  # noqa: CLF002\n"


@pytest.fixture
def application(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with users of the class, one that patches another, one broken file and one unused comment."""
    patch = 'from unittest import mock\n\n@mock.patch("app.user1.CacheService")\ndef test(new): ...\n'
    files = {f"app/user{index}.py": LEGACY + CALL for index in range(9)}
    lay_out(tmp_path, {**files, "app/broken.py": LEGACY + "(\n", "test_user1.py": patch, "app/marked.py": MARKED})
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def output(capfdbinary: pytest.CaptureFixture[bytes], *arguments: str) -> tuple[int, bytes, bytes]:
    code = main(arguments)
    captured = capfdbinary.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("count", [1, 2, 5, 40])
def test_every_format_of_the_parts_together(
    application: Path, capfdbinary: pytest.CaptureFixture[bytes], count: int
) -> None:
    parts = []
    for number in range(1, count + 1):
        parts.append(f"part{number}.json")
        code = main(["check", "--shard", f"{number}/{count}", "--format", "json", "--output", parts[-1]])
        assert code in (0, 1, 2)
    capfdbinary.readouterr()
    for name in FORMATS:
        whole = output(capfdbinary, "check", "--format", name)
        assert output(capfdbinary, "merge", *reversed(parts), "--format", name) == whole
        assert whole[0] == 2
    assert output(capfdbinary, "merge", *parts, "-q") == output(capfdbinary, "check", "-q")


def test_the_parts_are_of_the_whole_program(application: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """The module and its patch lie in different parts, and move together all the same."""
    paths = ("app/user1.py", "test_user1.py")
    numbers = {path: next(k for k in range(1, 6) if Shard(k, 5).holds(path)) for path in paths}
    assert len(set(numbers.values())) == 2
    (application / "app" / "broken.py").unlink()
    for path, number in numbers.items():
        _, raw, _ = output(capfdbinary, "check", "--shard", f"{number}/5", "--format", "json")
        found = {each["applicability"] for each in json.loads(raw)["findings"] if each["path"] == path}
        assert found == {"safe"}


def test_a_part_is_a_json_report(application: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    _, raw, _ = output(capfdbinary, "check", "--shard", "2/3", "--format", "json")
    document = json.loads(raw)
    assert [*document] == ["version", "findings", "failures", "summary", "shard"]
    assert {finding["path"] for finding in document["findings"]} <= set(document["shard"]["given"])
    assert all(Shard(2, 3).holds(path) for path in document["shard"]["given"])


def test_a_part_in_text(application: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    _, raw, _ = output(capfdbinary, "check", "--shard", "1/1")
    assert raw == output(capfdbinary, "check")[1]


def test_a_path_that_is_not_there_fails_every_part_and_counts_once(
    application: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    for number in (1, 2):
        part = ["--shard", f"{number}/2", "--format", "json", "--output", f"{number}.json"]
        assert main(["check", "app/user0.py", "gone.py", *part]) == 2
    capfdbinary.readouterr()
    whole = output(capfdbinary, "check", "app/user0.py", "gone.py")
    assert output(capfdbinary, "merge", "1.json", "2.json") == whole


@given(path=st.text(min_size=1), count=st.integers(1, 9))
def test_every_file_belongs_to_one_part(path: str, count: int) -> None:
    name = os.fsdecode(path.encode("utf-8", "surrogatepass"))
    assert [Shard(number, count).holds(name) for number in range(1, count + 1)].count(True) == 1


def test_parts_do_not_change() -> None:
    """Machines of different versions work on one report."""
    paths = ("src/app/main.py", "tests/test_main.py", "setup.py", "\udcff.py")
    assert [[Shard(k, 3).holds(path) for k in (1, 2, 3)].index(True) + 1 for path in paths] == [2, 1, 3, 1]


@pytest.mark.parametrize("text", ["", "1", "/", "1/", "/2", "0/2", "3/2", "1/0", "-1/2", "a/b", "1/2/3", "²/3", "1 /2"])
def test_no_part(text: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with pytest.raises(ShardError):
        Shard.parse(text)
    assert main(["check", f"--shard={text}"]) == 2
    assert b"Invalid value for '--shard'" in capfdbinary.readouterr().err


def test_what_parts_exclude(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for options, message in (
        (["-", "--shard", "1/2"], b"standard input"),
        (["--shard", "1/2", "--write-baseline", "b"], b"baseline"),
        (["--shard", "1/2", "--baseline", "b", "--prune-baseline"], b"baseline"),
    ):
        assert main(["check", *options]) == 2
        assert message in capfdbinary.readouterr().err


def block(number: int, count: int) -> bytes:
    rest: dict[str, object] = {
        "outcomes": [],
        "failures": [],
        "sources": {},
        "notes": [],
        "unused": [],
        "fixes": {},
        "given": [],
    }
    return json.dumps({"shard": {"number": number, "of": count, **rest}}).encode()


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([b"{"], "a is not JSON"),
        ([b"\xff"], "a is not JSON"),
        ([b"[" * 100_000], "a is not JSON"),
        ([b"[]"], "a is not part of a report: make one with `cachelift check --shard K/N --format json`"),
        ([b"{}"], "a is not part of a report: make one with `cachelift check --shard K/N --format json`"),
        ([b'{"shard": {"number": 1}}'], "a is damaged: KeyError: 'of'"),
        ([b'{"shard": {"number": 3, "of": 2}}'], "a is damaged: ShardError: 3/2: K has to be one of 1 to 2"),
        ([b'{"shard": {"number": 1, "of": 2}}'], "a is damaged: KeyError: 'given'"),
        ([block(1, 2)], "of 2 parts these are missing: 2"),
        ([block(2, 4), block(1, 4)], "of 4 parts these are missing: 3, 4"),
        ([block(1, 2), block(1, 2)], "b and a are both part 1 of 2"),
        ([block(1, 2), block(2, 3)], "b is one of 3 parts, the first report one of 2"),
    ],
)
def test_what_cannot_be_put_together(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    reports: list[bytes],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    names = ["a", "b"][: len(reports)]
    for name, raw in zip(names, reports, strict=True):
        Path(name).write_bytes(raw)
    assert main(["merge", *names]) == 2
    assert capfd.readouterr().err == f"cachelift: error: {message}\n"


def test_a_report_that_is_not_there(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["merge", str(tmp_path / "gone.json")]) == 2
    assert "gone.json: No such file or directory" in capfd.readouterr().err


def test_nothing_found_in_any_part() -> None:
    result = shards.merge([("a", block(1, 2)), ("b", block(2, 2))])
    assert (result.outcomes, result.failures, result.files_seen) == ((), (), 0)


@pytest.mark.parametrize("case", [case for case in cases.all_cases() if case.is_readable][::60], ids=lambda c: c.name)
def test_cases_in_parts(
    case: cases.Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    case.lay_out(tmp_path)
    monkeypatch.chdir(tmp_path)
    parts = [f"{number}.json" for number in (1, 2, 3)]
    for number, name in enumerate(parts, 1):
        main(["check", "--shard", f"{number}/3", "--format", "json", "--output", name])
    capfdbinary.readouterr()
    assert output(capfdbinary, "merge", *parts, "--format", "sarif") == output(
        capfdbinary, "check", "--format", "sarif"
    )
