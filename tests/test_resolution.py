"""Dotted names are followed to their definitions."""

from __future__ import annotations

import ast
import os
import warnings
from pathlib import Path

import pytest
from memory import module, project

from cachelift.project import Definition, Project

BASE = {
    "src/app/__init__.py": "",
    "src/app/cache.py": "class Cache:\n    class Inner: ...\n    def get(self): ...\n\ndef make(): ...\nvalue = 1\n",
}


def found(text: str, dotted: str = "m.X", **more: str) -> str | None:
    """Where a name is defined: ``qualified name@line``."""
    files = {name.replace("__", "/") + ".py": content for name, content in more.items()}
    definition = project({**BASE, **files, "m.py": text}).find(dotted)
    return f"{definition.qualified_name}@{definition.line}" if definition else None


CACHE = "app.cache.Cache@1"


@pytest.mark.parametrize(
    "text",
    [
        "from app.cache import Cache as X",
        "from src.app.cache import Cache as X",
        "from app import cache\nX = cache.Cache",
        "import app.cache\nX = app.cache.Cache",
        "import app.cache as c\nX = c.Cache",
        "import src.app.cache\nX = src.app.cache.Cache",
        "from app.cache import Cache\nX = Cache",
        "from app.cache import Cache\nY = Cache\nX: type = Y\ndel Y",
        "try:\n from app.cache import Cache as X\nexcept ImportError:\n pass",
        "try:\n from app.cache import Cache as X\nexcept ImportError:\n from src.app.cache import Cache as X",
        "if c:\n from app.cache import Cache as X\nelse:\n import app.cache\n X = app.cache.Cache",
        "if TYPE_CHECKING:\n from elsewhere import X\nelse:\n from app.cache import Cache as X",
        "X = None\nfrom app.cache import Cache as X",
    ],
)
def test_imports_and_aliases_are_followed(text: str) -> None:
    assert found(text) == CACHE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "X = 1\ndel X",
        "from elsewhere import X",
        "from .cache import X",
        "from app.cache import Absent as X",
        "from app.absent import X",
        "from app.cache import Cache\nX = Cache.Absent",
        "from app.cache import value\nX = value.real",
        "from app.cache import make\nX = make.cache",
        "from m import X",
        "from m import Y as X\nfrom m import X as Y",
        "import m\nX = m.X",
        "if TYPE_CHECKING:\n from app.cache import Cache as X",
        "if c:\n class X: ...\nelse:\n class X: ...",
        "if c:\n def X(): ...\nelse:\n class X: ...",
        "try:\n from app.cache import Cache as X\nexcept ImportError:\n X = None",
        "try:\n from app.cache import Cache as X\nexcept ImportError:\n from elsewhere import X",
        "class X: ...\nif c:\n X = 1",
        "class X: ...\nfrom elsewhere import *",
        "class X: ...\ndef f():\n global X\n X = 1",
        "def f(): class X: ...",
        "from elsewhere import *",
        "if 1:" + "".join(f"\n{' ' * depth}if c:" for depth in range(1, 90)) + "\n" + " " * 95 + "X = 1" + "\n(",
    ],
)
def test_names_without_a_certain_definition(text: str) -> None:
    assert found(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class X: ...", "m.X@1"),
        ("def X(): ...\ndef X(): ...", "m.X@2"),
        ("@overload\ndef X(): ...\n@overload\ndef X(a): ...\ndef X(a=1): ...", "m.X@5"),
        ("class Y: ...\nX = Y", "m.Y@1"),
        ("X = make()", "m.X@1"),
        ("Y = make()\nX = Y", "m.X@1"),
        ("from app.cache import Cache\nX = Cache.Inner", "m.X@2"),
        ("import app.cache\nX = app.cache.Cache.Inner", "app.cache.Cache.Inner@2"),
        ("from app import cache as X", "app.cache@0"),
        ("import app.cache as X", "app.cache@0"),
        ("from app.cache import make as X", "app.cache.make@5"),
    ],
)
def test_what_defines_a_name(text: str, expected: str) -> None:
    if expected == "m.X@2" and "Inner" in text:
        expected = "app.cache.Cache.Inner@2"
    assert found(text) == expected


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [
        ("app.cache.Cache", CACHE),
        ("src.app.cache.Cache", CACHE),
        ("app.cache.Cache.get", "app.cache.Cache.get@3"),
        ("app.cache.Cache.Inner", "app.cache.Cache.Inner@2"),
        ("app.cache.Cache.Inner.absent", None),
        ("app.cache.Cache.absent", None),
        ("app.cache.make.absent", None),
        ("app.cache", "app.cache@0"),
        ("app", "app@0"),
        ("src", None),
        ("os.path.join", None),
        ("absent", None),
    ],
)
def test_dotted_names(dotted: str, expected: str | None) -> None:
    assert found("", dotted) == expected


def test_reexports_through_packages() -> None:
    known = project(
        {
            "lib/__init__.py": "from .sub import *\nfrom .sub import cache, Cache as Old",
            "lib/sub/__init__.py": "from .cache import Cache, cache\n__all__ = ['Cache']",
            "lib/sub/cache.py": "class Cache: ...\ncache = Cache()",
            "use.py": "from lib import *",
        }
    )
    names = ["use.Cache", "use.Old", "lib.Old", "lib.sub.Cache", "lib.cache", "lib.sub.cache", "lib.sub.cache.Cache"]
    definitions = [known.find(name) for name in names]
    assert [definition and definition.qualified_name for definition in definitions] == [
        "lib.sub.cache.Cache",
        "lib.sub.cache.Cache",
        "lib.sub.cache.Cache",
        "lib.sub.cache.Cache",
        "lib.sub.cache.cache",
        # The package binds the instance over its submodule of the same name.
        "lib.sub.cache.cache",
        "lib.sub.cache.Cache",
    ]


def test_a_package_that_imports_its_own_submodule_by_name() -> None:
    known = project({"lib/__init__.py": "from . import cache", "lib/cache.py": "class Cache: ..."})
    assert known.find("lib.cache") == Definition("lib/cache.py", ast.Module([], []), "lib.cache")


def test_namespace_packages_inside_and_outside_packages() -> None:
    files = {"space/deep/a.py": "class A: ...", "lib/__init__.py": "", "lib/space/a.py": "class A: ..."}
    use = "import space\nimport lib\nimport space.nothing\nX = space.deep.a.A\nY = lib.space.a.A\nZ = lib.nothing.A"
    known = project({**files, "use.py": use})
    definitions = [known.find(f"use.{name}") for name in "XYZ"]
    assert [definition and definition.path for definition in definitions] == ["space/deep/a.py", "lib/space/a.py", None]


def test_a_file_without_a_dotted_name() -> None:
    known = project({"run-it.py": "class A: ...\nclass B(A): ...\nclass C(D): ..."})
    tree = known.tree("run-it.py")
    assert tree is not None
    assert isinstance(tree.body[1], ast.ClassDef)
    assert known.base_names("run-it.py", tree.body[1]) == ("A",)
    assert isinstance(tree.body[2], ast.ClassDef)
    assert known.base_names("run-it.py", tree.body[2]) == ()


def test_definitions_compare_by_place() -> None:
    first, second = module("class X: ..."), module("class X: ...")
    assert first.find("m.X") == second.find("m.X")
    assert first.find("m.X") is first.find("m.X")


def test_the_importer_decides_between_bare_names() -> None:
    known = project({"a/helpers.py": "class X: ...", "b/helpers.py": "class X: ...\n"})
    definition = known.find("helpers.X", "b/test_it.py")
    assert definition is not None
    assert definition.path == "b/helpers.py"
    assert known.find("helpers.X") is None


@pytest.mark.parametrize(
    "raw",
    [
        b"(",
        b"x = '\0'",
        b"# coding: nonsense\n",
        b"\xff",
        b"(" * 1000 + b")" * 1000,
        b"-" * 100_000 + b"1",
        b"x = " + b"1 + " * 100_000 + b"1",
    ],
)
def test_files_that_cannot_be_parsed(raw: bytes) -> None:
    known = Project("/nowhere", ["."], ["m.py"], {"m.py": raw}.get)
    known_tree = known.tree("m.py")
    assert known_tree is None or known.find("m.y") is None
    assert known.class_info("m.X") is None


def test_no_warning_of_the_parser_gets_out() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert module("x = '\\d'\ny = 1 is 1").tree("m.py") is not None


def test_a_bom_and_a_declared_encoding() -> None:
    raw = {"m.py": b"\xef\xbb\xbfclass X: ...", "n.py": "# coding: latin-1\nclass é: ...".encode("latin-1")}
    known = Project("/nowhere", ["."], raw, raw.get)
    assert known.find("m.X") is not None
    assert known.find("n.é") is not None


def test_files_on_disk_are_read_inside_the_root_only(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.py").write_text("class X: ...")
    (root / "inside.py").write_text("class X: ...")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    (root / "alias.py").symlink_to(root / "inside.py")
    (root / "folder.py").mkdir()
    os.mkfifo(root / "pipe.py")
    known = Project(str(root), ["."])
    readable = [known.tree(name) is not None for name in ("inside.py", "alias.py", "link.py", "../outside.py")]
    assert readable == [True, True, False, False]
    assert [known.tree(name) for name in ("folder.py", "pipe.py", "absent.py", "a\0b.py")] == [None] * 4
    assert known.find("inside.X") is not None


def test_only_some_trees_are_kept() -> None:
    names = [f"m{number}" for number in range(200)]
    files = {f"{name}.py": "class X: ..." for name in names}
    known = project({**files, "all.py": "".join(f"from {name} import X as {name}\n" for name in names)})
    assert all(known.find(f"all.{name}") for name in names)
    first = known.tree("m0.py")
    assert known.tree("m199.py") is known.tree("m199.py")
    assert first is known.tree("m0.py")


def test_elif_chains_are_read_or_given_up() -> None:
    chain = "if a0: x = 0\n" + "".join(f"elif a{number}: x = {number}\n" for number in range(1, 900))
    known = module("class X: ...\n" + chain)
    assert known.find("m.X") is None or known.find("m.X") == Definition("m.py", ast.Pass(), "m.X", 1)


def test_a_chain_of_imports_that_is_too_long_is_given_up() -> None:
    files = {f"m{number}.py": f"from m{number + 1} import X" for number in range(600)}
    known = project({**files, "m600.py": "class X: ...", "m.py": "from m0 import X\nclass C(X): ..."})
    assert known.find("m.X") is None
    info = known.class_info("m.C")
    assert info is not None
    assert info.complete is False
    assert known.find("m400.X") == Definition("m600.py", ast.Pass(), "m600.X", 1)


def test_names_that_only_a_type_checker_sees() -> None:
    known = project(
        {**BASE, "m.py": "if TYPE_CHECKING:\n from app.cache import Cache\nelse:\n Cache = None\nX = absent.y"}
    )
    typed, run = known.find_typing("m.Cache"), known.find("m.Cache")
    assert typed is not None
    assert run is not None
    assert (typed.qualified_name, run.qualified_name) == ("app.cache.Cache", "m.Cache")
    assert known.find_typing("elsewhere.Cache") is None


def test_an_expression_that_leads_too_deep_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    known = project({"m.py": "import json as j\n"})
    expression = ast.parse("j.loads", mode="eval").body
    assert known.resolve_in("m.py", expression) == "json.loads"

    def too_deep(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("cachelift.resolution._Lookup.bindings", too_deep)
    assert known.resolve_in("m.py", expression) is None
