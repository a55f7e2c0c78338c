"""The decorator on the class: where it and its import go, and where they do not."""

from __future__ import annotations

import ast
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cachelift.deprecation import DeprecationProblem, mark
from cachelift.source import decode, encode, splice

LEGACY = "app.old.Old"
MARK = '@deprecated("use new")\n'
CLASS = "class Old: ...\n"
FROM = "from typing_extensions import deprecated\n"
TRIED = f"try:\n    from warnings import deprecated\nexcept ImportError:\n    {FROM}"
BY_VERSION = f"if sys.version_info >= (3, 13):\n    from warnings import deprecated\nelse:\n    {FROM}"


def marked(text: str, provider: str = "typing_extensions", *, static_only: bool = False) -> str:
    """The text with the class marked; a second time changes nothing, and the line that is given is the right one."""
    marking = mark(text, LEGACY, "use new", provider, static_only=static_only)
    after = splice(text, marking.edits)
    again = mark(after, LEGACY, "use new", provider, static_only=static_only)
    assert again == (marking.line, [])
    (found,) = (node for node in ast.parse(after).body if isinstance(node, ast.ClassDef) and node.name == "Old")
    assert found.lineno == marking.line
    return after


def problem(text: str, provider: str = "typing_extensions") -> tuple[str, int | None]:
    with pytest.raises(DeprecationProblem) as caught:
        mark(text, LEGACY, "use new", provider, static_only=False)
    assert str(caught.value) == caught.value.message
    return caught.value.message, caught.value.line


# the import


@pytest.mark.parametrize(
    "text",
    [
        # alone
        "I+\n+\n",
        "# Licence\nI+\n+\n",
        "#!/usr/bin/python\n\nI+\n+\n# About it.\n# More.\n",
        "I+\n+\nX = 1\n\n\n",
        # below the docstring and what is of the future
        '"""Doc."""\n+\nI\n\n',
        '"""Doc."""\n+\nI+\n+\n',
        '"""Doc."""  # say\n\nfrom __future__ import annotations\n+\nI\n\n',
        "from __future__ import annotations\nfrom __future__ import division\n\nimport os\n+\nI\n\n",
        # among others, by section and name
        "import os\n\nimport attr\nI\nfrom app import x\n\n\n",
        "from zlib import crc32\n+\nI\n\n",
        "I+\nfrom . import x\n\n\n",
        "Ifrom yaml import x\n\n\n",
        "I+\nfrom app.x import (\n    y,\n)\n\n\n",
        # statements that share a line stay together
        "import os; import re\n+\nI\n\n",
        '"""Doc."""; import zlib\n+\nI\n',
        "import re; X = 1\n+\nI\n",
        # not above a star import: it may bring any name
        "import os\nX = 1\nfrom app.x import *\n+\nIY = 2\n\n\n",
        "if X:\n    from app.x import *\n+\nI\n\n",
    ],
)
@pytest.mark.parametrize("end", ["", "\n\nfrom typing_extensions import Self\n"])
def test_new_import(text: str, end: str) -> None:
    text = text.replace("I", f"+{FROM}") + f"+{MARK}{CLASS}{end}"
    lines = text.splitlines(keepends=True)
    before = "".join(line for line in lines if not line.startswith("+"))
    assert marked(before) == "".join(line.removeprefix("+") for line in lines)


@pytest.mark.parametrize(
    ("imports", "after"),
    [
        ("from typing_extensions import Self\n", "from typing_extensions import Self, deprecated\n"),
        (
            "from typing_extensions import (\n    Self,\n)\n",
            "from typing_extensions import (\n    Self,\n    deprecated,\n)\n",
        ),
        ("from app.x import *\nfrom typing_extensions import a as b\n", None),
    ],
)
def test_longer_import(imports: str, after: str | None) -> None:
    after = after or imports.removesuffix("\n") + ", deprecated\n"
    assert marked(imports + CLASS) == after + MARK + CLASS


def test_an_import_that_is_not_the_modules_own_is_not_made_longer() -> None:
    inner = "def f():\n    from typing_extensions import Self\n\n\n"
    assert marked(inner + CLASS) == FROM + "\n\n" + inner + MARK + CLASS
    starred = "from typing_extensions import Self\nfrom app.x import *\n"
    assert marked(starred + CLASS).startswith(starred + "\n" + FROM)
    commented = "from typing_extensions import Self\\\n\n"
    assert marked(commented + CLASS) == "from typing_extensions import Self, deprecated\\\n\n" + MARK + CLASS


def test_an_import_that_cannot_be_made_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    from cachelift import fragments

    def refuse(*arguments: object) -> str:
        raise fragments.RewriteError("no")

    monkeypatch.setattr(fragments, "rewrite_import", refuse)
    text = "from typing_extensions import Self\n"
    assert marked(f"{text}\n\n{CLASS}") == f"{text}{FROM}\n\n{MARK}{CLASS}"


@pytest.mark.parametrize(
    ("imports", "reference"),
    [
        ("from typing_extensions import deprecated\n", "deprecated"),
        ("from typing_extensions import deprecated as old\n", "old"),
        ("import typing_extensions\n", "typing_extensions.deprecated"),
        ("import typing_extensions as te\n", "te.deprecated"),
        ("from warnings import deprecated\n", "deprecated"),
        (TRIED, "deprecated"),
        (BY_VERSION, "deprecated"),
    ],
)
def test_what_is_imported_already(imports: str, reference: str) -> None:
    assert marked(imports + CLASS) == f'{imports}@{reference}("use new")\n{CLASS}'


@pytest.mark.parametrize(
    "imports",
    [
        "import typing_extensions\n\n\nclass typing_extensions: ...\n",
        "if X:\n    import typing_extensions\n",
        "try:\n    import typing_extensions\nexcept ImportError:\n    pass\n",
        "with X:\n    import typing_extensions\n",
        "import typing_extensions\nfrom app.x import *\n",
        "import typing_extensions.x as deprecations\n",
        "import warnings\n",
        "import warnings as typing_extensions_\n",
    ],
)
def test_what_is_not_certainly_imported(imports: str) -> None:
    assert FROM in marked(imports + CLASS)


def test_of_the_standard_library() -> None:
    assert marked(CLASS, "warnings") == f"from warnings import deprecated\n\n\n{MARK}{CLASS}"
    imports = "import os\nimport warnings\n"
    assert marked(imports + CLASS, "warnings") == f'{imports}@warnings.deprecated("use new")\n{CLASS}'
    imports = "import os\nfrom re import sub\n"
    assert marked(f"{imports}\n\n{CLASS}", "warnings") == f"{imports}from warnings import deprecated\n\n\n{MARK}{CLASS}"


@pytest.mark.parametrize(
    "taken",
    [
        "from app.x import deprecated\n",
        "def deprecated(): ...\n",
        "deprecated = 1\n",
        "print(deprecated)\n",
        "def f(deprecated): ...\n",
        "def f():\n    import deprecated\n",
        "try: ...\nexcept E as deprecated: ...\n",
        "match x:\n    case {**deprecated}: ...\n",
        "match x:\n    case [*deprecated]: ...\n",
        "match x:\n    case 1 as deprecated: ...\n",
        "def f():\n    global deprecated\n",
    ],
)
def test_where_the_name_is_taken(taken: str) -> None:
    after = marked(taken + CLASS)
    assert "import typing_extensions\n" in after
    assert f'@typing_extensions.deprecated("use new")\n{CLASS}' in after


def test_where_all_names_are_taken() -> None:
    text = f"deprecated = 1\ntyping_extensions = 2\n{CLASS}"
    message = "`deprecated` and `typing_extensions` mean something else in this module: mark the class by hand"
    assert problem(text) == (message, 3)


def test_for_the_type_checker_alone() -> None:
    assert marked(CLASS, static_only=True) == f'{FROM}\n\n@deprecated("use new", category=None)\n{CLASS}'


# other decorators


@pytest.mark.parametrize(
    "text",
    [
        f"from typing_extensions import deprecated\n@deprecated('x')\n{CLASS}",
        f"import warnings as w\n@w.deprecated('x', category=None)\n{CLASS}",
        f"import functools, warnings\n@functools.total_ordering\n@warnings.deprecated('x')\n{CLASS}",
        f"{TRIED}@deprecated('x')\n{CLASS}",
    ],
)
def test_marked_already(text: str) -> None:
    assert marked(text) == text


@pytest.mark.parametrize(
    ("imports", "decorators"),
    [
        ("from dataclasses import dataclass\n", "@dataclass\n"),
        ("from dataclasses import dataclass\n", "@ dataclass(slots=True)  # @dataclass\n"),
        ("import attr\n", "@attr.s(\n    auto_attribs=True,\n)\n"),
        ("from typing_extensions import final\nimport functools\n", "@final\n@functools.total_ordering\n"),
        ("from dataclasses import dataclass\n", "@\\\ndataclass\n"),
        ("from dataclasses import dataclass\n", "@(dataclass)\n"),
    ],
)
def test_outermost(imports: str, decorators: str) -> None:
    after = marked(imports + decorators + CLASS)
    assert after.endswith(MARK + decorators + CLASS)


@pytest.mark.parametrize(
    ("text", "name", "line"),
    [
        (f"from app.x import register\n@register('old')\n{CLASS}", "register", 2),
        (f"import app\n\n@app.x.register\n{CLASS}", "app.x.register", 3),
        (f"def dataclass(c): return c\n@dataclass\n{CLASS}", "dataclass", 2),
        (f"from app.x import *\n@dataclass\n{CLASS}", "dataclass", 2),
        (f"try:\n    from a import d\nexcept ImportError:\n    from b import d\n@d\n{CLASS}", "d", 5),
        (f"@x[0]\n{CLASS}", "x[0]", 1),
    ],
)
def test_unknown_decorators(text: str, name: str, line: int) -> None:
    assert problem(text) == (f"nothing is known of the decorator @{name}: mark class Old by hand", line)


def test_a_decorator_in_an_unusual_form() -> None:
    text = f"from dataclasses import dataclass\n@(  # why\n    dataclass\n)\n{CLASS}"
    assert problem(text) == ("the first decorator is written in an unusual way: add another by hand", 3)


# the class


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "class Old is not defined here", None),
        ("def f():\n    class Old: ...\n", "class Old is not defined here", None),
        ("if X:\n    class Old: ...\n", "class Old is defined inside another statement: mark it by hand", 2),
        ("try:\n    class Old: ...\nfinally: 0\n", "class Old is defined inside another statement: mark it by hand", 2),
        (f"{CLASS}\n{CLASS}", "class Old is defined more than once", 3),
        (f"{CLASS}if X:\n    class Old: ...\n", "class Old is defined more than once", 3),
        ("from app.x import Old\n",
         "class Old is only imported here: give the module that defines it as `legacy`", 1),
        ("from app.x import New as Old\n",
         "class Old is only imported here: give the module that defines it as `legacy`", 1),
        ("class Old\n", "the file does not parse: expected ':'", None),
        ("x = '\0'", "the file does not parse: source code string cannot contain null bytes", None),
    ],
)  # fmt: skip
def test_classes_that_cannot_be_marked(text: str, message: str, line: int | None) -> None:
    assert problem(text) == (message, line)


def test_what_would_become_another_program_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cachelift.deprecation.splice", lambda text, edits: text)
    message = ("the result would not be the same program: mark the class by hand", 1)
    assert problem(CLASS) == message
    monkeypatch.setattr("cachelift.deprecation.splice", lambda text, edits: "class")
    assert problem(CLASS) == message


def test_a_continued_line_is_not_cut() -> None:
    text = "import attr\\\n\n"
    assert problem(text + CLASS) == ("the result would not be the same program: mark the class by hand", 3)


# odd files


NEWLINES = ("\n", "\r\n", "\r")
PIECES = (
    '"""Doc."""',
    "from __future__ import annotations",
    "import os",
    "import warnings",
    "from typing_extensions import Self",
    "# comment",
    "",
    "\f",
    "X = '''a\nb'''",
    "if X:\n\tY = 1",
    "import zlib; import re",
    "from os.path import *",
    "def f(a):\n\treturn a",
    "\\",
)
HEADS = ("", "@dataclass", "@ dataclass  # why", "@deprecated('x')", "\f")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=6),
    head=st.sampled_from(HEADS),
    tail=st.sampled_from(("", "\n", "\nX = 1", "\nclass Other(Old): ...\n\f\n")),
    newline=st.sampled_from(NEWLINES),
    bom=st.booleans(),
    provider=st.sampled_from(("warnings", "typing_extensions")),
)
def test_odd_files(pieces: list[str], head: str, tail: str, newline: str, bom: bool, provider: str) -> None:
    lines = ["from dataclasses import dataclass", *pieces] if "dataclass" in head else pieces
    body = f"{head}\n" if head and head != "\f" else head
    text = "".join(f"{line}\n" for line in lines) + f"{body}class Old:\n\tx = 1{tail}"
    raw = (b"\xef\xbb\xbf" if bom else b"") + text.replace("\n", newline).encode()
    source = decode(raw)
    try:
        before = ast.parse(source.text)
    except SyntaxError:
        return
    try:
        marking = mark(source.text, LEGACY, "use é new", provider, static_only=False)
    except DeprecationProblem:
        return
    after = encode(source, splice(source.text, marking.edits), marking.edits)
    new = decode(after)
    assert mark(new.text, LEGACY, "use é new", provider, static_only=False).edits == []
    assert len(ast.parse(new.text).body) - len(before.body) in (0, 1)
    # All of the old bytes are there in their order; the new lines end as the others do.
    rest = iter(after)
    assert all(byte in rest for byte in raw)
    if newline != "\n" and b"'''" not in raw:
        assert new.text.replace(newline, "").count("\n") == source.text.replace(newline, "").count("\n")
    assert after.startswith(b"\xef\xbb\xbf") is bom


def test_the_marked_class_warns_and_works() -> None:
    text = marked("from dataclasses import dataclass\n\n\n@dataclass(slots=True)\nclass Old:\n    a: object = 1\n")
    space: dict[str, type] = {}
    exec(compile(text, "old", "exec", dont_inherit=True), space)
    with pytest.warns(DeprecationWarning, match="use new"):
        assert space["Old"](2).a == 2
    with pytest.warns(DeprecationWarning, match="use new"):
        type("Sub", (space["Old"],), {})


def test_the_class_marked_for_the_type_checker_alone_does_not_warn() -> None:
    space: dict[str, type] = {}
    exec(marked("class Old:\n    def __init__(self, a): ...\n", static_only=True), space)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        space["Old"](1)
        type("Sub", (space["Old"],), {})
