"""What functions take and give, what classes are made from, and what imports what."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import pytest
from memory import module, project

from cachelift.model import Parameter, ParameterKind, Signature
from cachelift.project import Project

DEEP = f"(x\n{'.y' * 700})"
"""An expression that is too deep for ast.unparse, over two lines, so that it cannot be quoted."""

PLAIN = ParameterKind.POSITIONAL_OR_KEYWORD


def test_the_signature_of_a_function() -> None:
    known = project(
        {
            "m.py": "async def make(system: str = 'KP', *, ttl=1) -> 'Cache': ...",
            "use.py": "from m import make as factory",
        }
    )
    assert known.function_signature("use.factory") == Signature(
        (Parameter("system", PLAIN, "'KP'", "str"), Parameter("ttl", ParameterKind.KEYWORD_ONLY, "1")),
        "m.py:1",
        True,
        "'Cache'",
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(a): ...", ["a"]),
        ("import functools\n@functools.lru_cache(maxsize=None)\ndef f(a): ...", ["a"]),
        ("import functools\n@functools.cache\ndef f(a): ...", ["a"]),
        ("from typing_extensions import deprecated\n@deprecated('old')\ndef f(a): ...", ["a"]),
        ("from typing import overload\n@overload\ndef f(): ...\ndef f(a): ...", ["a"]),
        ("class f:\n def __init__(self, a): ...", ["a"]),
        ("class C:\n @classmethod\n def f(cls, a): ...\nf = C.f", None),
        ("from typing import overload\n@overload\ndef f(a): ...", None),
        ("@decorated\ndef f(a): ...", None),
        ("@decorated()()\ndef f(a): ...", None),
        ("def decorated(f): ...\n@decorated\ndef f(a): ...", None),
        ("class decorated: ...\n@decorated\ndef f(a): ...", None),
        ("import contextlib\n@contextlib.contextmanager\ndef f(a): ...", None),
        ("def g(a): ...\nf = partial(g)", None),
        ("f = 1", None),
        ("", None),
        ("if c:\n def f(a): ...\nelse:\n def f(a, b): ...", None),
        ("@decorated\nclass f: ...", None),
        (f"def f(a={DEEP}): ...", None),
        (f"class f:\n def __init__(self, a={DEEP}): ...", None),
    ],
)
def test_what_calls_must_fit(text: str, expected: list[str] | None) -> None:
    signature = module(text).function_signature("m.f")
    assert (signature and [parameter.name for parameter in signature.parameters]) == expected


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("A = 'x'", "A", "'x'"),
        ("A: str = 'x'", "A", "'x'"),
        ("from n import A", "A", None),
        ("import n", "n.A", None),
        ("import n", "n.C", None),
        ("class C: ...", "C", None),
        ("def g(): ...", "g", None),
        ("async def g(): ...", "g", None),
        ("A = 'x'", "'x'", None),
        ("A = 'x'\nA = 'y'", "A", None),
        ("A = 'x'; A = 'y'", "A", None),
        ("A = 'x'\ndel A\nfrom elsewhere import *", "A", None),
        ("A, B = 1, 2", "A", None),
        ("A = B = 1", "A", None),
        ("if x:\n A = 1", "A", None),
        ("for A in 1, 2: pass", "A", None),
        ("A = 1\ndef g():\n global A", "A", None),
        ("import n", "n.D.E", None),
        ("import n", "n", None),
        ("import elsewhere", "elsewhere.A", None),
        ("from x import *", "A", None),
    ],
)
def test_what_a_name_in_a_default_stands_for(text: str, default: str, value: str | None) -> None:
    others = {"n.py": "A = 1\nclass C: ...\nclass D:\n E = 1\n"}
    known = project({"m.py": f"{text}\ndef f(a={default}): ...\n", **others})
    signature = known.function_signature("m.f")
    assert signature is not None
    assert [parameter.value for parameter in signature.parameters] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A = 1\nclass C:\n def __init__(self, *, a=A): ...", "1"),
        ("A = 1\nclass C:\n A = 2\n def __init__(self, a=A): ...", None),
    ],
)
def test_what_a_name_in_a_method_s_default_stands_for(text: str, value: str | None) -> None:
    signature = module(text).function_signature("m.C")
    assert signature is not None
    assert [parameter.value for parameter in signature.parameters] == [value]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("@classmethod\n def f(cls, a): ...", ["a"]),
        ("@staticmethod\n def f(a): ...", ["a"]),
        ("def f(self, a): ...", None),
        ("@decorated\n @classmethod\n def f(cls, a): ...", None),
        ("@property\n def f(self): ...", None),
        ("f = 1", None),
    ],
)
def test_methods_called_on_the_class(body: str, expected: list[str] | None) -> None:
    signature = module(f"class C:\n {body}").function_signature("m.C.f")
    assert (signature and [parameter.name for parameter in signature.parameters]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class C: ...\ndef f() -> C: ...", "m.C"),
        ("class C: ...\ndef f() -> 'C': ...", "m.C"),
        ("class C: ...\ndef f() -> ' C ': ...", "m.C"),
        ("def f() -> 'C': ...\nclass C: ...", "m.C"),
        ("from other import D as C\ndef f() -> C: ...", "other.D"),
        ("import other\ndef f() -> other.D: ...", "other.D"),
        ("if TYPE_CHECKING:\n from other import D\ndef f() -> 'D': ...", "other.D"),
        ("if TYPE_CHECKING:\n from other import D\nelse:\n D = None\ndef f() -> 'D': ...", "other.D"),
        ("import redis\ndef f() -> redis.Redis: ...", "redis.Redis"),
        ("class C: ...\nasync def f() -> C: ...", "m.C"),
        ("import functools\nclass C: ...\n@functools.cache\ndef f() -> C: ...", "m.C"),
        ("class f: ...", "m.f"),
        ("def f(): ...", None),
        ("def f() -> None: ...", None),
        ("class C: ...\ndef f() -> C | None: ...", None),
        ("from typing import Optional\nclass C: ...\ndef f() -> Optional[C]: ...", None),
        ("class C: ...\ndef f() -> C[int]: ...", None),
        ("class C: ...\ndef f() -> type(C): ...", None),
        ("from typing import Any\ndef f() -> Any: ...", None),
        ("from typing_extensions import Self\ndef f() -> Self: ...", None),
        ("def f() -> dict: ...", None),
        ("def f() -> 'C |': ...", None),
        ("def f() -> Absent: ...", None),
        ("class A: ...\nclass B: ...\nC = A | B\ndef f() -> C: ...", None),
        ("from typing import TypeVar\nT = TypeVar('T')\ndef f() -> T: ...", None),
        ("class C: ...\n@decorated\ndef f() -> C: ...", None),
        ("class C: ...\nclass C: ...\ndef f() -> C: ...", None),
        ("f = 1", None),
        ("", None),
    ],
)
def test_the_class_that_a_factory_gives(text: str, expected: str | None) -> None:
    assert project({"m.py": text, "other.py": "class D: ..."}).return_type("m.f") == expected


def test_the_class_that_a_class_method_gives() -> None:
    text = "class C:\n @classmethod\n def f(cls) -> 'C': ...\n def g(self) -> 'C': ..."
    assert (module(text).return_type("m.C.f"), module(text).return_type("m.C.g")) == ("m.C", None)


def test_a_type_parameter_is_no_class() -> None:
    known = module("class T: ...\ndef f() -> T: ...")
    found = known.find("m.f")
    assert found is not None
    # Written as an attribute: the oldest Python that runs the tests has no syntax for it.
    found.node.type_params = [type("TypeVar", (), {"name": "T"})()]  # type: ignore[attr-defined]
    assert known.return_type("m.f") is None


def bases(text: str, name: str = "C", **more: str) -> tuple[str, ...]:
    """The bases of the first class of a name, from a parse of its own."""
    files = {f"{path}.py": content for path, content in more.items()}
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef) and node.name == name]
    return project({**files, "m.py": text}).base_names("m.py", nodes[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("class C: ...", ()),
        ("class C(object): ...", ()),
        ("class C(dict, Absent): ...", ("builtins.dict",)),
        ("from pydantic import BaseModel as B\nclass C(B): ...", ("pydantic.BaseModel",)),
        ("import pydantic\nclass C(pydantic.BaseModel): ...", ("pydantic.BaseModel",)),
        ("import pydantic.generics\nclass C(pydantic.generics.G[int]): ...", ("pydantic.generics.G",)),
        ("from other import D\nclass C(D): ...", ("other.D", "pydantic.BaseModel")),
        ("from other import Base\nclass C(Base): ...", ("other.Base",)),
        ("class A: ...\nclass B(A): ...\nclass C(B, A): ...", ("m.B", "m.A")),
        ("class C(make()): ...", ()),
        ("class C(C): ...", ("m.C",)),
        ("from other import D as C\nclass C(C): ...", ()),
        ("if c:\n from a import B\nelse:\n from b import B\nclass C(B): ...", ()),
        ("def f():\n from pydantic import BaseModel\n class C(BaseModel): ...", ("pydantic.BaseModel",)),
        ("from a import B\ndef f(B):\n class C(B): ...", ()),
        ("from a import B\ndef f(*B, x=1):\n class C(B): ...", ()),
        ("async def f():\n class B: ...\n if 1:\n  class C(B): ...", ("m.f.<locals>.B",)),
        ("class A:\n class B: ...\n class C(B): ...", ("m.A.B",)),
        ("from a import B\nclass A:\n B = 1\n def f(self):\n  class C(B): ...", ("a.B",)),
        ("class A:\n class B: ...\n class A2:\n  class C(B): ...", ()),
        ("def f(): ...\nclass A: ...\ndef g():\n x = 1\n class C(A): ...", ("m.A",)),
    ],
)
def test_bases(text: str, expected: Sequence[str]) -> None:
    other = "from pydantic import BaseModel\nclass D(BaseModel): ...\nBase = make()"
    assert bases(text, other=other) == expected


def test_bases_of_a_class_that_the_project_does_not_have() -> None:
    node = ast.parse("\n\n\nclass C(dict): ...").body[0]
    assert isinstance(node, ast.ClassDef)
    assert project({"m.py": "x = 1"}).base_names("m.py", node) == ("builtins.dict",)
    assert project({}).base_names("m.py", node) == ()


def test_bases_in_code_that_is_nested_too_deeply() -> None:
    chain = "if a0: x = 0\n" + "".join(f" elif a{number}: x = {number}\n" for number in range(1, 900))
    text = f"def f():\n {chain} class C(dict): ..."
    assert bases(text) in ((), ("builtins.dict",))


APP = {
    "app/__init__.py": "import app.top",
    "app/top.py": "",
    "app/services/__init__.py": "from .consumer import use",
    "app/services/consumer.py": "import app.services.unified",
    "app/config.py": "",
    "lib/__init__.py": "from . import extra",
    "lib/extra.py": "",
    "lib/base.py": "",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("(", set()),
        ("import os, redis.client", set()),
        ("import app.config", {"app/config.py"}),
        ("from app import config", {"app/config.py"}),
        ("from ..config import x", {"app/config.py"}),
        ("from .. import config", {"app/config.py"}),
        ("from ... import x", set()),
        ("from app.config import x, y", {"app/config.py"}),
        ("def f():\n async def g():\n  if c:\n   import app.config", {"app/config.py"}),
        ("try:\n import app.config\nexcept E:\n import app.top", {"app/config.py", "app/top.py"}),
        ("class C:\n match x:\n  case 1:\n   import app.config", {"app/config.py"}),
        ("if TYPE_CHECKING:\n import app.config", set()),
        ("if not TYPE_CHECKING:\n import app.config", {"app/config.py"}),
        ("if TYPE_CHECKING:\n pass\nelse:\n import app.config", {"app/config.py"}),
        # Packages on the way run as well, and what they import.
        ("import lib.base", {"lib/__init__.py", "lib/extra.py", "lib/base.py"}),
        ("from lib.base import x", {"lib/__init__.py", "lib/extra.py", "lib/base.py"}),
        # The module's own packages count only where they are asked for something of their own.
        ("from . import consumer", {"app/services/consumer.py"}),
        ("from app.services import consumer", {"app/services/consumer.py"}),
        ("from app.services import use", {"app/services/__init__.py", "app/services/consumer.py"}),
        ("from . import use", {"app/services/__init__.py", "app/services/consumer.py"}),
        ("from . import *", {"app/services/__init__.py", "app/services/consumer.py"}),
        ("import app.services", {"app/services/__init__.py", "app/services/consumer.py"}),
        ("from app import x", {"app/__init__.py", "app/top.py"}),
        ("import app.services.unified", set()),
    ],
)
def test_what_a_module_imports(text: str, expected: set[str]) -> None:
    known = project({**APP, "app/services/unified.py": text})
    assert known.import_closure("app.services.unified") == expected


def test_a_package_that_binds_another_thing_over_its_submodule() -> None:
    files = {
        "pkg/__init__.py": "from .cache import cache",
        "pkg/cache.py": "cache = 1",
        "pkg/m.py": "from . import cache",
    }
    assert project(files).import_closure("pkg.m") == {"pkg/__init__.py", "pkg/cache.py"}
    files["pkg/__init__.py"] = "from . import cache\nimport pkg.cache\ncache.x = 1"
    assert project(files).import_closure("pkg.m") == {"pkg/cache.py"}


def test_a_closure_that_leads_back_to_the_packages() -> None:
    files = {
        "pkg/__init__.py": "import pkg.late",
        "pkg/late.py": "",
        "pkg/m.py": "import other",
        "other.py": "from pkg import value",
    }
    assert project(files).import_closure("pkg.m") == {"other.py", "pkg/__init__.py", "pkg/late.py"}


def test_star_imports_of_a_package_load_the_submodules_that_it_names() -> None:
    files = {
        "pkg/__init__.py": "__all__ = ['a', 'x']\nx = 1",
        "pkg/a.py": "",
        "pkg/b.py": "",
        "m.py": "from pkg import *",
    }
    assert project(files).import_closure("m") == {"pkg/__init__.py", "pkg/a.py"}


def test_tests_that_import_each_other_by_bare_names() -> None:
    files = {"a/test_x.py": "import helpers", "a/helpers.py": "", "b/helpers.py": ""}
    assert project(files).import_closure("a.test_x") == {"a/helpers.py"}


@pytest.mark.parametrize("dotted", ["absent", "app.absent", "", "app.services"])
def test_the_closure_of_a_module(dotted: str) -> None:
    known = project({**APP, "app/services/unified.py": ""})
    expected = {"app/services/consumer.py", "app/services/unified.py"} if dotted == "app.services" else set()
    assert known.import_closure(dotted) == expected


def test_nothing_is_imported_or_run() -> None:
    known = Project("/nowhere", ["."], ["m.py"], {"m.py": b"raise SystemExit\nclass C: ..."}.get)
    assert known.find("m.C") is None
    assert known.class_info("m.C") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import importlib\nimportlib.import_module('pkg.other')", {"pkg/other.py", "pkg/__init__.py"}),
        ("import importlib\nimportlib.import_module('.other', 'pkg')", {"pkg/other.py", "pkg/__init__.py"}),
        # The argument is no literal: any string of the file may be meant, but none that is no module's name.
        (
            "import importlib\nNAME = 'pkg.other'\nTEXT = 'not a name'\nimportlib.import_module(NAME)",
            {"pkg/other.py", "pkg/__init__.py"},
        ),
        ("import importlib\nimportlib.import_module('json')", set()),
        ("NAME = 'pkg.other'", set()),
    ],
)
def test_what_a_module_imports_by_a_function(text: str, found: set[str]) -> None:
    known = project({"target.py": text, "pkg/__init__.py": "", "pkg/other.py": ""})
    assert known.import_closure("target") == found
