"""A name of a module is known only where nothing unseen can bind it."""

from __future__ import annotations

import ast

import pytest

from cachelift.rebinding import binds_unseen, is_settled, may_replace


@pytest.mark.parametrize(
    "source",
    [
        'globals()["D"] = 1', 'vars()["D"] = 1', "locals().update(D=1)", 'exec("D = 1")', 'eval("(D := 1)")',
        'setattr(module, "D", 1)', 'module.__dict__["D"] = 1', 'module.__setattr__("D", 1)',
        "sys.modules[__name__].D = 1", "from sys import modules\nmodules[__name__].D = 1", "vars(module).clear()",
    ],
)  # fmt: skip
def test_names_can_be_bound_unseen(source: str) -> None:
    assert binds_unseen(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "D = 1", "self.__dict__.update(a=1)", 'setattr(self, "a", 1)', "vars(cls)", 'super().__setattr__("a", 1)',
        'object.__setattr__(self, "a", 1)', "module.D", "set(a)",
    ],
)  # fmt: skip
def test_what_a_method_does_to_its_own_object_binds_no_name(source: str) -> None:
    assert not binds_unseen(ast.parse(source))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('class C: ...\nglobals()["C"] = D', True),
        ("class C: ...\nglobals().update(C=D)", True),
        ('class C: ...\nglobals()["E"] = D', False),
        ('class C: ...\n__all__ = ["C"]', False),
        ("class C: ...\nC.__init__.__defaults__ = (1,)", True),
        ('class C: ...\nsetattr(C.__init__, "__kwdefaults__", {})', True),
    ],
)
def test_a_class_may_be_replaced_in_its_own_module(source: str, expected: bool) -> None:
    assert may_replace(ast.parse(source), source, "C") is expected


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        ("", True),
        ("E = 2\ndef f(): g()\n", True),
        ("import other\n", False),
        ("if E:\n    from other import name\n", False),
        ("configure()\n", False),
        ("E = configure()\n", False),
        ("class D:\n    def f(self): configure()\n", True),
    ],
)
def test_what_runs_between_a_constant_and_its_use(between: str, expected: bool) -> None:
    tree = ast.parse(f"import first\nD = 1\n{between}class C:\n    def f(self, a=D): ...\n    g()\nlast()\n")
    assert _is_settled(tree) is expected


def test_the_class_body_before_the_use_runs_as_well() -> None:
    assert not _is_settled(ast.parse("D = 1\nclass C:\n    e = configure()\n    def f(self, a=D): ...\n"))
    assert not _is_settled(ast.parse('D = 1\nclass C:\n    def f(self, a=D): ...\nglobals()["D"] = 2\n'))


def _is_settled(tree: ast.Module) -> bool:
    binding = next(node for node in tree.body if isinstance(node, ast.Assign))
    method = next(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.args.defaults)
    return is_settled(tree, binding, method.args.defaults[0])
