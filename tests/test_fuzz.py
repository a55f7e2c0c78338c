"""What nobody would write on purpose: configurations, baselines and sources, made at random.

``CACHELIFT_FUZZ`` is the number of examples for each test, of sources a quarter of it.
"""

from __future__ import annotations

import ast
import io
import json
import os
import random
import shutil
import sysconfig
import tokenize
from functools import cache
from pathlib import Path
from typing import Any

import cases
import pytest
from helpers import reported
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelift.baseline import BaselineError, load, render
from cachelift.config import ConfigError, load_settings
from cachelift.engine import check_paths, fix_paths
from cachelift.ignore import parse
from cachelift.source import SourceError, decode

EXAMPLES = int(os.environ.get("CACHELIFT_FUZZ", "40"))
fuzz = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=EXAMPLES == 40
)

# the configuration

KEYS = (
    "src",
    "exclude",
    "migrations",
    "select",
    "ignore",
    "baseline",
    "legacy",
    "factory",
    "type",
    "arguments",
    "drop",
    "signature",
)
WORDS = (
    "", ".", "src", "../x", "/", "a.b", "a.b.C", "a..b", "CLF001", "CLF", "system", "ttl:timeout", "(system='KP')", "(",
    "*", "!",
)  # fmt: skip
TEXTS = st.sampled_from(WORDS) | st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1 << 70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)
TABLES = st.dictionaries(
    st.sampled_from(KEYS[:6]),
    VALUES
    | st.lists(st.dictionaries(st.sampled_from(KEYS[6:]), TEXTS | st.lists(TEXTS, max_size=3), max_size=6), max_size=3),
    max_size=6,
)


def toml(value: Any) -> str:
    """A value as TOML, tables inline; what TOML does not have becomes a text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value).encode("utf-8", "replace").decode()
    return json.dumps(text, ensure_ascii=True).replace("\\ud8", "\\u00d8") if _plain(text) else '"x"'


def _plain(text: str) -> bool:
    return all(character.isprintable() and ord(character) < 0x10000 for character in text)


@fuzz
@given(TABLES)
def test_any_table(tmp_path_factory: pytest.TempPathFactory, table: dict[str, Any]) -> None:
    """It is a configuration, or an error that names the file."""
    root = folder(tmp_path_factory, "config")
    text = "[tool.cachelift]\n" + "".join(f"{toml(key)} = {toml(value)}\n" for key, value in table.items())
    _configure(root, text.encode())


@fuzz
@given(st.binary(max_size=60) | st.text(alphabet="[]{}=\"'.,#\n tolcachelift-_0ex", max_size=80).map(str.encode))
def test_any_bytes_as_a_configuration(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    _configure(folder(tmp_path_factory, "config"), b"[tool.cachelift]\n" + data)
    _configure(folder(tmp_path_factory, "config"), data + b"\n[tool.cachelift]\n")


def _configure(root: Path, data: bytes) -> None:
    (root / "pyproject.toml").write_bytes(data)
    try:
        found = load_settings(str(root))
    except ConfigError as error:
        said = str(error)
    else:
        assert check_paths(found, [str(root)]).outcomes == ()
        return
    assert said.startswith(f"{root}/pyproject.toml: ")


# the baseline

ROWS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("path", "scope", "code", "legacy", "count", "cachelift-baseline", "other"), VALUES),
)


@fuzz
@given(st.lists(ROWS.map(lambda row: json.dumps(row).encode()) | st.binary(max_size=20), max_size=5), st.booleans())
def test_any_baseline(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], has_header: bool) -> None:
    """It is a baseline, and then what is written of it is the same; or an error that names the file."""
    path = folder(tmp_path_factory, "baseline") / "base"
    path.write_bytes((b'{"cachelift-baseline": 1}\n' if has_header else b"") + b"\n".join(lines))
    try:
        entries = load(str(path))
    except BaselineError as error:
        said = str(error)
    else:
        path.write_bytes(render(entries))
        assert load(str(path)) == entries
        return
    assert said.startswith(f"{path}:")


@fuzz
@given(st.text(alphabet="*?[]!^-\\/ab#: é", max_size=30), st.text(alphabet="ab/-[]*é", min_size=1, max_size=20))
def test_any_pattern(pattern: str, path: str) -> None:
    assert parse(pattern.encode()).decide(path) in (True, False, None)


# sources

LEGACY = (
    "from app.services.cache_service import CacheService", "import app.services.cache_service as cs",
    "from app.services import cache_service", "import app.services.cache_service",
    "try:\n    from app.services.cache_service import CacheService\nexcept ImportError:\n    CacheService = None",
)  # fmt: skip
USES = (
    "CacheService(system='a')", "CacheService", "cs.CacheService(system=x)", "cache_service.CacheService",
    "app.services.cache_service.CacheService(system='b').get('k')", "isinstance(x, CacheService)", "'CacheService'",
    "'app.services.cache_service.CacheService'", "CacheService(*a)", "f'{CacheService(system=1)}'", "CacheService()",
    "(lambda: CacheService(system='c'))()", "[CacheService(system=y) for y in z]", "Optional[CacheService]",
)  # fmt: skip


@cache
def library() -> list[Path]:
    """Modules of the standard library, small ones."""
    top = Path(sysconfig.get_path("stdlib"))
    return sorted(path for path in top.glob("*.py") if path.stat().st_size < 12_000)


def mutated(chance: random.Random) -> bytes:
    """A module of the standard library with the class put into it, and tokens lost, doubled and exchanged."""
    raw = chance.choice(library()).read_bytes()
    try:
        tokens = [token.string for token in tokenize.generate_tokens(io.StringIO(raw.decode()).readline)]
        lines = raw.decode().splitlines()
    except (UnicodeDecodeError, tokenize.TokenError, SyntaxError):
        return raw
    names = [number for number, line in enumerate(lines) if "=" in line and "==" not in line]
    for number in chance.sample(names, min(len(names), chance.randrange(1, 8))):
        head, equals, _ = lines[number].partition("=")
        lines[number] = f"{head}{equals} {chance.choice(USES)}"
    text = "\n".join([*chance.sample(LEGACY, chance.randrange(1, 3)), *lines, ""])
    for _ in range(chance.choice((0, 0, 0, 1, 2, 5))):
        at = chance.randrange(len(text))
        kind = chance.randrange(4)
        if kind == 0:
            text = text[:at] + text[at + chance.randrange(1, 9) :]
        elif kind == 1:
            text = text[:at] + chance.choice(tokens) + text[at:]
        elif kind == 2:
            text = text[:at] + chance.choice(USES) + text[at:]
        else:
            start = chance.randrange(len(text))
            text = text[:at] + text[start : start + chance.randrange(60)] + text[at:]
    newline = chance.choice(("\n", "\r\n", "\n", "\r"))
    return text.replace("\n", newline).encode("utf-8", "replace")


FOUND = {"bound of a slice": "x = [][CacheService(system='a'):]\n"}
"""What random sources broke."""


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found(tmp_path: Path, name: str) -> None:
    assert reported(tmp_path, f"{LEGACY[0]}\n{FOUND[name]}")


@settings(fuzz, max_examples=max(1, EXAMPLES // 4))
@given(st.integers(0, 1 << 62))
def test_any_source(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """No failure of the tool's own, and what is written parses and is as the second run leaves it."""
    chance = random.Random(seed)
    root = folder(tmp_path_factory, "sources")
    if not (root / "app").exists():
        shutil.copytree(cases.FIXTURES / "stub", root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text('[tool.cachelift]\nselect = ["CLF"]\n' if seed % 2 else "[tool.cachelift]\n")
    files = {f"app/mutant_{number}.py": mutated(chance) for number in range(3)}
    for path, data in files.items():
        (root / path).write_bytes(data)
    found = load_settings(str(root))
    is_unsafe = seed % 3 == 0
    first = fix_paths(found, [str(root)], unsafe=is_unsafe)
    texts = {path: (root / path).read_bytes() for path in files}
    for outcome in first.outcomes:
        assert outcome.failure is None or "internal" not in outcome.failure.message, (outcome.failure, files)
        assert outcome.failure is None or not outcome.failure.message.startswith("left as it is"), outcome.failure
    for path, before in files.items():
        if texts[path] != before:
            ast.parse(texts[path])
        elif not any(outcome.path == path and outcome.failure for outcome in first.outcomes):
            assert parses(before) or b"cache_service" not in before.lower()
    second = fix_paths(found, [str(root)], unsafe=is_unsafe)
    assert {path: (root / path).read_bytes() for path in files} == texts
    assert [outcome.left for outcome in second.outcomes] == [
        outcome.left for outcome in first.outcomes if outcome.left or outcome.failure
    ]


def parses(raw: bytes) -> bool:
    try:
        ast.parse(decode(raw).text)
    except (SyntaxError, ValueError, SourceError):
        return False
    return True


_FOLDERS: dict[str, Path] = {}


def folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """One folder for all examples of a test."""
    if name not in _FOLDERS:
        _FOLDERS[name] = factory.mktemp(name)
    return _FOLDERS[name]
