"""How a new name gets bound where an old one was. The cases under ``fixtures/cases`` hold the common forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from helpers import LEGACY, TARGET, fixed

PLAIN = 'cache = app.services.cache_service.CacheService(system="A")\n'
LEGACY_PACKAGE = {
    "legacy/__init__.py": "class CacheService:\n    def __init__(self, system): ...\n",
    "legacy/sub.py": "",
}


def migration(factory: str, legacy: str = "app.services.cache_service.CacheService") -> str:
    return f'[[tool.cachelift.migrations]]\nlegacy = "{legacy}"\nfactory = "{factory}"\narguments = ["system"]\n'


def module(factory: str, *, package: bool = False) -> dict[str, str]:
    """The files of a factory's module, and of the packages above it."""
    *packages, name, function = factory.split(".")
    files = {"/".join([*packages[: i + 1], "__init__.py"]): "" for i in range(len(packages))}
    path = "/".join([*packages, name, "__init__.py"]) if package else "/".join([*packages, name]) + ".py"
    return {**files, path: f"def {function}(system): ...\n"}


REFUSED = {
    "a package imported in two branches": (
        "import sys\nif sys.flags.dev_mode:\n    import app\nelse:\n    import app\n" + PLAIN,
        ["6:9 CLF002 manual name-taken"],
    ),
    "a package imported twice in one statement": (
        "import app, app.services\n" + PLAIN,
        ["2:9 CLF002 manual name-taken"],
    ),
    "a package imported under a condition and in a function": (
        "import sys\nif sys.flags.dev_mode:\n    import app\ndef g():\n    global app\n    import app\n" + PLAIN,
        ["7:9 CLF002 manual global-statement"],
    ),
    "an import for the type checker, used at run time": (
        f"import typing\nif typing.TYPE_CHECKING:\n    {LEGACY}def f():\n    return CacheService(system=1)\n",
        ["3:5 CLF001 manual reference-stays", "5:12 CLF002 manual conditional-import"],
    ),
    "a function that declares the new name global": (
        LEGACY + 'def f():\n    global get_unified_cache\n    return CacheService(system="A")\n',
        ["1:1 CLF001 manual reference-stays", "4:12 CLF002 manual name-taken"],
    ),
    "a function that declares the new name nonlocal": (
        LEGACY + "def f():\n    get_unified_cache = 1\n    def g():\n        nonlocal get_unified_cache\n"
        '        return CacheService(system="A")\n',
        ["1:1 CLF001 manual reference-stays", "6:16 CLF002 manual name-taken"],
    ),
    "a function that imports the class and declares the new name global": (
        f'def f():\n    global get_unified_cache\n    {LEGACY}    return CacheService(system="A")\n',
        ["3:5 CLF001 manual reference-stays", "4:12 CLF002 manual name-taken"],
    ),
    "the target imported under a condition of the function around the use": (
        LEGACY + f'def f(flag):\n    if flag:\n        {TARGET}    def g():\n        return CacheService(system="A")\n',
        ["1:1 CLF001 manual reference-stays", "6:16 CLF002 manual name-taken"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str, tmp_path: Path) -> None:
    text, expected = REFUSED[name]

    after, left = fixed(tmp_path, text)

    assert after == text
    assert left == expected


REWRITTEN: dict[str, tuple[str, str]] = {
    "the target imported above the function around": (
        TARGET + f'def f():\n    def g():\n        {LEGACY}        return CacheService(system="A")\n',
        TARGET + 'def f():\n    def g():\n        return get_unified_cache("A")\n',
    ),
    "the target imported below the function around": (
        f'def f():\n    def g():\n        {LEGACY}        return CacheService(system="A")\n' + TARGET,
        f'def f():\n    def g():\n        {TARGET}        return get_unified_cache("A")\n' + TARGET,
    ),
    "the target imported under a condition below the module's import": (
        LEGACY + f'if True:\n    {TARGET}cache = CacheService(system="A")\n',
        TARGET + f'if True:\n    {TARGET}cache = get_unified_cache("A")\n',
    ),
    "a line that ends with a carriage return, below an empty one": (
        f"\r{LEGACY.rstrip()}\r{TARGET.rstrip()}\r" + 'cache = CacheService(system="A")\r',
        f"\r{TARGET.rstrip()}\r" + 'cache = get_unified_cache("A")\r',
    ),
    "lines that end with carriage returns": (
        f"import os\r{LEGACY.rstrip()}\r{TARGET.rstrip()}\r" + 'cache = CacheService(system="A")\r',
        f"import os\r{TARGET.rstrip()}\r" + 'cache = get_unified_cache("A")\r',
    ),
    "the class imported twice": (
        LEGACY + 'a = CacheService(system="A")\n' + LEGACY + 'b = CacheService(system="B")\n',
        TARGET + 'a = get_unified_cache("A")\n' + 'b = get_unified_cache("B")\n',
    ),
    "the target imported below, behind other imports": (
        LEGACY + "import os\n" + TARGET + 'cache = CacheService(system="A")\n',
        "import os\n" + TARGET + 'cache = get_unified_cache("A")\n',
    ),
    "the target imported below, behind something else": (
        LEGACY + "x = 1\n" + TARGET + 'cache = CacheService(system="A")\n',
        TARGET + "x = 1\n" + TARGET + 'cache = get_unified_cache("A")\n',
    ),
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_what_is_rewritten(name: str, tmp_path: Path) -> None:
    text, expected = REWRITTEN[name]

    after, left = fixed(tmp_path, text)

    assert after == expected
    assert left == []


CALL = 'cache = CacheService(system="A")\n'


@pytest.mark.parametrize("names", ["UnifiedCache", "get_unified_cache", "UnifiedCache, get_unified_cache"])
def test_an_import_of_the_target_under_another_name_of_its_module(names: str, tmp_path: Path) -> None:
    beside = f"from services.unified_cache import {names}\n"

    after, left = fixed(tmp_path, beside + LEGACY + CALL, config='src = [".", "app"]')

    extended = names if "get_" in names else f"{names}, get_unified_cache"
    assert after == f'from services.unified_cache import {extended}\ncache = get_unified_cache("A")\n'
    assert left == []


MODULE_CALL = 'cache = cache_service.CacheService(system="A")\n'

ELSEWHERE: dict[str, tuple[str, Mapping[str, str], str, str, str | None]] = {
    "a relative import of a module of another package": (
        "other.unified.make", module("other.unified.make"), "from .services.cache_service import CacheService\n", CALL,
        'from other.unified import make\ncache = make("A")\n',
    ),
    "a relative import of the package itself": (
        "app.make", module("app.make", package=True), "from .services.cache_service import CacheService\n", CALL,
        'from . import make\ncache = make("A")\n',
    ),
    "a prefix that the target does not have": (
        "other.unified.make",
        {**module("other.unified.make"), "src/app/services/cache_service.py": LEGACY_PACKAGE["legacy/__init__.py"]},
        "from src.app.services.cache_service import CacheService\n", CALL,
        'from other.unified import make\ncache = make("A")\n',
    ),
    "a prefix that the target has as well": (
        "other.unified.make",
        {
            **{f"src/{path}": text for path, text in module("other.unified.make").items()},
            "src/app/services/cache_service.py": LEGACY_PACKAGE["legacy/__init__.py"],
        },
        "from src.app.services.cache_service import CacheService\n", CALL,
        'from src.other.unified import make\ncache = make("A")\n',
    ),
    "a plain import": (
        "other.unified.make", module("other.unified.make"), "import app.services.cache_service\n", PLAIN,
        'import other.unified\ncache = other.unified.make("A")\n',
    ),
    "a plain import whose new root is taken": (
        "other.unified.make", module("other.unified.make"), "import app.services.cache_service\n",
        "other = 1\n" + PLAIN, None,
    ),
    "a plain import whose new root is taken where it is used": (
        "other.unified.make", module("other.unified.make"), "import app.services.cache_service\n",
        "def f(other):\n    " + PLAIN, None,
    ),
    "a plain import whose new root is a builtin that is used": (
        "all.unified.make", module("all.unified.make"), "import app.services.cache_service\n", "all([])\n" + PLAIN,
        None,
    ),
    "a module from a package, for one of the top level": (
        "unified.make", module("unified.make"), "from app.services import cache_service\n", MODULE_CALL,
        None,
    ),
    "a module from a package under an alias, for one of the top level": (
        "unified.make", module("unified.make"), "from app.services import cache_service as service\n",
        'cache = service.CacheService(system="A")\n', 'import unified as service\ncache = service.make("A")\n',
    ),
    "a module under an alias, for one of the top level": (
        "unified.make", module("unified.make"), "import app.services.cache_service as cache_service\n", MODULE_CALL,
        'import unified as cache_service\ncache = cache_service.make("A")\n',
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_target_elsewhere(name: str, tmp_path: Path) -> None:
    factory, files, statement, text, expected = ELSEWHERE[name]

    after, left = fixed(tmp_path, statement + text, files=files, config=migration(factory))

    assert after == (expected if expected is not None else statement + text)
    assert [finding.split()[-1] for finding in left] == (
        [] if expected is not None else ["reference-stays", "name-taken"]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import legacy.sub\nprint(legacy)\n", ["2:7 CLF004 manual module-as-value"]),
        ("import legacy.sub\nprint(legacy.sub)\n", []),
        ("import legacy\nprint(legacy)\n", ["1:1 CLF001 manual reference-stays", "2:7 CLF004 manual module-as-value"]),
    ],
)
def test_a_package_that_is_the_legacy_module(text: str, expected: list[str], tmp_path: Path) -> None:
    config = migration("unified.make", "legacy.CacheService")

    after, left = fixed(tmp_path, text, files={**LEGACY_PACKAGE, **module("unified.make")}, config=config)

    assert after == text
    assert left == expected
