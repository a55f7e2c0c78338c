"""What stands in the way of a migration is said in one line each, and nothing else is."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from memory import project

from cachelift import engine
from cachelift.config import Settings, load_settings
from cachelift.knowledge import ProgramKnowledge
from cachelift.model import Failure, Migration, RunResult
from cachelift.preflight import preflight, shown_config

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
SEVERAL = "app.services.cache_service.CacheService"
NO_SOURCE = "; without its source only calls by configured keywords can be mapped, unless `signature` is configured"
NO_LEGACY = "legacy class `app.services.cache_service.CacheService` is not found under `src` (tried: src, .)"
NO_TARGET = "target module `app.services.unified_cache` of the factory is not found under `src` (tried: src, .)"
NO_CALL = "; no constructor call can be rewritten"
UNTIL_THEN = "; until then nothing is rewritten"
INIT = f"{LEGACY_PATH}:2"
FACTORY = f"{TARGET_PATH}:4"


def problems(
    files: dict[str, str], *, src: tuple[str, ...] = ("src", "."), migration: Migration | None = None
) -> list[tuple[str, str]]:
    migrations = (migration or Migration(),)
    settings = Settings("/nowhere", src=src, migrations=migrations)
    found = preflight(settings, ProgramKnowledge(project(files, src), migrations), sorted(files))
    return [(problem.severity, problem.message) for problem in found]


def both(legacy: str = LEGACY, target: str = TARGET, **more: str) -> dict[str, str]:
    return {LEGACY_PATH: legacy, TARGET_PATH: target, **more}


def below(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{path}": text for path, text in files.items()}


def legacy_with(parameters: str) -> str:
    return LEGACY.replace('self, cache_dir="data/cache", system="KP"', parameters)


def factory_with(parameters: str) -> str:
    return TARGET.replace('system="KP"', parameters)


# nothing is in the way


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(both(), id="as configured"),
        pytest.param(below("src", both()), id="under src"),
        pytest.param(
            {"lib/app/__init__.py": "", "lib/app/services/__init__.py": "", **below("lib", both())},
            id="found by the bare name, though no entry of src leads there",
        ),
        pytest.param(both(legacy_with("self, **options")), id="the class takes any keyword"),
        pytest.param(both(target=factory_with("**options")), id="the factory takes any keyword"),
        pytest.param(both(legacy_with("self, *names, system='KP'")), id="parameters that require nothing"),
        pytest.param(both(LEGACY + "    def _path(self): ...\n    def __len__(self): ...\n"), id="private members"),
        pytest.param(
            both(
                LEGACY + "    def warmup(self): ...\n",
                TARGET.replace("UnifiedCache:\n", "UnifiedCache:\n    def __getattr__(self, name): ...\n"),
            ),
            id="a type that may have any member",
        ),
        pytest.param(
            both(target="class get_unified_cache:\n    def __init__(self, system): ...\n    get = 1"), id="a class"
        ),
    ],
)
def test_nothing_is_in_the_way(files: dict[str, str]) -> None:
    assert problems(files) == []


def test_a_configured_signature_that_says_what_the_source_says() -> None:
    migration = Migration(signature="(cache_dir='data/cache', system=\"KP\")")
    assert problems(both(), migration=migration) == []


def test_a_dropped_parameter_is_no_missing_one() -> None:
    migration = Migration(drop=frozenset({"cache_dir"}))
    assert problems(both(legacy_with("self, cache_dir, system='KP'")), migration=migration) == []


# the legacy class


def test_neither_side_is_in_the_repository() -> None:
    migration = Migration("lib.old.Cache", "lib.new.get", arguments=(("a", "a"),))
    message = (
        "neither `lib.old.Cache` nor `lib.new.get` is found under `src` (tried: src, .): if both are in installed"
        " packages, usages are rewritten by these names alone"
    )
    files = {"main.py": "", "old.pyx": ""}
    assert problems(files, migration=migration) == [("note", message + NO_SOURCE)]
    known = Migration("lib.old.Cache", "lib.new.get", arguments=(("a", "a"),), signature="(a)")
    assert problems(files, migration=known) == [("note", message)]


@pytest.mark.parametrize("folder", ["backend", "packages/backend"])
def test_both_lie_under_another_root(folder: str) -> None:
    hint = f'; with "{folder}" in `src` it would be'
    assert problems(below(folder, both())) == [
        ("error", NO_LEGACY + hint + UNTIL_THEN),
        ("error", NO_TARGET + hint + UNTIL_THEN),
    ]
    assert problems(below(folder, both()), src=("src", folder)) == []


def test_the_root_itself_is_not_configured() -> None:
    assert problems(both(), src=("src", "lib")) == [
        ("error", NO_LEGACY.replace("src, .", "src, lib") + '; with "." in `src` it would be' + UNTIL_THEN),
        ("error", NO_TARGET.replace("src, .", "src, lib") + '; with "." in `src` it would be' + UNTIL_THEN),
    ]


def test_the_nearest_three_of_many_roots_are_named() -> None:
    files = {"d/e/" + TARGET_PATH: TARGET, TARGET_PATH: TARGET}
    for folder in ("x/y", "c", "b", "a"):
        files[f"{folder}/{LEGACY_PATH}"] = LEGACY
    hint = '; with "a" or "b" or "c" in `src` it would be'
    assert problems(files) == [("error", NO_LEGACY + hint + UNTIL_THEN)]


def test_a_path_that_only_ends_alike_is_no_other_root() -> None:
    files = {"lib/myapp/services/cache_service.py": "", TARGET_PATH: TARGET}
    assert problems(files) == [("note", NO_LEGACY + NO_SOURCE)]


def test_a_path_that_another_module_hides_is_no_other_root() -> None:
    files = {"lib/app.py": "", f"lib/{LEGACY_PATH}": LEGACY, TARGET_PATH: TARGET}
    assert problems(files) == [("note", NO_LEGACY + NO_SOURCE)]


def test_the_class_has_another_dotted_name() -> None:
    files = {
        "src/shop/cache_service.py": LEGACY,
        "src/shop/unified_cache.py": TARGET,
        "src/other/cache_service.py": "from shop.cache_service import CacheService\n",
        "src/third/cache_service.py": "CacheService = 1\n",
        "src/not-a-module/cache_service.py": LEGACY,
    }
    assert problems(files) == [
        ("note", f"{NO_LEGACY}; perhaps `shop.cache_service.CacheService` is meant{NO_SOURCE}"),
        ("note", f"{NO_TARGET}; perhaps `shop.unified_cache.get_unified_cache` is meant"),
    ]


def test_the_legacy_class_alone_is_not_found() -> None:
    assert problems({TARGET_PATH: TARGET}) == [("note", NO_LEGACY + NO_SOURCE)]
    known = Migration(signature="(system)")
    assert problems({TARGET_PATH: TARGET}, migration=known) == [("note", NO_LEGACY)]


@pytest.mark.parametrize(
    ("legacy", "message"),
    [
        ("def (", f"legacy class `{SEVERAL}`: `{LEGACY_PATH}` cannot be read or parsed"),
        ("class CacheServices: ...", f"legacy class `{SEVERAL}` is not in `{LEGACY_PATH}`, which has `CacheServices`"),
        ("x = 1", f"legacy class `{SEVERAL}` is not in `{LEGACY_PATH}`"),
        (
            "from lib import CacheService",
            f"legacy class `{SEVERAL}`: what `{LEGACY_PATH}` binds to that name is not one class of this repository",
        ),
        (
            "def __getattr__(name): ...",
            f"legacy class `{SEVERAL}`: what `{LEGACY_PATH}` binds to that name is not one class of this repository",
        ),
    ],
)
def test_the_legacy_module_has_no_readable_class(legacy: str, message: str) -> None:
    assert problems(both(legacy)) == [("note", message + NO_SOURCE)]


# the factory


@pytest.mark.parametrize("type_", [None, "app.services.unified_cache.UnifiedCache"])
def test_the_target_module_is_not_found(type_: str | None) -> None:
    assert problems({LEGACY_PATH: LEGACY}, migration=Migration(type=type_)) == [("error", NO_TARGET + NO_CALL)]


def test_the_target_module_lies_under_another_root() -> None:
    files = {LEGACY_PATH: LEGACY, f"lib/{TARGET_PATH}": TARGET}
    assert problems(files) == [("error", NO_TARGET + '; with "lib" in `src` it would be' + UNTIL_THEN)]


def test_a_target_of_the_repository_is_not_there_for_an_installed_class() -> None:
    migration = Migration("lib.old.Cache", "app.new.get", "app.types.Cache", (("a", "a"),), signature="(a)")
    assert problems({"app/__init__.py": ""}, migration=migration) == [
        ("note", "legacy class `lib.old.Cache` is not found under `src` (tried: src, .)"),
        ("error", "target module `app.new` of the factory is not found under `src` (tried: src, .)" + NO_CALL),
        (
            "note",
            (
                "replacement type `app.types.Cache` is not found under `src` (tried: src, .);"
                " type positions stay as they are"
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (
            "class UnifiedCache:\n    get = 1\ndef get_unified_caches(): ...",
            [("error", (f"factory `app.services.unified_cache.get_unified_cache` is not in `{TARGET_PATH}`,"
              f" which has `get_unified_caches`{NO_CALL}"))],
        ),
        (
            "def (",
            [("note", (f"factory `app.services.unified_cache.get_unified_cache`: `{TARGET_PATH}` cannot be read or"
              " parsed; the configuration is believed"))],
        ),
        (
            TARGET.replace("def", "@wrapped\ndef", 2).replace("@wrapped\ndef get(", "def get(")
            + "UnifiedCache: object",
            [("note", (f"the signature of `app.services.unified_cache.get_unified_cache` in `{TARGET_PATH}` cannot be"
              " read (a decorator may change it, or it is no plain function or class); the configured `arguments` are"
              " believed"))],
        ),
    ],
)  # fmt: skip
def test_the_target_module_has_no_readable_factory(target: str, found: list[tuple[str, str]]) -> None:
    assert [each for each in problems(both(target=target)) if "members" not in each[1]] == found


# the replacement type


@pytest.mark.parametrize(
    ("migration", "target", "message"),
    [
        (
            Migration(),
            "def get_unified_cache(system='KP'): ...",
            (
                "no replacement type is known: `app.services.unified_cache.get_unified_cache` has no return annotation"
                " that names a class, and no `type` is configured; type positions stay as they are"
            ),
        ),
        (
            Migration(type="app.services.unified_cache.UnifiedCach"),
            TARGET,
            (
                f"replacement type `app.services.unified_cache.UnifiedCach` is not in `{TARGET_PATH}`, which has"
                " `UnifiedCache`; type positions stay as they are"
            ),
        ),
        (
            Migration(),
            "from .cache_service import CacheService\ndef get_unified_cache(system='KP') -> CacheService: ...",
            (
                "the replacement type that `app.services.unified_cache.get_unified_cache` says it returns is the legacy"
                " class itself; type positions stay as they are"
            ),
        ),
        (
            Migration(type="app.services.unified_cache.Old"),
            "from .cache_service import CacheService as Old\ndef get_unified_cache(system='KP'): ...",
            "the replacement type configured is the legacy class itself; type positions stay as they are",
        ),
        (
            Migration(type="app.types.Cache"),
            TARGET,
            (
                "replacement type `app.types.Cache` is not found under `src` (tried: src, .); type positions stay as"
                " they are"
            ),
        ),
        (
            Migration(type="redis.Redis"),
            TARGET,
            "replacement type `redis.Redis` is not found under `src` (tried: src, .); its members are not known",
        ),
        (
            Migration(),
            "from redis import Redis as UnifiedCache\ndef get_unified_cache(system='KP'): ...",
            (
                f"replacement type `app.services.unified_cache.UnifiedCache`: what `{TARGET_PATH}` binds to that name"
                " is not one class of this repository, so its members are not known"
            ),
        ),
    ],
)
def test_the_replacement_type(migration: Migration, target: str, message: str) -> None:
    assert problems(both(target=target), migration=migration) == [("note", message)]


# signatures


@pytest.mark.parametrize(
    ("legacy", "why"),
    [
        (
            "from lib import Base\nclass CacheService(Base):\n    def get(self): ...",
            ": its base `lib.Base` is not in the repository",
        ),
        (
            "class CacheService(metaclass=lib.Meta):\n    def get(self): ...",
            ": a base, a metaclass or a decorator may change it",
        ),
        (
            "class CacheService(dict, metaclass=lib.Meta):\n    def get(self): ...",
            ": a base, a metaclass or a decorator may change it",
        ),
    ],
)
def test_the_constructor_cannot_be_known(legacy: str, why: str) -> None:
    line = 2 if legacy.startswith("from") else 1
    found = problems(
        both(legacy, TARGET.replace("UnifiedCache:\n", "UnifiedCache:\n    def __getattr__(self, n): ...\n"))
    )
    assert found == [
        (
            "note",
            (
                f"the constructor of `CacheService` ({LEGACY_PATH}:{line}) cannot be known{why}; only calls by"
                " configured keywords can be mapped, unless `signature` is configured"
            ),
        )
    ]


@pytest.mark.parametrize(
    ("migration", "legacy", "target", "messages"),
    [
        (
            Migration(),
            legacy_with("self, cache_dir='d'"),
            TARGET,
            [(f"`arguments` names `system`, which the constructor of `CacheService` ({INIT}) does not take; no call can"
             " be mapped")],
        ),
        (
            Migration(drop=frozenset({"ttl", "size"})),
            LEGACY,
            TARGET,
            [f"`drop` names `size`, which the constructor of `CacheService` ({INIT}) does not take",
             f"`drop` names `ttl`, which the constructor of `CacheService` ({INIT}) does not take"],
        ),
        (
            Migration(),
            legacy_with("self, cache_dir, system='KP'"),
            TARGET,
            [(f"`CacheService` ({INIT}) requires `cache_dir`, which has no counterpart in `get_unified_cache`; no call"
             " can be mapped unless `arguments` or `drop` names it")],
        ),
        (
            Migration(signature="(system='KP', cache_dir='data/cache')"),
            LEGACY,
            TARGET,
            [f"the configured `signature` differs from the constructor in {INIT}; the source counts"],
        ),
        (
            Migration(signature="(cache_dir, system='KP')"),
            LEGACY,
            TARGET,
            [f"the configured `signature` differs from the constructor in {INIT}; the source counts"],
        ),
        (
            Migration(),
            LEGACY,
            TARGET.replace("\ndef", "\nasync def"),
            [(f"`get_unified_cache` ({FACTORY}) is a coroutine function: a call would have to be awaited, so"
             " constructor calls stay as they are")],
        ),
        (
            Migration(arguments=(("system", "name"),)),
            LEGACY,
            TARGET,
            [(f"`arguments` hands `system` to `name`, which `get_unified_cache` ({FACTORY}) does not take; no call that"
             " gives it can be mapped")],
        ),
        (
            Migration(),
            LEGACY,
            factory_with("db, system='KP', *, size=1"),
            [(f"`get_unified_cache` ({FACTORY}) requires `db`, which no legacy parameter is handed to; no call can be"
             " mapped unless `arguments` names it")],
        ),
    ],
)  # fmt: skip
def test_signatures_that_do_not_fit(migration: Migration, legacy: str, target: str, messages: list[str]) -> None:
    assert problems(both(legacy, target), migration=migration) == [("note", message) for message in messages]


# members


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("    def warmup(self): ...\n    def close(self): ...\n", "has no `close`, `warmup`"),
        ("    async def get(self, key): ...\n", "has `get` in another kind"),
        ("    async def get(self, key): ...\n    size = 1\n", "has no `size` and has `get` in another kind"),
    ],
)
def test_members_that_the_replacement_does_not_have(more: str, message: str) -> None:
    expected = f"`UnifiedCache` {message}, unlike `CacheService`; objects used through these stay as they are"
    legacy = LEGACY.replace("    def get(self, key): ...\n", "") if "get" in more else LEGACY
    assert problems(both(legacy + more)) == [("note", expected)]


# several migrations


def test_what_two_migrations_share_is_said_once() -> None:
    files = both(LEGACY + "class Second:\n    def __init__(self, system='KP'): ...\n", "def get_unified_cache(): ...")
    second = Migration("app.services.cache_service.Second", Migration().factory)
    migrations = (Migration(), second)
    settings = Settings("/nowhere", migrations=migrations)
    found = preflight(settings, ProgramKnowledge(project(files), migrations), sorted(files))
    assert len(found) == len(set(found)) == 2


# runs


USAGE = "from app.services.cache_service import CacheService\n\ncache = CacheService(system='A')\n"
TYPES_ONLY = "from app.services.cache_service import CacheService\n\ndef f(cache: CacheService): ...\n"


def lay_out(root: Path, files: dict[str, str]) -> Settings:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return load_settings(str(root))


def said(result: RunResult) -> tuple[tuple[str, ...], tuple[Failure, ...]]:
    return result.notes, result.failures


def test_a_run_without_a_usage_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = lay_out(tmp_path, {LEGACY_PATH: LEGACY, "pyproject.toml": "[tool.cachelift]\n", "app/a.py": ""})
    monkeypatch.delitem(sys.modules, "cachelift.preflight")
    assert said(engine.check_paths(settings, [str(tmp_path)])) == ((), ())
    assert said(engine.fix_paths(settings, [str(tmp_path)])) == ((), ())
    assert "cachelift.preflight" not in sys.modules


def test_a_file_without_a_usage_says_nothing(tmp_path: Path) -> None:
    settings = lay_out(tmp_path, {LEGACY_PATH: LEGACY, "app/a.py": USAGE, "app/b.py": ""})
    assert said(engine.check_paths(settings, [str(tmp_path / "app/b.py")])) == ((), ())


def test_notes_go_with_the_findings(tmp_path: Path) -> None:
    settings = lay_out(tmp_path, both(LEGACY + "    def warmup(self): ...\n") | {"app/a.py": USAGE})
    note = "`UnifiedCache` has no `warmup`, unlike `CacheService`; objects used through these stay as they are"
    assert said(engine.check_paths(settings, [str(tmp_path)])) == ((note,), ())
    assert said(engine.check_text(settings, USAGE.encode(), str(tmp_path / "app/new.py"))) == ((note,), ())
    assert said(engine.fix_paths(settings, [str(tmp_path)])) == ((note,), ())
    assert said(engine.fix_paths(settings, [str(tmp_path)])) == ((), ())


@pytest.mark.parametrize("config", [True, False])
@pytest.mark.parametrize("usage", [USAGE, TYPES_ONLY])
def test_without_a_target_nothing_is_rewritten(tmp_path: Path, config: bool, usage: str) -> None:
    files = {LEGACY_PATH: LEGACY, "app/a.py": usage}
    settings = lay_out(tmp_path, files | ({"pyproject.toml": "[tool.cachelift]\n"} if config else {}))
    failure = Failure("pyproject.toml" if config else ".", NO_TARGET + NO_CALL)
    for result in (
        engine.check_paths(settings, [str(tmp_path)]),
        engine.fix_paths(settings, [str(tmp_path)], unsafe=True),
    ):
        assert said(result) == ((), (failure,))
    assert (tmp_path / "app/a.py").read_text() == usage


@pytest.mark.parametrize("usage", [USAGE, TYPES_ONLY])
@pytest.mark.parametrize("moved", [both(), {LEGACY_PATH: LEGACY}, {TARGET_PATH: TARGET}])
def test_under_a_wrong_root_nothing_is_rewritten(tmp_path: Path, usage: str, moved: dict[str, str]) -> None:
    stays = {path: text for path, text in both().items() if path not in moved}
    settings = lay_out(tmp_path, stays | below("lib", moved) | {"lib/app/a.py": usage})
    result = engine.fix_paths(settings, [str(tmp_path)], unsafe=True)
    assert [failure.path for failure in result.failures] == ["."] * len(moved)
    assert (tmp_path / "lib/app/a.py").read_text() == usage


def test_where_neither_side_is_in_the_repository_the_names_are_enough(tmp_path: Path) -> None:
    settings = lay_out(tmp_path, {"main.py": USAGE})
    assert [message[:8] for message in engine.fix_paths(settings, [str(tmp_path)]).notes] == ["neither "]
    assert (tmp_path / "main.py").read_text() == (
        "from app.services.unified_cache import get_unified_cache\n\ncache = get_unified_cache('A')\n"
    )


def test_where_the_configuration_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.chdir(root)
    assert shown_config(Settings(str(root)), str(root)) is None
    assert shown_config(Settings(str(root), str(root / "pyproject.toml")), str(root)) == "pyproject.toml"
    assert shown_config(Settings(str(root), "etc/lift.toml"), str(root)) == "etc/lift.toml"
    assert shown_config(Settings(str(root), "../lift.toml"), str(root)) == str(tmp_path / "lift.toml")
