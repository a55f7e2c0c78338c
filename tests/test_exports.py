"""What a star import binds."""

from __future__ import annotations

import pytest
from memory import project

OTHER = {"other.py": "__all__ = ['o']", "open.py": "from outside import *", "plain.py": "a = 1\n_b = 2\nimport c.d"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("__all__ = ['a', 'b']", {"a", "b"}),
        ("__all__ = ('a',)", {"a"}),
        ("__all__: list[str] = ['_a']", {"_a"}),
        ("__all__ = []\na = 1", set()),
        ("__all__: list[str]\n__all__ = ['a']", {"a"}),
        ("__all__ = ['a']\n__all__ += ['b']\n__all__ += ('c',)", {"a", "b", "c"}),
        ("__all__ = ['a']\n__all__.extend(['b'])\n__all__.append('c')", {"a", "b", "c"}),
        ("__all__ = ['a'] + ['b']", {"a", "b"}),
        ("__all__ = ['a', *['b']]", {"a", "b"}),
        ("import other\n__all__ = ['a'] + other.__all__", {"a", "o"}),
        ("from . import other as p\n__all__ = [*p.__all__]", {"o"}),
        ("__all__ = ['a']\ndef __dir__(): return sorted(__all__)", {"a"}),
        ("__all__ = ['a']\n__all__ = ['b']", {"b"}),
    ],
)
def test_a_stated_list(text: str, expected: set[str]) -> None:
    assert project({**OTHER, "m.py": text, "pkg/__init__.py": text, "pkg/other.py": "__all__ = ['o']"}).exports(
        "m.py" if "from ." not in text else "pkg/__init__.py"
    ) == frozenset(expected)


@pytest.mark.parametrize(
    "text",
    [
        "__all__ = names()",
        "__all__ = ['a', b]",
        "__all__ = ['a', 1]",
        "__all__ = ['a'] * 2",
        "__all__ += ['a', b]",
        "__all__ = ['a']\nif c:\n __all__ += ['b']",
        "__all__ = ['a']\n__all__.remove('a')",
        "__all__ = ['a']\n__all__[0] = 'b'",
        "__all__ = ['a']\ndel __all__",
        "__all__ = ['a']\nextend(__all__)",
        "__all__ = ['a']\n__all__ -= ['a']",
        "__all__ = f()\n__all__ += ['a']",
        "__all__ = other.__all__",
        "__all__ = f().__all__",
        "import outside\n__all__ = outside.__all__",
        "class other: ...\n__all__ = other.__all__",
        "import other\nimport plain as other2\nif c: other = other2\n__all__ = other.__all__",
        "for __all__ in x: ...",
        "import m as __all__",
        "from outside import *",
        "from open import *",
        "from m import *",
        "(",
        "__all__ = ['a']" + " + ['a']" * 3000,
    ],
)
def test_what_cannot_be_known(text: str) -> None:
    assert project({**OTHER, "m.py": text}).exports("m.py") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\n_b = 2\ndef c(): ...\nimport d.e", {"a", "c", "d"}),
        ("from plain import *", {"a", "c"}),
        ("from other import *", {"o"}),
        ("if TYPE_CHECKING:\n from a import b", set()),
        ("f(__all__)", None),
    ],
)
def test_without_a_list_the_public_names_count(text: str, expected: set[str] | None) -> None:
    known = project({**OTHER, "m.py": text})
    assert known.exports("m.py") == (None if expected is None else frozenset(expected))
    assert known.exports("m.py") == known.exports("m.py")


def test_a_package_has_the_submodules_that_it_imports_from() -> None:
    known = project({"pkg/__init__.py": "from .a import b", "pkg/a.py": "b = 1", "pkg/c.py": ""})
    assert known.exports("pkg/__init__.py") == frozenset({"a", "b"})


def test_modules_that_star_import_each_other() -> None:
    known = project({"a.py": "from b import *\nx = 1", "b.py": "from a import *\ny = 1"})
    assert known.exports("a.py") is None


def test_a_file_that_is_not_there() -> None:
    assert project({}).exports("m.py") is None
