"""One file under analysis: names that are planned, ``__all__``, and f-strings whose positions cannot be trusted."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cases
import pytest
from helpers import CONSUMER, LEGACY, TARGET, fixed, lay_out

from cachelift.analysis.file import declared_all

Spoil = Callable[[ast.JoinedStr, Any], None]


def whole(outer: ast.JoinedStr, node: Any) -> None:
    """The position of the f-string itself."""
    node.lineno, node.col_offset = outer.lineno, outer.col_offset
    node.end_lineno, node.end_col_offset = outer.end_lineno, outer.end_col_offset


def cut(outer: ast.JoinedStr, node: Any) -> None:
    """A position whose text is no expression."""
    node.lineno = node.end_lineno = outer.lineno
    node.col_offset, node.end_col_offset = outer.col_offset, outer.col_offset + 2


@pytest.fixture(params=[whole, cut])
def lost_positions(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands inside an f-string is where an interpreter that cannot tell says that it is."""
    parse = ast.parse
    spoil: Spoil = request.param

    def spoiled(*arguments: Any, **keywords: Any) -> ast.AST:
        tree: ast.AST = parse(*arguments, **keywords)
        for outer in ast.walk(tree):
            if isinstance(outer, ast.JoinedStr):
                for node in ast.walk(outer):
                    if node is not outer and hasattr(node, "lineno"):
                        spoil(outer, node)
        return tree

    monkeypatch.setattr(ast, "parse", spoiled)


F_STRINGS = {
    "alone": ("text = f'{CacheService(system=\"A\")}'\n", "text = f'{get_unified_cache(\"A\")}'\n"),
    "two": (
        "text = f'{CacheService(system=x)} of {{CacheService()}} {CacheService(system=y)!r:>{width}}'\n",
        "text = f'{get_unified_cache(x)} of {{CacheService()}} {get_unified_cache(y)!r:>{width}}'\n",
    ),
    "a call and a type": (
        "from typing import cast\ntext = f'{cast(CacheService, CacheService(system=x)).get(1)}'\n",
        "from typing import cast\ntext = f'{cast(UnifiedCache, get_unified_cache(x)).get(1)}'\n",
    ),
    "over several lines": (
        "text = f'''\n{CacheService(system=x)}\n'''\n",
        "text = f'''\n{get_unified_cache(x)}\n'''\n",
    ),
}


@pytest.mark.usefixtures("lost_positions")
@pytest.mark.parametrize("name", F_STRINGS)
def test_an_f_string_is_rewritten_as_a_whole_where_positions_are_lost(name: str, tmp_path: Path) -> None:
    text, expected = F_STRINGS[name]

    after, left = fixed(tmp_path, LEGACY + text)

    assert after.partition("\n")[2] == expected
    assert left == []


@pytest.mark.usefixtures("lost_positions")
def test_two_roots_in_an_f_string_whose_positions_are_lost(tmp_path: Path) -> None:
    text = "from app.services.cache_service import CacheService as Other\n"
    text += "text = f'{CacheService(system=x)}{Other(system=y)}'\n"

    after, left = fixed(tmp_path, LEGACY + text)

    assert after == TARGET + "text = f'{get_unified_cache(x)}{get_unified_cache(y)}'\n"
    assert left == []


@pytest.mark.usefixtures("lost_positions")
def test_names_in_an_f_string_that_cannot_be_told_apart(tmp_path: Path) -> None:
    text = LEGACY + "import app.services.cache_service\n"
    text += "text = f'{app.services.cache_service.CacheService(system=x)}{CacheService(system=y)}'\n"
    lay_out(tmp_path, {CONSUMER: text})

    result = cases.fix(tmp_path)

    [outcome] = [outcome for outcome in result.outcomes if outcome.path == CONSUMER]
    assert outcome.failure is not None
    assert "the names in an f-string cannot be told apart" in outcome.failure.message
    assert (tmp_path / CONSUMER).read_text() == text


LOCAL = "from app.services.cache_service import CacheService as Local"


def test_an_import_of_the_same_name_above_the_use_hides_nothing(tmp_path: Path) -> None:
    text = f'def f():\n    {LOCAL}\n    Local(system="A")\n    CacheService(system="B")\n'

    after, left = fixed(tmp_path, LEGACY + text)

    local = f'    {TARGET}    get_unified_cache("A")\n    get_unified_cache("B")\n'
    assert after == TARGET + "def f():\n" + local
    assert left == []


HIDING = {
    "a replaced import": (LOCAL, TARGET.strip()),
    "an extended import": (
        f"from app.services.unified_cache import UnifiedCache\n    {LOCAL}",
        "from app.services.unified_cache import UnifiedCache, get_unified_cache",
    ),
}


@pytest.mark.parametrize("name", HIDING)
def test_an_import_of_the_same_name_below_the_use_would_hide_it(name: str, tmp_path: Path) -> None:
    before, changed = HIDING[name]
    first = '    first = CacheService(system="A")\n'
    text = f'def f():\n{first}    {before}\n    Local(system="B")\n'

    after, left = fixed(tmp_path, LEGACY + text)

    assert after == LEGACY + f'def f():\n{first}    {changed}\n    get_unified_cache("B")\n'
    assert left == ["1:1 CLF001 manual reference-stays", "3:13 CLF002 manual name-taken"]


def test_an_extended_import_of_the_same_name_above_the_use_hides_nothing(tmp_path: Path) -> None:
    imports = f"    from app.services.unified_cache import UnifiedCache\n    {LOCAL}\n"
    text = f'def f():\n{imports}    Local(system="A")\n    CacheService(system="B")\n'

    after, left = fixed(tmp_path, LEGACY + text)

    assert after == TARGET + (
        "def f():\n    from app.services.unified_cache import UnifiedCache, get_unified_cache\n"
        '    get_unified_cache("A")\n    get_unified_cache("B")\n'
    )
    assert left == []


def test_a_string_is_in_no_statement_that_an_import_could_stand_above(tmp_path: Path) -> None:
    text = f"def f():\n    {LOCAL}\n    def g(cache: 'CacheService', other: Local): ...\n"

    after, left = fixed(tmp_path, LEGACY + text)

    assert "    def g(cache: 'CacheService', other: UnifiedCache): ...\n" in after
    assert left == ["1:1 CLF001 manual reference-stays", "4:18 CLF003 manual name-taken"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("__all__ = ['A', 'B']", {"A", "B"}),
        ("__all__: list[str] = ['A']", {"A"}),
        ("__all__ = ()\n__all__ += ('A',)", {"A"}),
        ("__all__ = []\n__all__.append('A')\n__all__.extend(['B'])", {"A", "B"}),
        ("if True:\n    __all__ = ['A']", {"A"}),
        ("__all__ = [1, None]", set()),
        ("names = ['A']\nnames += ['B']\nnames.append('C')\nprint('D')", set()),
        ("module.__all__ = ['A']", set()),
    ],
)
def test_the_names_that_a_module_lists(text: str, expected: set[str]) -> None:
    assert declared_all(ast.parse(text)) == expected


def test_a_type_of_a_guarded_import_moves_with_its_none(tmp_path: Path) -> None:
    text = f"try:\n    {LEGACY}except ImportError:\n    CacheService = None\n\n\ndef f(cache: CacheService): ...\n"

    after, left = fixed(tmp_path, text)

    new = "from app.services.unified_cache import UnifiedCache\n"
    assert (
        after == f"try:\n    {new}except ImportError:\n    UnifiedCache = None\n\n\ndef f(cache: UnifiedCache): ...\n"
    )
    assert left == []


def test_a_package_that_the_target_lies_in_goes_on_being_imported(tmp_path: Path) -> None:
    old = 'from app import CacheService\nCacheService(system="A")\n'

    after, left = fixed(tmp_path, old, files={"app/__init__.py": LEGACY + "print('loaded')\n"})

    assert after == TARGET + 'get_unified_cache("A")\n'
    assert left == []


@pytest.mark.parametrize(
    ("beside", "goes"),
    [
        ("from app import module\n", True),
        ("from app.module import other\n", True),
        ("from app.recorder import log\n", False),
        ("module = 1\n", False),
    ],
)
def test_a_module_that_does_something_when_it_is_imported_goes_on_being_imported(
    beside: str, goes: bool, tmp_path: Path
) -> None:
    text = beside + 'CacheService(system="A")\n'
    old = "from app.module import CacheService\n"

    after, left = fixed(tmp_path, old + text, files={"app/module.py": LEGACY + "other = print('loaded')\n"})

    assert after == (TARGET + beside + 'get_unified_cache("A")\n' if goes else old + text)
    refused = ["1:1 CLF001 manual reference-stays", "3:1 CLF002 manual import-effects"]
    assert left == ([] if goes else refused)


def test_a_name_that_something_unsafe_needs_stays_bound(tmp_path: Path) -> None:
    text = LEGACY + 'a = CacheService(system="A")\nb = CacheService[str](system="B")\n'

    after, left = fixed(tmp_path, text)

    assert after == LEGACY + TARGET + 'a = get_unified_cache("A")\nb = CacheService[str](system="B")\n'
    assert left == ["1:1 CLF001 unsafe reference-stays", "4:5 CLF002 unsafe type-argument"]


LISTS = ["dir()", "globals()", "locals()", "vars()", "inspect.getmembers(sys.modules[__name__])"]


@pytest.mark.parametrize("listing", LISTS)
def test_a_file_that_lists_its_names_keeps_them(listing: str, tmp_path: Path) -> None:
    text = LEGACY + f'import inspect, sys\ncache = CacheService(system="A")\ndef f(): ...\nprint({listing})\n'

    after, left = fixed(tmp_path, text)

    assert after == text
    assert left == ["1:1 CLF001 manual reference-stays", "3:9 CLF002 manual reference-stays"]


def test_a_function_that_lists_its_names_keeps_those(tmp_path: Path) -> None:
    body = f'    {LEGACY}    cache = CacheService(system="A")\n'
    lists = f"def f():\n{body}    print(locals())\n"

    after, left = fixed(tmp_path, lists + f"def g():\n{body}")

    assert after == lists + f'def g():\n    {TARGET}    cache = get_unified_cache("A")\n'
    assert left == ["2:5 CLF001 manual reference-stays", "3:13 CLF002 manual reference-stays"]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("class UnifiedCache: ...\ndef get_unified_cache(system): ...\n", ": use UnifiedCache"),
        ("def get_unified_cache(system): ...\n", ""),
    ],
)
def test_what_is_said_of_a_type(target: str, said: str, tmp_path: Path) -> None:
    lay_out(tmp_path, {CONSUMER: LEGACY + "def f(x: CacheService): ...\n", "app/services/unified_cache.py": target})
    found = [finding.message for finding in cases.findings(cases.check(tmp_path)) if finding.code == "CLF003"]
    assert found == [f"CacheService is deprecated as a type{said}"]
