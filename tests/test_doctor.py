"""``cachelift doctor``: what is known is told with where it was read, and nothing is changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cases import FIXTURES

from cachelift import engine
from cachelift.cli import main
from cachelift.config import load_settings
from cachelift.doctor import signature_text
from cachelift.model import DoctorReport, MigrationReport, ParameterRow, SideReport, SourceRoot
from cachelift.report.doctor import render
from cachelift.signatures import parse_signature

LEGACY = """\
class CacheService:
    def __init__(self, cache_dir="data/cache", system="KP"): ...
    def get(self, key): ...
"""
TARGET = """\
class UnifiedCache:
    def get(self, key): ...

def get_unified_cache(system="KP") -> UnifiedCache: ...
"""
LEGACY_PATH, TARGET_PATH = "app/services/cache_service.py", "app/services/unified_cache.py"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def examined(root: Path, files: dict[str, str]) -> DoctorReport:
    write(root, files)
    return engine.doctor(load_settings(str(root)), [str(root)])


def migration(root: Path, files: dict[str, str]) -> MigrationReport:
    (found,) = examined(root, files).migrations
    return found


def configured(**keys: Any) -> dict[str, str]:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    return {"pyproject.toml": f"[[tool.cachelift.migrations]]\n{lines}"}


# the whole report


def test_nothing_is_in_the_way(root: Path, capsys: Capture) -> None:
    write(root, {LEGACY_PATH: LEGACY, TARGET_PATH: TARGET})
    assert main(["doctor"]) == 0
    assert capsys.readouterr() == (
        f"""\
Repository
  root           {root}
  configuration  none, the defaults
  import roots   src (no such folder)
                 . (2 Python files)
  files          2 known, 2 in the given paths, 0 with usages

Migration of app.services.cache_service.CacheService
  legacy class   app/services/cache_service.py:1
  constructor    (cache_dir="data/cache", system="KP")
                 own `__init__`, app/services/cache_service.py:2

  factory        app.services.unified_cache.get_unified_cache
                 (system="KP") -> UnifiedCache
                 a function, app/services/unified_cache.py:4
  type           app.services.unified_cache.UnifiedCache
                 what the factory says it returns, app/services/unified_cache.py:1

  arguments      CacheService            get_unified_cache
                 cache_dir="data/cache"  -                  a call that gives it is manual
                 system="KP"             system="KP"        handed on
                 CacheService()          get_unified_cache()

  members        in both     get
                 missing     none
                 other kind  none

  re-exports     none
  own tests      none
  import cycle   none

Nothing is in the way.
""",
        "",
    )


def test_what_the_documentation_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    shutil.copytree(FIXTURES / "reference_app", tmp_path / "portal", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "portal")
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out.replace(str(tmp_path / "portal"), "/home/me/portal")
    page = (FIXTURES.parent / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert f"```text\n{shown}```\n" in page


EVERYTHING = {
    "pyproject.toml": """\
[tool.cachelift]
exclude = ["gen/*", "vendor"]
select = ["CLF"]
ignore = ["CLF010"]

[[tool.cachelift.migrations]]
signature = "(path, system)"
""",
    "app/base.py": "class Base: ...\n",
    LEGACY_PATH: """\
from dataclasses import dataclass
from app.base import Base


@dataclass
class Root(Base):
    path: str
    ttl: int = 60


class CacheService(Root):
    size = 3

    async def load(self): ...
    def get(self, key): ...
    @property
    def stats(self): ...
""",
    TARGET_PATH: """\
from app.jobs import nightly


class UnifiedCache:
    def load(self): ...
    def get(self, key): ...
    def stats(self): ...
    def __getattr__(self, name): ...


async def get_unified_cache(db, *, system="A", **options) -> "UnifiedCache": ...
""",
    "app/__init__.py": "",
    "app/services/__init__.py": "from .cache_service import CacheService as Cache\n",
    "app/jobs/__init__.py": "",
    "app/jobs/nightly.py": "from app.services import Cache\n\ncache = Cache()\n",
    "tests/test_cache_service.py": "from app.services.cache_service import CacheService\n\nCacheService('a')\n",
    "app/broken.py": "def (\nfrom app.services import CacheService\n",
}


def test_everything_is_in_the_way(root: Path, capsys: Capture) -> None:
    write(root, EVERYTHING)
    assert main(["doctor", ".", "nowhere.py"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert (
        out
        == f"""\
Repository
  root           {root}
  configuration  pyproject.toml
  import roots   src (no such folder)
                 . (9 Python files)
  files          9 known, 9 in the given paths, 3 with usages
  exclude        gen/*, vendor
  select         CLF
  ignore         CLF010

Migration of app.services.cache_service.CacheService
  legacy class   app/services/cache_service.py:11
  constructor    (path: str, ttl: int = 60)
                 inherited dataclass fields of `Root`, app/services/cache_service.py:6

  factory        app.services.unified_cache.get_unified_cache
                 (db, *, system="A", **options) -> "UnifiedCache"
                 a coroutine function, app/services/unified_cache.py:11
  type           app.services.unified_cache.UnifiedCache
                 what the factory says it returns, app/services/unified_cache.py:4

  arguments      CacheService    get_unified_cache
                 path            -                  a call that gives it is manual
                 ttl=60          -                  a call that gives it is manual
                 system          system="A"         not in the class
                 -               db                 required, and nothing is handed to it
                 -               **options          is left out
                 CacheService()  manual: the factory is a coroutine function

  members        in both     get
                 missing     path, size, ttl
                 other kind  load (async-function, now function), stats (property, now function)
                 app.services.unified_cache.UnifiedCache may have more members than its source shows

  re-exports     app.services.Cache  app/services/__init__.py
  own tests      tests/test_cache_service.py
  import cycle   app/jobs/nightly.py
                 app/services/__init__.py

In the way
  note: the configured `signature` differs from the constructor in app/services/cache_service.py:6; the source counts
  note: `arguments` names `system`, which the constructor of `CacheService` (app/services/cache_service.py:6) does not\
 take; no call can be mapped
  note: `CacheService` (app/services/cache_service.py:6) requires `path`, which has no counterpart in\
 `get_unified_cache`; no call can be mapped unless `arguments` or `drop` names it
  note: `get_unified_cache` (app/services/unified_cache.py:11) is a coroutine function: a call would have to be\
 awaited, so constructor calls stay as they are
  note: `get_unified_cache` (app/services/unified_cache.py:11) requires `db`, which no legacy parameter is handed to;\
 no call can be mapped unless `arguments` names it
  note: `UnifiedCache` has `load`, `stats` in another kind, unlike `CacheService`; objects used through these stay as\
 they are
  error: nowhere.py: no such file or directory
  error: app/broken.py:1:5: the file does not parse: invalid syntax
"""
    )


def test_nothing_is_found(root: Path, capsys: Capture) -> None:
    write(
        root,
        {"pyproject.toml": '[tool.cachelift]\nsrc = []\n[[tool.cachelift.migrations]]\ntype = "a.B"\n', "a/c.py": ""},
    )
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    shown = out[out.index("  import roots") : out.index("In the way")]
    assert (
        shown
        == """\
  import roots   none
  files          1 known, 1 in the given paths, 0 with usages

Migration of app.services.cache_service.CacheService
  legacy class   not found
  constructor    signature not known

  factory        app.services.unified_cache.get_unified_cache
                 not found
  type           a.B
                 configured, source not found

  arguments      CacheService    get_unified_cache
                 system          system             handed on
                 CacheService()  manual: the signature of `CacheService` is not known, nor is the default of `system`

  members        not known: one of the classes could not be read

  re-exports     none
  own tests      none
  import cycle   none

"""
    )


def test_nothing_is_changed(root: Path) -> None:
    write(root, EVERYTHING)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    main(["doctor"])
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_json(root: Path, capsys: Capture) -> None:
    write(root, EVERYTHING)
    assert main(["doctor", "--format", "json", "app/jobs"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert list(document) == [
        "version", "root", "config", "src", "exclude", "select", "ignore", "files", "given", "used_in", "migrations",
        "problems", "failures",
    ]  # fmt: skip
    assert (document["version"], document["given"], document["config"]) == (1, 2, "pyproject.toml")
    assert document["src"][1] == {"entry": ".", "exists": True, "files": 9}
    (found,) = document["migrations"]
    assert found["legacy"] == {
        "name": "app.services.cache_service.CacheService",
        "place": "app/services/cache_service.py:11",
        "signature": "(path: str, ttl: int = 60)",
        "origin": "inherited dataclass fields of `Root`, app/services/cache_service.py:6",
    }
    assert found["reexports"] == [{"name": "app.services.Cache", "path": "app/services/__init__.py"}]
    assert found["members"]["differing"][1] == {"name": "stats", "legacy": "property", "type": "function"}
    assert {problem["severity"] for problem in document["problems"]} == {"note"}
    assert document["failures"] == []


def test_json_without_members(root: Path, capsys: Capture) -> None:
    write(root, {LEGACY_PATH: LEGACY})
    assert main(["doctor", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["migrations"][0]["members"] is None
    assert [problem["severity"] for problem in document["problems"]] == ["error"]


# what stops it


def test_a_configuration_that_cannot_be_used(root: Path, capsys: Capture) -> None:
    write(root, {"pyproject.toml": "[tool.cachelift]\nsource = []\n"})
    assert main(["doctor"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cachelift: error: ")
    assert "tool.cachelift.source: unknown key" in err


def test_another_configuration(root: Path, capsys: Capture) -> None:
    write(
        root,
        {"other.toml": "[tool.cachelift]\nsrc = ['lib']\n", f"lib/{LEGACY_PATH}": LEGACY, f"lib/{TARGET_PATH}": TARGET},
    )
    assert main(["doctor", "--config", "other.toml"]) == 0
    assert "  configuration  other.toml\n  import roots   lib (2 Python files)\n" in capsys.readouterr().out


def test_an_unknown_option(root: Path, capsys: Capture) -> None:
    assert main(["doctor", "--format", "sarif"]) == 2
    assert "is not one of 'text', 'json'" in capsys.readouterr().err


def test_what_a_terminal_would_obey_is_escaped() -> None:
    side = SideReport("a.B")
    report = DoctorReport(
        "/\x1b[31m", None, (SourceRoot("é", True, 1),), (), (), (), 1, 1, 0,
        (MigrationReport(side, side, SideReport(""), (), "x", None, (), (), ()),), (), (),
    )  # fmt: skip
    lines = render(report, "ascii").splitlines()
    assert lines[1] == "  root           /\\x1b[31m"
    assert lines[3] == "  import roots   \\xe9 (1 Python file)"


# the two sides


@pytest.mark.parametrize(
    ("legacy", "origin"),
    [
        ("class CacheService:\n    def __new__(cls, a): ...\n", f"own `__new__`, {LEGACY_PATH}:2"),
        ("class CacheService:\n    size = 1\n", f"no `__init__`: takes no arguments, {LEGACY_PATH}:1"),
        (
            "class Base:\n    def __init__(self, a): ...\n\nclass CacheService(Base): ...\n",
            f"inherited `__init__` of `Base`, {LEGACY_PATH}:2",
        ),
        (
            "import dataclasses\n@dataclasses.dataclass(frozen=True)\nclass CacheService:\n    a: int\n",
            f"dataclass fields, {LEGACY_PATH}:3",
        ),
        (
            (
                "from functools import total_ordering as o\nfrom typing import NamedTuple\n@o\nclass"
                " CacheService(NamedTuple):\n    a: int\n"
            ),
            f"named tuple fields, {LEGACY_PATH}:4",
        ),
        ("class CacheService(metaclass=Meta): ...\n", ""),
    ],
)
def test_where_the_constructor_was_read(root: Path, legacy: str, origin: str) -> None:
    assert migration(root, {LEGACY_PATH: legacy, TARGET_PATH: TARGET}).legacy.origin == origin


def test_a_configured_signature(root: Path) -> None:
    found = migration(root, {TARGET_PATH: TARGET, **configured(signature="(name, system='KP')")})
    name = "app.services.cache_service.CacheService"
    assert found.legacy == SideReport(name, None, "(name, system='KP')", "configured `signature`")


@pytest.mark.parametrize(
    ("target", "factory", "type_"),
    [
        (
            "class get_unified_cache:\n    def __init__(self, system): ...\n",
            (f"{TARGET_PATH}:1", "(system)", f"a class: its constructor, {TARGET_PATH}:2"),
            ("app.services.unified_cache.get_unified_cache", "what the factory says it returns"),
        ),
        (
            "class UnifiedCache: ...\n@decorated\ndef get_unified_cache(system): ...\n",
            (f"{TARGET_PATH}:3", None, ""),
            ("app.services.unified_cache.UnifiedCache", "default"),
        ),
        (
            "def get_unified_cache(system): ...\n",
            (f"{TARGET_PATH}:1", "(system)", f"a function, {TARGET_PATH}:1"),
            ("", ""),
        ),
    ],
)
def test_the_target(
    root: Path, target: str, factory: tuple[str, str | None, str], type_: tuple[str, str], capsys: Capture
) -> None:
    found = migration(root, {LEGACY_PATH: LEGACY, TARGET_PATH: target})
    assert (found.factory.place, found.factory.signature, found.factory.origin) == factory
    assert (found.type.name, found.type.origin) == type_
    main(["doctor"])
    out = capsys.readouterr().out
    assert ("signature not known, app/services/unified_cache.py:3\n" in out) is (factory[1] is None)
    assert ("  type           not known\n" in out) is (type_[0] == "")


@pytest.mark.parametrize(
    "text",
    [
        "()",
        "(a, b=1)",
        "(a, /)",
        "(a, /, b: int = 2)",
        "(a, /, *, b)",
        "(*args, b=1, **kwargs)",
        "(a, *, b, c=3)",
        "(*, b) -> list[int]",
    ],
)
def test_signatures_are_written_as_a_def_writes_them(text: str) -> None:
    assert signature_text(parse_signature(text)) == text


# arguments


def rows(found: MigrationReport) -> list[tuple[str | None, ...]]:
    return [(r.legacy, r.legacy_default, r.factory, r.factory_default, r.meaning) for r in found.rows]


def test_every_parameter_has_a_row(root: Path) -> None:
    files = {
        LEGACY_PATH: "class CacheService:\n    def __init__(self, ttl=(\n1), *args, name='n', log=None, **more): ...\n",
        TARGET_PATH: "def get_unified_cache(system, *rest, timeout=2): ...\n",
        **configured(arguments=["ttl:timeout", "name:title", "extra:system"], drop=["log"]),
    }
    found = migration(root, files)
    assert rows(found) == [
        ("ttl", "1", "timeout", "2", "handed on"),
        ("*args", None, None, None, "a call that gives it is manual"),
        ("name", "'n'", "title", None, "not in the factory"),
        ("log", "None", None, None, "may be dropped"),
        ("**more", None, None, None, "a call that gives it is manual"),
        ("extra", None, "system", None, "handed on"),
        (None, None, "*rest", None, "is left out"),
    ]


def test_a_variadic_parameter_takes_no_configured_name(root: Path) -> None:
    files = {
        LEGACY_PATH: "class CacheService:\n    def __init__(self, *log, system='KP'): ...\n",
        TARGET_PATH: "def get_unified_cache(system, *system_): ...\n",
        **configured(drop=["log"]),
    }
    assert migration(root, files).rows[0] == ParameterRow("*log", None, None, None, "a call that gives it is manual")


@pytest.mark.parametrize(
    ("parameters", "becomes"),
    [
        ('system="KP"', "get_unified_cache()"),
        ('system="A"', 'get_unified_cache("KP")'),
        ('*, system="A"', 'get_unified_cache(system="KP")'),
        ("size", "manual: the default of `system` cannot be kept: `get_unified_cache` has no parameter `system`"),
    ],
)
def test_the_empty_call(root: Path, parameters: str, becomes: str) -> None:
    found = migration(root, {LEGACY_PATH: LEGACY, TARGET_PATH: f"def get_unified_cache({parameters}): ...\n"})
    assert found.empty_call == becomes


def test_the_empty_call_without_a_factory(root: Path) -> None:
    assert migration(root, {LEGACY_PATH: LEGACY}).empty_call == "manual: one side of the migration is not found"


# the rest of the repository


def test_reexports(root: Path) -> None:
    files = {
        LEGACY_PATH: LEGACY,
        TARGET_PATH: TARGET,
        "app/services/__init__.py": "from .cache_service import CacheService\n",
        "app/listed.py": "from app.services.cache_service import CacheService as Cache\n__all__ = ['Cache']\n",
        "app/reader.py": "import app.listed\nfrom app.services import CacheService as C\napp.listed.Cache(), C()\n",
        "app/own.py": "from app.services.cache_service import CacheService as Own\nOwn()\n",
        "app/local.py": "def f():\n    from app.services.cache_service import CacheService\n    CacheService()\n",
        "app/module.py": "from app.services import cache_service\ncache_service.CacheService()\n",
        "app/whole.py": "import app.module\napp.module.cache_service.CacheService()\n",
    }
    assert migration(root, files).reexports == (
        ("app.listed.Cache", "app/listed.py"),
        ("app.services.CacheService", "app/services/__init__.py"),
    )


def test_two_migrations_keep_theirs_apart(root: Path) -> None:
    config = """\
[[tool.cachelift.migrations]]
[[tool.cachelift.migrations]]
legacy = "app.old.Store"
factory = "app.new.get_store"
arguments = []
"""
    files = {
        "pyproject.toml": config,
        LEGACY_PATH: LEGACY,
        TARGET_PATH: TARGET,
        "app/old.py": "class Store: ...\n",
        "app/new.py": "import app.jobs\ndef get_store(): ...\n",
        "app/__init__.py": "",
        "app/jobs.py": "from app.old import Store\n\nStore()\n",
        "app/names.py": "from app.old import Store\n\n__all__ = ['Store']\n",
        "tests/test_old.py": "from app.old import Store\n\nStore()\n",
    }
    first, second = examined(root, files).migrations
    assert (first.reexports, first.own_tests, first.cycles) == ((), (), ())
    assert second.reexports == (("app.names.Store", "app/names.py"),)
    assert (second.own_tests, second.cycles) == (("tests/test_old.py",), ("app/jobs.py",))


def test_long_lists_of_members_are_wrapped(root: Path, capsys: Capture) -> None:
    names = [f"member_number_{number:02}" for number in range(12)]
    write(root, {LEGACY_PATH: LEGACY + "".join(f"    {name} = 1\n" for name in names), TARGET_PATH: TARGET})
    main(["doctor"])
    lines = capsys.readouterr().out.splitlines()
    start = next(number for number, line in enumerate(lines) if "missing" in line)
    assert lines[start] == "                 missing     " + ", ".join(names[:4]) + ","
    assert lines[start + 1] == "                             " + ", ".join(names[4:8]) + ","
    assert len(max(lines[start : start + 3], key=len)) <= 100
