"""Which files are worth a look, told by their bytes."""

from __future__ import annotations

import pytest

from cachelift.analysis.search import reads_any_name

DYNAMIC = [
    "getattr(state.CACHES['a'], name)",
    "getattr(same(same(state.cache)), 'warm' + 'up')()",
    "getattr(x, 'warm' 'up')",
    "getattr(x, f'{a}')",
    "getattr(a['b'](c, 'd'), name, None)",
    "getattr(f('x', b), \"c\" % d)",
    "getattr(\n  x,\n  name)",
    "getattr(*both)",
    "getattr(x, *rest)",
    "inspect.getattr_static(x, name)",
    "map(getattr, objects, names)",
    "partial(getattr, x)",
    "read = getattr\n",
    "hasattr(x, name)",
    "delattr(x, name)",
    "attrgetter(name)",
    "attrgetter('a', name)",
    "attrgetter('a' 'b')",
    "attrgetter(*names)",
    "map(attrgetter, names)",
    "methodcaller(name)",
    "methodcaller('a' + b)",
    "x.__getattribute__(name)",
    "patch.object(x, name)",
    "dir(x)",
    "inspect.getmembers(x)",
]
WRITTEN = [
    "getattr(x, 'a')",
    "getattr(x.y[0], 'a', None)",
    "getattr(f('x', b), \"c\")",
    "    getattr(\n  x['k'],\n 'n',\n)",
    "def __getattr__(self, name): ...",
    "super().__getattribute__(name)",
    "object.__getattribute__(self, name)",
    "x.__getattribute__('a')",
    "attrgetter('a')",
    "attrgetter('a', 'b.c', )",
    "methodcaller('a', 1)",
    "patch.object(f(x), 'a')",
    "hasattr(x, 'a')",
    "_attr = 1  # as getattr does",
    "isdir(x)",
    "models.objects(x)",
]


@pytest.mark.parametrize("code", DYNAMIC)
def test_a_name_that_comes_from_somewhere_is_any(code: str) -> None:
    assert reads_any_name(code.encode())


@pytest.mark.parametrize("code", WRITTEN)
def test_a_name_that_is_written_down_is_that_one(code: str) -> None:
    assert not reads_any_name(code.encode())
