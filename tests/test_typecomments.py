import ast
import re
import sys
from pathlib import Path

import pytest

from cachelift.analysis import typecomments
from cachelift.analysis.typecomments import Reader, tokens
from cachelift.source import Positions


def read(text: str) -> list[tuple[str, int, str]]:
    """The type comments of a text: what each belongs to, with its line, and the text."""
    tree = ast.parse(text)
    positions = Positions(text)

    def start(node: ast.expr | ast.stmt | ast.arg) -> int:
        return positions.offset(node.lineno, node.col_offset)

    def end(node: ast.Assign) -> int:
        return positions.offset(node.end_lineno or 0, node.end_col_offset or 0)

    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, typecomments.Function)]
    reader = Reader(
        {end(node): node for node in nodes if isinstance(node, ast.Assign)},
        {start(node): node for node in nodes if isinstance(node, typecomments.Compound)},
        {start(arg): arg for node in functions for arg in ast.walk(node.args) if isinstance(arg, ast.arg)},
    )
    for token in tokens(text):
        reader.take(token)
    for found in reader.found:
        assert text[found.start : found.start + len(found.text)] == found.text
    return sorted((type(found.owner).__name__, found.owner.lineno, found.text) for found in reader.found)


def by_the_interpreter(text: str) -> list[tuple[str, int, str]]:
    """The same as CPython's own parser sees it."""
    return sorted(
        (type(node).__name__, node.lineno, node.type_comment)
        for node in ast.walk(ast.parse(text, type_comments=True))
        if isinstance(node, typecomments.Owner) and node.type_comment is not None
    )


PLACES = [
    "x = 1 # type: int",
    "x = (1) # type: int",
    "x = y = None # type: int",
    "x = 1; y = 2 # type: int",
    "if 1: x = 1; y = 2 # type: int",
    "x = [\n  1,\n] # type: list[int] # and more",
    "x = 1 \\\n # type: int",
    "x = '''\n# type: str\n''' # type: str",
    "x = lambda: 0 # type: Callable",
    "x = {1: 2} # type: dict",
    "def f():\n x = yield # type: int",
    "x=1 #type:int",
    "x=1 # type:\t int",
    "x=1 # type: ignored",
    "x=1 # type: ignore\u00e9",
    "\u00e4 = '\u00e4'; \u00f6 = 2 # type: \u00fc",
    "x = 1 # type: int\r\ny = 2 # type: str\r\n",
    "x = f'{1:{2}}' # type: str",
    "for x in y: # type: int\n  pass\nelse:\n  pass",
    "for x in [\n y\n]: # type: int\n  pass",
    "with a as b: # type: int\n  pass",
    "async def f():\n async with a as b: # type: A\n  pass\n async for c in d: # type: B\n  pass",
    "def f(a): # type: (A) -> B\n pass",
    "def f(a):\n # type: (A) -> B\n pass",
    "def f(a): # no\n\n# nor this\n  # type: (A) -> B\n pass",
    "class A:\n @x\n async def f(a):\n  # type: (A) -> B\n  pass\n y = 1 # type: int",
    "def f(a): pass\ndef g(b): pass\nx = 1 # type: int",
    "def f(\n a, # type: A\n b=1, # type: B\n *c, # type: C\n d=(2), # type: D\n **e # type: E\n ): pass",
    "def f(a,\n # type: A\n b): pass",
    "def f(a,\n # no\n # type: A\n b): pass",
    "def f(a=(1) # type: A\n ): pass",
    "def f(a, b # type: B\n ): pass",
    "def f(a=lambda x, y=lambda z: 0: {1: 2}, # type: A\n b=x[1:2], # type: B\n *, c): pass",
    "def f(a: int = 1, # type: A\n b: x[1, 2] = 2 # type: B\n ): pass",
    "def f(a, # type: A\n /, b, # type: B\n *, c # type: C\n ) -> int:\n # type: (...) -> int\n pass",
    "def f(a,): # type: (A) -> B\n def g(b, # type: C\n ):\n  # type: (...) -> D\n  pass",
    *(["def f[T=(int, str)](a, # type: T\n ): # type: (...) -> T\n pass"] if sys.version_info >= (3, 13) else []),
]

OUT_OF_PLACE = [
    "x = 1; # type: int",
    "x = [ # type: int\n1]",
    "x = (1 # type: int\n)",
    "x: int = 1 # type: int",
    "x += 1 # type: int",
    "x # type: int",
    "# type: int\nx = 1",
    "x = 1\n# type: int",
    "for x in y:\n # type: int\n pass",
    "for x in y: pass # type: int",
    "for x in y:\n pass\nelse: # type: int\n pass",
    "with x as y:\n pass # type: int",
    "if x: # type: int\n pass",
    "class A: # type: int\n pass",
    "class A:\n # type: int\n pass",
    "lambda: 0 # type: int",
    "def f(a): pass # type: (A) -> B",
    "def f(a):\n '''doc'''\n # type: (A) -> B",
    "def f(a):\n pass\n# type: (A) -> B",
    "def f(a): return a\n# type: (A) -> B",
    "def f(a): x = 1; y = 2\n# type: (A) -> B",
    "@x # type: (A) -> B\ndef f(a): pass",
    "def f(# type: A\n a): pass",
    "def f(a # type: A\n , b): pass",
    "def f(a=(1 # type: A\n )): pass",
    "def f(a=g(b, # type: A\n )): pass",
    "def f(a=lambda b, # type: A\n c: 0): pass",
    "def f(a=lambda b # type: A\n : 0): pass",
    "def f(a, /, # type: A\n b): pass",
    "def f(*, # type: A\n b): pass",
    "def f(a, *, # type: A\n b): pass",
    "def f(a) -> ( # type: A\n int): pass",
    "def f(a) -> g(b, # type: A\n ): pass",
    "g(a, # type: A\n b)",
]


@pytest.mark.parametrize("text", PLACES)
def test_places_are_the_interpreters(text: str) -> None:
    found = read(text)
    assert found
    assert found == by_the_interpreter(text)


@pytest.mark.parametrize("text", OUT_OF_PLACE)
def test_nothing_is_a_type_comment_out_of_place(text: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(text, type_comments=True)
    assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "x=1 # type: ignore",
        "x=1 # type:ignore[int]",
        "x=1 # type: ignore_it",
        "x=1 # type : int",
        "x=1 # Type: int",
        "x=1 # a type: int",
        "x=1 # no # type: int",
        "x=1 #\u00a0type: int",
        "x='# type: int'",
        "x='''\n# type: int\n'''",
        "def f(a):\n '''\n # type: (A) -> B\n '''",
    ],
)
def test_what_looks_alike_is_none(text: str) -> None:
    assert read(text) == by_the_interpreter(text) == []


def test_parenthesised_with() -> None:
    # CPython's grammar knows a comment there from 3.12 on, PEP 484 from the beginning.
    text = "with (a as b, c as d): # type: A, B\n pass"
    assert read(text) == [("With", 1, "A, B")]


def test_a_lone_carriage_return_ends_a_line() -> None:
    assert read("x = 1 # type: int\ry = '''\r''' # type: str\r") == [("Assign", 1, "int"), ("Assign", 2, "str")]


def test_the_standard_library_agrees() -> None:
    root = Path(ast.__file__).parent
    written = re.compile(rb"#[ \t]*type:(?![ \t]*ignore)")
    texts = {
        path: data.decode()
        for path in sorted(root.rglob("*.py"))
        if not {"site-packages", "test"} & set(path.relative_to(root).parts)
        and written.search(data := path.read_bytes())
    }
    assert {path: read(text) for path, text in texts.items()} == {
        path: by_the_interpreter(text) for path, text in texts.items()
    }
    assert any(read(text) for text in texts.values())
