"""The judge of the fixtures notices what is wrong: with a case, and with what the tool does to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases
import pytest
from helpers import LEGACY, TARGET

from cachelift import engine
from cachelift.model import Failure, FileOutcome, RunResult

BEFORE = LEGACY + 'cache = CacheService(system="A")\n'
AFTER = TARGET + 'cache = get_unified_cache("A")\n'
FINDINGS = ["1:1 CLF001 safe -", "2:9 CLF002 safe -"]
WHY = "What a case is there for."


def made(folder: Path, before: str = BEFORE, after: str | None = AFTER, **expect: Any) -> cases.Case:
    """A case in a folder of its own."""
    home = folder / "topic" / "case"
    home.mkdir(parents=True)
    for name, text in (("before.py", before), ("after.py", after)):
        if text is not None:
            (home / name).write_text(text)
    return cases.Case(home, {"findings": FINDINGS, "why": WHY, **expect})


def judged(folder: Path, case: cases.Case, **options: bool) -> list[str]:
    root = folder / "root"
    root.mkdir()
    return [problem.partition("\n")[0] for problem in cases.judge(case, root, **options)]


def test_a_case_that_is_right(tmp_path: Path) -> None:
    case = made(tmp_path, left=[])

    assert judged(tmp_path, case, always_run=True) == []
    assert cases.misshapen(case) == []
    assert cases.prints_otherwise(case, tmp_path / "other") == ""


WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a finding is missing": (
        {"findings": [*FINDINGS, "?2:1 CLF004 * *", "2:1 CLF004 manual alias"]},
        ["missing: 2:1 CLF004 manual alias"],
    ),
    "a finding too many": (
        {"findings": FINDINGS[:1]},
        ["unexpected: app/consumer.py:2:9 CLF002 safe - CacheService(...) is deprecated: use get_unified_cache(...)"],
    ),
    "another code": (
        {"findings": [FINDINGS[0], "?2:9 CLF003 safe -", "2:9 CLF002|CLF003 * *"]},
        [],
    ),
    "another text": ({"after": AFTER + "\n"}, ["text of app/consumer.py:"]),
    "any text": ({"after": None, "text": "any"}, []),
    "a refusal that is allowed and not made": ({"after": None, "refusal_allowed": True}, ["text of app/consumer.py:"]),
    "no refusal, and another finding": (
        {"findings": FINDINGS[:1], "refusal_allowed": True},
        ["unexpected: app/consumer.py:2:9 CLF002 safe - CacheService(...) is deprecated: use get_unified_cache(...)"],
    ),
    "what is left": ({"left": ["1:1 CLF001 manual alias"]}, ["left missing: 1:1 CLF001 manual alias"]),
    "a subset": (
        {"paths": ["app/consumer.py"], "subset": FINDINGS[:1]},
        ["unexpected: app/consumer.py:2:9 CLF002 safe - CacheService(...) is deprecated: use get_unified_cache(...)"],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_case_expects_and_does_not_get(name: str, tmp_path: Path) -> None:
    expect, problems = WRONG[name]

    assert judged(tmp_path, made(tmp_path, **expect)) == problems


def test_a_refusal_that_is_allowed(tmp_path: Path) -> None:
    text = LEGACY + 'cache = CacheService("dir")\n'
    case = made(tmp_path, text, AFTER, refusal_allowed=True)

    assert judged(tmp_path, case) == []


def broken(monkeypatch: pytest.MonkeyPatch, change: Callable[[Path, RunResult, int], RunResult]) -> None:
    """Do something to the tree, or to what the run says, after every ``fix``."""
    fix = engine.fix_paths
    runs = []

    def spoiled(settings: Any, paths: list[str], **options: Any) -> RunResult:
        runs.append(paths)
        return change(Path(settings.root) / "app" / "consumer.py", fix(settings, paths, **options), len(runs))

    monkeypatch.setattr(engine, "fix_paths", spoiled)


def test_a_failure_of_the_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = Failure("app/consumer.py", "the edits overlap")
    outcome = FileOutcome("app/consumer.py", failure=failure)
    broken(monkeypatch, lambda path, result, run: result._replace(outcomes=(outcome,)))

    assert judged(tmp_path, made(tmp_path)) == [f"failure: {failure}"]


def test_a_check_that_does_not_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forget(path: Path, result: RunResult, run: int) -> RunResult:
        path.write_text(BEFORE)
        left = tuple(finding._replace(line=9) for finding in result.outcomes[0].fixed[:1])
        return result._replace(outcomes=(FileOutcome(path.name, left=left),))

    broken(monkeypatch, forget)

    assert judged(tmp_path, made(tmp_path)) == [
        "text of app/consumer.py:",
        "check afterwards differs from what fix says is left:",
        "   check app/consumer.py:1:1 CLF001 safe -",
        "   check app/consumer.py:2:9 CLF002 safe -",
        "   fix   app/consumer.py:9:1 CLF001 safe -",
    ]


def test_a_second_run_that_changes_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def go_on(path: Path, result: RunResult, run: int) -> RunResult:
        path.write_text(path.read_text() + "\n" * (run - 1))
        return result

    broken(monkeypatch, go_on)

    assert judged(tmp_path, made(tmp_path)) == ["a second fix changes something"]


def test_a_program_that_does_not_run_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoil(path: Path, result: RunResult, run: int) -> RunResult:
        path.write_text(AFTER + "1 / 0\n")
        return result

    broken(monkeypatch, spoil)
    case = made(tmp_path, after=AFTER + "1 / 0\n")

    assert judged(tmp_path, case, always_run=True) == ["the program does not run the same:"]
    assert cases.prints_otherwise(case, tmp_path / "other").startswith("topic/case before:\n0\n")


MISSHAPEN: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a key": ({"finding": []}, ["unknown key finding"]),
    "no reason to be": ({"why": ""}, ["no why"]),
    "nothing changes": ({"after": BEFORE}, ["after is the same as before: leave it out"]),
    "no finding": ({"findings": ["CLF001"]}, ["no finding: CLF001"]),
    "a code": ({"left": ["1:1 CLF999 safe -"]}, ["no code: 1:1 CLF999 safe -"]),
    "a reason": ({"subset": ["1:1 * manual mood"]}, ["no such word: 1:1 * manual mood"]),
    "a verdict": ({"left": ["1:1 * perhaps *"]}, ["no such word: 1:1 * perhaps *"]),
    "safe for a reason": (
        {"left": ["1:1 CLF001 safe alias"]},
        ["safe and mentions have no reason, all others have one: 1:1 CLF001 safe alias"],
    ),
    "order": ({"findings": [*FINDINGS[::-1], "?1:1 * * *"]}, ["not sorted: findings"]),
}


@pytest.mark.parametrize("name", MISSHAPEN)
def test_a_case_that_is_not_well_formed(name: str, tmp_path: Path) -> None:
    expect, problems = MISSHAPEN[name]

    assert cases.misshapen(made(tmp_path, **expect)) == problems
