"""Import statements, the names they hand on and their ``None``. ``fixtures`` hold the common forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import LEGACY, TARGET, fixed

GUARDED = f"try:\n    {LEGACY}except ImportError:\n    CacheService = None\n"
USED = 'cache = CacheService(system="A") if CacheService is not None else None\n'


@pytest.mark.parametrize("above", [TARGET, "from app.services.unified_cache import UnifiedCache\n"])
def test_a_fallback_stays_where_the_new_name_is_bound_above(above: str, tmp_path: Path) -> None:
    text = above + GUARDED + USED

    after, left = fixed(tmp_path, text)

    assert after == text
    assert left == [
        "3:5 CLF001 manual reference-stays",
        "6:9 CLF002 manual fallback-binding",
        "6:37 CLF004 manual fallback-binding",
    ]


def test_a_fallback_moves_with_its_import(tmp_path: Path) -> None:
    after, left = fixed(tmp_path, GUARDED + USED)

    assert after == (
        f"try:\n    {TARGET}except ImportError:\n    get_unified_cache = None\n"
        'cache = get_unified_cache("A") if get_unified_cache is not None else None\n'
    )
    assert left == []


def test_a_module_that_others_read_stays_where_they_read_it(tmp_path: Path) -> None:
    hub = "from app.services import cache_service\ncache = cache_service.CacheService(system='B')\n"
    text = "from app.hub import cache_service\nkey = cache_service.make_key('a')\n"

    fixed(tmp_path, text, files={"app/hub.py": hub})

    assert (tmp_path / "app/hub.py").read_text() == (
        "from app.services import cache_service\nfrom app.services import unified_cache\n"
        "cache = unified_cache.get_unified_cache('B')\n"
    )


LISTED = {
    "first of a list": ("__all__ = ['CacheService', 'b']\n", "__all__ = ['b']\n"),
    "last of a list": ("__all__ = ['b', 'CacheService']\n", "__all__ = ['b']\n"),
    "last of a list with a comma behind": (
        "__all__ = [\n    'b',\n    'CacheService',\n]\n",
        "__all__ = [\n    'b',\n]\n",
    ),
    "the only one of a list": ("__all__ = ['CacheService']\n", "__all__ = []\n"),
    "the only one of a list with a comma behind": ("__all__ = [\n    'CacheService',\n]\n", "__all__ = [\n    \n]\n"),
    "first of three": ("__all__ = ['CacheService', 'a', 'b']\n", "__all__ = ['a', 'b']\n"),
    "middle of three": ("__all__ = ['a', 'CacheService', 'b']\n", "__all__ = ['a', 'b']\n"),
    "one of three in a tuple": ("__all__ = ('a', 'b', 'CacheService')\n", "__all__ = ('a', 'b')\n"),
    "annotated": ("__all__: list[str] = ['b', 'CacheService']\n", "__all__: list[str] = ['b']\n"),
    "added": ("__all__ = ['b']\n__all__ += ['CacheService']\n", "__all__ = ['b']\n__all__ += []\n"),
    "handed to extend": ("__all__ = []\n__all__.extend(['CacheService'])\n", "__all__ = []\n__all__.extend([])\n"),
    "beside another list": (
        "names = ['CacheService']\n__all__ = ['names', 'CacheService']\n",
        "names = ['CacheService']\n__all__ = ['names']\n",
    ),
    "beside a list that comes first": (
        "names = ['CacheService']\n__all__ = []\n__all__ += ['CacheService']\n",
        "names = ['CacheService']\n__all__ = []\n__all__ += []\n",
    ),
    "last, behind a comment": ("__all__ = [\n    'b',  # why\n    'CacheService',\n]\n", None),
    "first of a tuple of two": ("__all__ = ('CacheService', 'b')\n", None),
    "last of a tuple of two": ("__all__ = ('b', 'CacheService')\n", None),
    "a tuple without parentheses": ("__all__ = 'CacheService',\n", None),
    "listed twice": ("__all__ = ['CacheService']\n__all__ += ['CacheService']\n", None),
    "handed to append": ("__all__ = []\n__all__.append('CacheService')\n", None),
    "computed": ("__all__ = sorted(set(['b']) | {'CacheService'})\n", None),
}


@pytest.mark.parametrize("name", LISTED)
def test_the_entry_of_all_goes_with_the_import(name: str, tmp_path: Path) -> None:
    text, expected = LISTED[name]

    after, left = fixed(tmp_path, LEGACY + text, unsafe=True)

    assert after == (expected if expected is not None else LEGACY + text)
    assert left == ([] if expected is not None else ["1:1 CLF007 manual reexport"])
