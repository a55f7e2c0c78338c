"""Files that read the legacy module without importing it: what another file imports for them has to stay."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

USER = {"app/user.py": LEGACY + 'cache = CacheService(system="A")\n'}
LOOSE = "def f(x): x.cache_service.CacheService\n"
"""The module's name is read from something unknown."""
MODULES = "import sys\ndef f(x): sys.modules[x]\n"

BORROWS = {
    "package handed on": (LOOSE + "import app\nf(app)\n", 3),
    "package below handed on": (LOOSE + "import app\nf(app.services)\n", 3),
    "package handed on twice": (LOOSE + "import app\nf(app)\nf(app)\n", 3),
    "package under a name of its own": (LOOSE + "from app import services as s\nf(s)\n", 3),
    "name space of a package": (LOOSE + "import app\nf(app.services.__dict__)\n", 3),
    "package in a class": (LOOSE + "class H:\n    from app import services\nH.services\n", 3),
    "package behind other names of a class": (LOOSE + "class H:\n    a = 1\n    from app import services\n", 4),
    "package and a text": ("import app\nf(app.services, 'cache_service')\n", 2),
    "package and a text with more words": ("import app\nf(app.services, 'the cache_service!')\n", 2),
    "package and texts": ("import app\nTEXT = 'other', 'cache_service', 'other'\nf(app.services)\n", 3),
    "path in the modules that are imported": (MODULES + "f('app.services.' 'cache_service')\n", 3),
    "name in the modules that are imported": ("from sys import modules\nTEXT = 'cache_service'\nmodules[0]\n", 2),
    "names in the modules that are imported": (MODULES + "a = 'cache_service'\nb = 'cache_service'\n", 3),
    "text that is run": ("exec('cache_' + 'x')\nTEXT = 'cache_service'\n", 2),
    "text that is evaluated": ("x = 'cache_service'\neval(x)\n", 1),
    "text that is run, below a package that is handed on": (
        LOOSE + "import app\nf(app.services)\neval('cache_service' + x)\n",
        3,
    ),
}
IMPORTED = "import app.services.cache_service\n"
USED = "c = app.services.cache_service.CacheService(*[])\n"
MAY_NOT_RUN = {
    "under a condition": f"if x:\n    {IMPORTED}{USED}",
    "under a condition of a function": f"def f():\n    if x:\n        {IMPORTED}    {USED}",
    "in a loop": f"for x in y:\n    {IMPORTED}{USED}",
    "in a handler": f"try: ...\nexcept ImportError:\n    {IMPORTED}{USED}",
    "only the package": f"import app.services\n{USED}",
    "only the package above": f"import app\n{USED}",
}
RUNS = {
    "in the module": IMPORTED + USED,
    "guarded": f"try:\n    {IMPORTED}except ImportError: ...\n{USED}",
    "in a context": f"with x:\n    {IMPORTED}{USED}",
    "guarded in a context": f"with x:\n    try:\n        {IMPORTED}    except E: ...\n{USED}",
    "in an asynchronous context": f"async def f():\n    async with x:\n        {IMPORTED}    {USED}",
    "in the function": f"def f():\n    {IMPORTED}    {USED}",
    "in the class": f"class A:\n    {IMPORTED}    {USED}",
}
KEEPS_TO_ITSELF = {
    "another package handed on": LOOSE + "import other\nf(other.services)\n",
    "package handed on beside another attribute": "import app\ndef f(x): x.cache_services\nf(app.services)\n",
    "package handed on beside another word": "import app\nTEXT = 'cache_services my_cache_service'\nf(app.services)\n",
    "package handed on beside other attributes": LEGACY + "import app\ndef f(x): x.other\nf(app.services)\n",
    "modules of something else": "TEXT = 'cache_service'\ndef f(x): x.modules[TEXT]\n",
    "package that is not handed on": LOOSE + "import app\nf(app.services.other)\n",
    "package that is only named": LOOSE + "import app\napp.services\n",
    "package that is set": LOOSE + "import app\napp.services = 1\n",
    "package that goes": LOOSE + "import app\ndel app.services\n",
    "package in a function": LOOSE + "def g():\n    from app import services\n",
    "other names in a class": LOOSE + "class H:\n    from app.recorder import record\n",
    "text without the modules": "import sys\nTEXT = 'cache_service'\nsys.path[TEXT]\n",
    "modules without a text": MODULES + "f('another')\n",
    "docstring": '"""Of cache_service."""\n' + MODULES,
    "text of another kind": MODULES + "a = b'cache_service'\n",
    "import by its name": MODULES + "import importlib\nimportlib.import_module('app.cache_service')\n",
    "import by its name without a module": MODULES + "__import__('app.cache_service')\n",
    "function of that name": "def cache_service(): ...\n",
}


def held(root: Path, files: dict[str, str]) -> list[str]:
    """What is said of the import in another file, and what is not safe there."""
    lay_out(root, {**USER, **files})
    found = [each for each in cases.findings(cases.check(root)) if each.path == "app/user.py"]
    assert [each.code for each in found] == ["CLF001", "CLF002"]
    return [each.message for each in found if each.reason == "import-effects"]


@pytest.mark.parametrize("name", BORROWS)
def test_what_reads_the_module_keeps_the_import_elsewhere(tmp_path: Path, name: str) -> None:
    text, line = BORROWS[name]
    said = f"app/consumer.py:{line} reads the module from its package without importing it"
    assert held(tmp_path, {"app/consumer.py": text}) == [said]


@pytest.mark.parametrize("name", KEEPS_TO_ITSELF)
def test_what_reads_something_else_keeps_nothing(tmp_path: Path, name: str) -> None:
    assert held(tmp_path, {"app/consumer.py": KEEPS_TO_ITSELF[name]}) == []


def test_the_package_itself_reads_its_module_by_name(tmp_path: Path) -> None:
    package = "def f():\n    return other, cache_service\n"
    said = "app/services/__init__.py:2 reads the module from its package without importing it"
    assert held(tmp_path / "a", {"app/services/__init__.py": package}) == [said]
    assert held(tmp_path / "b", {"app/services/__init__.py": package + "cache_service = 1\n"}) == []
    assert held(tmp_path / "c", {"app/consumer.py": package}) == []


@pytest.mark.parametrize("text", MAY_NOT_RUN.values(), ids=MAY_NOT_RUN)
def test_an_import_of_its_own_that_may_not_run(text: str, tmp_path: Path) -> None:
    line = text.count("\n")
    said = f"app/consumer.py:{line} reads the module from its package without importing it"
    assert held(tmp_path, {"app/consumer.py": text}) == [said]


@pytest.mark.parametrize("text", RUNS.values(), ids=RUNS)
def test_an_import_of_its_own_that_runs(text: str, tmp_path: Path) -> None:
    assert held(tmp_path, {"app/consumer.py": text}) == []


COMPAT = {"app/compat.py": LEGACY + "VERSION = 2\n"}
CONSUMER = {"app/user.py": "from app.compat import CacheService\ncache = CacheService(system='A')\n"}
LENT = {
    "by the package": ("import app.user\nprint(app.compat.VERSION)\n", 2),
    "under another name for the package": ("import app.user, app as a\nprint(a.compat.VERSION)\n", 2),
    "in a function": ("import app.user\ndef f():\n    return app.compat.VERSION\n", 3),
    "by its name in a text": ("import app.user\nprint(getattr(app, 'compat').VERSION)\n", 2),
    "among the modules": ("import sys, app.user\nprint(sys.modules['app.compat'].VERSION)\n", 2),
    "of a package that is handed on": ("import app.user\ndef f(x): x.compat\nf(app)\n", 3),
    "behind an import that may not run": ("import app.user\nif x:\n    import app.compat\napp.compat.VERSION\n", 4),
    "behind an import in a function": (
        "import app.user\ndef f():\n    import app.compat\nprint(app.compat.VERSION)\n",
        4,
    ),
    "by a usage that stays": ("import app.user\nc = app.compat.CacheService(*x)\n", 2),
}
KEPT = {
    "loaded by its own import": "import app.user, app.compat\nprint(app.compat.VERSION)\n",
    "loaded for what is in it": "import app.user\nfrom app.compat import VERSION\nprint(app.compat.VERSION)\n",
    "loaded in the function": "import app.user\ndef f():\n    import app.compat\n    return app.compat.VERSION\n",
    "loaded by a module": "import app.user, app.loader\nprint(app.compat.VERSION)\n",
    "another module of that name": "import other.compat\nprint(other.compat.VERSION)\n",
    "not read": "import app.user\nprint(app.user.cache)\n",
    "by a usage that goes": "import app.user\nc = app.compat.CacheService(system='A')\n",
}


def lent(root: Path, text: str) -> tuple[str, str | None]:
    """What is said of the import in a consumer of a module that hands the class on."""
    loader = {"app/loader.py": "import app.compat\n", "other/compat.py": "VERSION = 1\n"}
    lay_out(root, {**COMPAT, **CONSUMER, **loader, "main.py": text})
    found = [each for each in cases.findings(cases.check(root)) if each.path == "app/user.py"]
    assert [(each.code, each.applicability) for each in found][1] == ("CLF002", "safe")
    return found[0].message, found[0].reason


@pytest.mark.parametrize("name", LENT)
def test_a_module_on_the_way_that_is_read_from_its_package_elsewhere(name: str, tmp_path: Path) -> None:
    text, line = LENT[name]
    said = f"main.py:{line} reads the module from its package without importing it"
    assert lent(tmp_path, text) == (said, "import-effects")


@pytest.mark.parametrize("name", KEPT)
def test_a_module_on_the_way_that_is_loaded_by_others(name: str, tmp_path: Path) -> None:
    assert lent(tmp_path, KEPT[name])[1] is None


def test_a_module_on_the_way_that_so_many_files_name(tmp_path: Path) -> None:
    more = {f"more/m{number}.py": "compat = 1\n" for number in range(301)}
    lay_out(tmp_path, {**COMPAT, **CONSUMER, **more})
    found = [each for each in cases.findings(cases.check(tmp_path)) if each.path == "app/user.py"]
    assert [each.reason for each in found] == ["import-effects", None]
