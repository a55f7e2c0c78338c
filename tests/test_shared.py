"""What objects of a class share through the class, read from its source."""

from __future__ import annotations

import ast
import textwrap

import pytest

from cachelift.shared import touched_attributes


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a = []", set()),
        ("a = []\ndef f(self): return self.a", set()),
        ("a = []\ndef f(self): self.a.append(1)", {"a"}),
        ("a = {}\ndef f(self): self.a['k'] = 1", {"a"}),
        ("a = {}\ndef f(self): del self.a['k']", {"a"}),
        ("a = 0\ndef f(self): type(self).a += 1", {"a"}),
        ("a = 0\ndef f(self): self.__class__.a = 1", {"a"}),
        ("a = 0\ndef f(self): C.a = 1", {"a"}),
        ("a = 0\ndef f(self): Other.a = 1", set()),
        ("a = []\ndef f(): f().append(1)", set()),
        ("def __init__(self): self.a = []\ndef f(self): self.a.append(1)", set()),
        ("a = 0\ndef __new__(cls): cls.a = 1", {"a"}),
        ("a = []\ndef __new__(cls): cls.a.append(1)", {"a"}),
        ("a = 0\ndef f(self): return self.a\n@classmethod\ndef g(cls): cls.a = 1", {"g"}),
        ("a = {}\ndef f(self): return self.a\n@staticmethod\ndef g(): C.a.update(k=1)", {"g"}),
        ("a = 0\n@classmethod\ndef g(cls): cls.a = 1", set()),
        ("a = []\nasync def f(self): self.a.append(1)\n@classmethod\ndef g(cls): return len(cls.a)", {"a", "g"}),
        ("a = 0\n@classmethod\ndef g(cls): return cls.a", set()),
    ],
)
def test_which_attributes_have_to_do_with_all_objects(body: str, expected: set[str]) -> None:
    (node,) = ast.parse("class C:\n" + textwrap.indent(body, "    ")).body
    assert isinstance(node, ast.ClassDef)
    assert touched_attributes([node]) == expected


def test_bases_share_with_the_class() -> None:
    base, node = ast.parse("class B:\n a = []\n def f(self): self.a.append(1)\nclass C(B):\n b = 1\n").body
    assert isinstance(base, ast.ClassDef)
    assert isinstance(node, ast.ClassDef)
    assert touched_attributes([node, base]) == {"a"}
