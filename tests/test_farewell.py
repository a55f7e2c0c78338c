"""Whether the legacy class may be deleted, asked of real runs over the whole repository."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_status import NEW, OLD, lay_out, status

from cachelift import engine
from cachelift.config import load_settings
from cachelift.model import Verdict

PLACE = "app/services/cache_service.py:22"
CLASS = "app.services.cache_service.CacheService"
UNUSED = (
    "None of the 6 Python files of the repository uses it, excluded ones included: no import under any name, no call, "
    "annotation, subclass, test of the class, patch target or string leads to it, and every file that holds its name "
    "could be read."
)
NOTHING_ELSE = "Nothing else imports its module: where that holds nothing else, the file can go as a whole."
RUN_TESTS = "What no tool can see are names that are put together when the program runs: run the tests once more."


def verdict(root: Path, files: dict[str, str], config: str = "") -> Verdict:
    (only,) = status(root, files, config).verdicts
    assert only.legacy == CLASS
    return only


def test_nothing_is_left(tmp_path: Path) -> None:
    found = verdict(tmp_path, {"app/a.py": NEW + "get_unified_cache()\n"})
    assert found == Verdict(
        CLASS,
        PLACE,
        True,
        (UNUSED, NOTHING_ELSE, RUN_TESTS),
    )


def test_it_may_really_be_deleted(tmp_path: Path) -> None:
    assert verdict(tmp_path, {"app/a.py": NEW + "get_unified_cache()\n"}).deletable
    (tmp_path / "app" / "services" / "cache_service.py").unlink()
    program = compile((tmp_path / "app" / "a.py").read_text(), "a.py", "exec")
    import sys

    before = set(sys.modules)
    sys.path.insert(0, str(tmp_path))
    try:
        exec(program, {})
    finally:
        sys.path.remove(str(tmp_path))
        for name in set(sys.modules) - before:
            del sys.modules[name]


@pytest.mark.parametrize(
    ("importer", "text"),
    [
        ("app/a.py", "from app.services.cache_service import make_key\n"),
        ("app/services/b.py", "from .cache_service import make_key\n"),
        ("app/a.py", "from app.services import cache_service\ncache_service.make_key()\n"),
        ("app/a.py", "def f():\n    import app.services.cache_service as c\n    c.make_key()\n"),
    ],
)
def test_the_module_stays_for_its_other_names(tmp_path: Path, importer: str, text: str) -> None:
    found = verdict(tmp_path, {importer: text})
    assert found.deletable
    assert found.reasons[1:] == (f"Its module stays: {importer} uses other names of it.", RUN_TESTS)


def test_the_module_that_defines_it_counts_where_it_is_reexported(tmp_path: Path) -> None:
    files = {
        "lib/__init__.py": "from lib.impl import Old as Old\n",
        "lib/impl.py": "class Old: ...\ndef other(): ...\n",
        "new.py": "def make(): ...\n",
        "a.py": "from lib.impl import other\n",
    }
    config = '[[tool.cachelift.migrations]]\nlegacy = "lib.Old"\nfactory = "new.make"\n'
    (found,) = status(tmp_path, files, config).verdicts
    assert (found.deletable, found.reasons[1]) == (True, "Its module stays: a.py uses other names of it.")


def test_many_files_are_not_all_named(tmp_path: Path) -> None:
    files = {f"app/m{number}.py": "from app.services.cache_service import make_key\n" for number in range(7)}
    files["app/look.py"] = "from os import path\nimport sys\ncache_service = 1\n"
    files["app/broken.py"] = "cache_services (\n"
    assert verdict(tmp_path, files).reasons[1] == (
        "Its module stays: app/m0.py, app/m1.py, app/m2.py, app/m3.py, app/m4.py and 2 files more"
        " use other names of it."
    )


def test_its_own_tests_go_with_it(tmp_path: Path) -> None:
    found = verdict(tmp_path, {"tests/test_cache_service.py": OLD + "def test(): CacheService('d').get('k')\n"})
    assert found.deletable
    assert found.reasons[1:3] == ("Its own tests go with it: tests/test_cache_service.py.", NOTHING_ELSE)


@pytest.mark.parametrize("config", ["", 'exclude = ["app/a.py"]\n', 'select = ["CLF005"]\n'])
def test_usages_anywhere_are_in_the_way(tmp_path: Path, config: str) -> None:
    found = verdict(tmp_path, {"app/a.py": OLD + "CacheService(system='A')  # noqa\n"}, config)
    assert found == Verdict(CLASS, PLACE, False, ("2 usages left in app/a.py.",))


def test_usages_outside_the_paths_are_in_the_way(tmp_path: Path) -> None:
    lay_out(tmp_path, {"app/a.py": OLD + "CacheService(system='A')\n", "tests/b.py": "x = 1\n"})
    report = engine.status(load_settings(str(tmp_path)), [str(tmp_path / "tests")])
    assert report.rows == ()
    assert report.total.percent == 100.0
    assert report.verdicts[0].reasons == ("2 usages left in app/a.py.",)


def test_a_file_that_cannot_be_read_is_in_the_way(tmp_path: Path) -> None:
    assert verdict(tmp_path, {"app/a.py": OLD + "("}).reasons == (
        "Not known, for it could not be read: what app/a.py uses.",
    )


TARGET = "class UnifiedCache: ...\ndef get_unified_cache(system='KP') -> UnifiedCache: ...\n"


@pytest.mark.parametrize(
    "text",
    [
        OLD,
        "from app.services import cache_service\ncache_service.CacheService()\n",
        "from .cache_service import *\n",
        "def late():\n    import app.services.cache_service as c\n    return c.CacheService\n",
    ],
)
def test_a_target_that_builds_on_it_is_in_the_way(tmp_path: Path, text: str) -> None:
    assert verdict(tmp_path, {"app/services/unified_cache.py": text + TARGET}).reasons == (
        "app/services/unified_cache.py builds on it: give it a cache of its own first.",
    )


def test_a_target_that_uses_other_names_of_the_module_is_not(tmp_path: Path) -> None:
    text = "from app.services import cache_service\ncache_service.make_key()\n"
    assert verdict(tmp_path, {"app/services/unified_cache.py": text + TARGET}).deletable


def test_uses_in_its_own_module_are_in_the_way(tmp_path: Path) -> None:
    text = (
        "class CacheService:\n    def copy(self): return CacheService()\n\n"
        "shared = CacheService()\n\ndef make(): return CacheService()\n\ndef other(CacheService): CacheService\n"
    )
    assert verdict(tmp_path, {"app/services/cache_service.py": text}).reasons == (
        "app/services/cache_service.py uses it itself, in line 4, 6.",
    )


def test_a_class_and_its_replacement_in_one_module(tmp_path: Path) -> None:
    text = "class Old: ...\nclass New: ...\ndef make() -> New: return New()\n"
    config = '[[tool.cachelift.migrations]]\nlegacy = "lib.Old"\nfactory = "lib.make"\ntype = "lib.New"\n'
    report = status(tmp_path, {"lib.py": text, "a.py": "import lib\nlib.make()\n"}, config)
    assert [(each.deletable, each.reasons[1]) for each in report.verdicts] == [
        (True, "Its module stays: a.py uses other names of it.")
    ]


def test_a_class_whose_source_is_not_here_stays(tmp_path: Path) -> None:
    config = '[[tool.cachelift.migrations]]\nlegacy = "library.Old"\nfactory = "lib.make"\n'
    report = status(tmp_path, {"lib.py": "def make(): ...\n"}, config)
    assert report.verdicts == (Verdict("library.Old", None, False, ("Its source was not found in this repository.",)),)
