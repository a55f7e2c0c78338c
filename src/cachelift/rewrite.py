"""Fragments in, fragments out, comments and layout kept: the only module that imports LibCST.

LibCST (https://libcst.readthedocs.io) takes a fragment apart into nodes and the white space between them. A list of
arguments or imported names is then put together again by :mod:`cachelift.items`.
"""

from __future__ import annotations

import ast
import functools
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ParamSpec

import libcst as cst

from cachelift.fragments import RewriteError
from cachelift.items import Gap, Items
from cachelift.model import CallPlan, ImportEdit, ImportedName, StringTarget

_NEWLINE = re.compile(r"\r\n|\r|\n")
_COMMENT = re.compile(r"#[^\r\n]*")
_WORD = re.compile(r"\w+|[^\w\s]")
_P = ParamSpec("_P")

_MANY_WORDS = 4_000
_DEEP = 200
"""LibCST's parser recurses on the machine's own stack, without looking at its end: a fragment of more words, or nested
more deeply, is not shown to it. Chains of 3,000 operators and 300 brackets are what it was seen to hold."""

_CHILD = """\
import sys
sys.path = {path!r}
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
import libcst
libcst.parse_module(sys.stdin.buffer.read().decode("utf-8", "surrogatepass"))
"""
_CHILD_SECONDS = 5.0
_CHILD_MEMORY = 1 << 30


class _Patience:
    """How many seconds this process still waits for LibCST where it does not come to an end."""

    left = 30.0


def _shallow(function: Callable[_P, str]) -> Callable[_P, str]:
    """LibCST walks by recursion: what is nested too deeply for it is refused like anything else."""

    @functools.wraps(function)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> str:
        try:
            return function(*args, **kwargs)
        except (RecursionError, MemoryError) as error:  # this Python's parser says it by the latter
            raise RewriteError("the fragment is nested too deeply") from error

    return wrapper


@_shallow
def rewrite_call(fragment: str, function: str, plan: CallPlan) -> str:
    """Rewrite a constructor call into a call of the factory.

    Args:
        fragment: the source of the whole call, without parentheses around it.
        function: the new callee's dotted text.
        plan: what becomes of the arguments.

    Raises:
        RewriteError: LibCST cannot read the fragment, the plan is not one for it, or a comment would be lost.
    """
    module, node = _expression(fragment)
    return _checked(fragment, _call(module, node, function, plan), _read_expression)


@_shallow
def rewrite_reference(fragment: str, new: str) -> str:
    """Replace a name or a dotted chain.

    Args:
        fragment: the source of the reference; it may span lines that something around it joins.
        new: the dotted text that takes its place.

    Raises:
        RewriteError: the fragment is no such thing, or a comment would be lost.
    """
    module, node = _expression(fragment)
    return _checked(fragment, module.code_for_node(_renamed(node, new.split(".")))[1:-1], _read_expression)


@_shallow
def rewrite_import(fragment: str, edit: ImportEdit, indent: str = "") -> str:
    """Rewrite one import statement.

    Args:
        fragment: the statement's source, without what follows it on its line.
        edit: what changes.
        indent: the statement's indentation.

    Returns:
        The new statement. Where no name is left there is none: what is returned then is empty or, where the statement
        held comments, these, each on a line of its own.

    Raises:
        RewriteError: the fragment is no import statement that lists names, the edit is not one for it, or a comment
            would be lost.
    """
    module = _parsed(fragment)
    match module.body:
        case [cst.SimpleStatementLine(body=[cst.ImportFrom(names=[_, *_]) as node])]:
            head, items, tail = _from_import(module, node, edit)
        case [cst.SimpleStatementLine(body=[cst.Import() as node])] if edit.module is None:
            head, tail = "import" + module.code_for_node(node.whitespace_after_import), ""
            items = _names(module, node.names, "", "", edit)
        case _:
            raise RewriteError("the fragment is not one import statement that lists names")
    text = head + items.code() + tail if items.items else f"{items.newline}{indent}".join(items.gaps[0].comments)
    return _checked(fragment, text, _parsed)


@_shallow
def rewrite_fstring(fragment: str, root: str, targets: Sequence[StringTarget]) -> str:
    """Rewrite references and calls inside an f-string.

    What is written anew keeps to the rules of Python 3.11, where the expression may not hold the string's own quotes,
    a backslash or a comment (library reference 3.11, "Formatted string literals").

    Args:
        fragment: the source of the whole string expression, implicit concatenation included.
        root: the name that the references start with.
        targets: what is rewritten.

    Raises:
        RewriteError: a target is not there, or what replaces it cannot stand inside the string.
    """
    module, node = _expression(fragment)
    finder = _Finder(root, {target.ordinal: target for target in targets})
    node.visit(finder)
    if len(finder.found) < len(targets):
        raise RewriteError(f"the string does not hold `{root}` as often as expected")
    new = node.visit(_Replacer(module, finder.found))
    assert isinstance(new, cst.CSTNode)
    return _checked(fragment, module.code_for_node(new)[1:-1], _read_expression)


def _parsed(text: str) -> cst.Module:
    words = len(_WORD.findall(text))
    if words > _MANY_WORDS:
        raise RewriteError("the fragment is too long")
    if words > _DEEP and _depth(text) > _DEEP:
        raise RewriteError("the fragment is nested too deeply")
    try:
        return cst.parse_module(text)
    except (cst.ParserSyntaxError, UnicodeError) as error:
        raise RewriteError("LibCST cannot read the fragment") from error


def _depth(text: str) -> int:
    """How deeply a fragment is nested, as far as this Python reads it; a bracket alone is no level of the tree."""
    try:
        nodes: list[ast.AST] = [ast.parse(text)]
    except (SyntaxError, ValueError):
        return 0
    depth = 0
    while nodes := [child for node in nodes for child in ast.iter_child_nodes(node)]:
        depth += 1
    return depth


def _expression(text: str) -> tuple[cst.Module, cst.BaseExpression]:
    """Read an expression in parentheses put around it, since something outside may join its lines.

    It is read as a module because only that knows the newline that its white space stands for.
    """
    module = _parsed(f"({text})")
    match module.body:
        case [cst.SimpleStatementLine(body=[cst.Expr(value=cst.BaseExpression(lpar=[_, *_]) as node)])]:
            return module, node
    raise RewriteError("the fragment is not one expression")


def _checked(before: str, after: str, read: Callable[[str], cst.Module]) -> str:
    """The new fragment, if it can be read and has the comments of the old one."""
    new = read(after)
    if "#" in before and sorted(_comments(read(before))) != sorted(_comments(new)):
        raise RewriteError("a comment would be lost")
    return after


def _read_expression(text: str) -> cst.Module:
    return _expression(text)[0]


def _comments(node: cst.CSTNode | cst.MaybeSentinel | None) -> list[str]:
    if isinstance(node, cst.Comment):
        return [node.value]
    if not isinstance(node, cst.CSTNode):
        return []
    return [comment for child in node.children for comment in _comments(child)]


def _gap(code: Callable[[cst.CSTNode], str], comma: cst.Comma | cst.MaybeSentinel, space: str = "") -> Gap:
    if isinstance(comma, cst.Comma):
        return Gap(space + code(comma.whitespace_before), True, code(comma.whitespace_after))
    return Gap(after=space)


def _dotted(names: Sequence[str]) -> cst.Name | cst.Attribute:
    name = cst.Name(names[-1])
    return cst.Attribute(_dotted(names[:-1]), name) if len(names) > 1 else name


def _renamed(node: cst.BaseExpression, names: Sequence[str]) -> cst.BaseExpression:
    """Give a chain new names, aligned at its end, so that the layout between them stays."""
    match node:
        case cst.Attribute(value=value, attr=attr) if len(names) > 1:
            return node.with_changes(value=_renamed(value, names[:-1]), attr=attr.with_changes(value=names[-1]))
        case cst.Attribute(lpar=lpar, rpar=rpar) | cst.Name(lpar=lpar, rpar=rpar):
            return _dotted(names).with_changes(lpar=lpar, rpar=rpar)
    raise RewriteError("the fragment is not a name or a dotted chain")


def _call(module: cst.Module, node: cst.CSTNode, function: str, plan: CallPlan) -> str:
    """The new text of a call, without parentheses around it."""
    if not isinstance(node, cst.Call):
        raise RewriteError("the fragment is not a call")
    code = module.code_for_node
    kept = [new.index for new in plan.arguments if new.index is not None]
    if sorted((*kept, *plan.dropped)) != list(range(len(node.args))) or any(arg.star for arg in node.args):
        raise RewriteError("the plan is not one for this call")
    gaps = [Gap(after=code(node.whitespace_before_args))]
    gaps += [_gap(code, arg.comma, code(arg.whitespace_after_arg)) for arg in node.args]
    items = Items([""] * len(node.args), gaps, module.default_newline)
    for new in plan.arguments:
        if new.index is not None:
            arg = node.args[new.index]
            items.items[new.index] = _argument(code, arg, new.keyword, alone=len(plan.arguments) == 1)
            if new.keyword is None:
                items.put_before(new.index, _comments(arg.equal))
    for index in sorted(plan.dropped, reverse=True):
        items.drop(index, [*_comments(node.args[index].equal), *_comments(node.args[index].value)])
    items.permute([sorted(kept).index(index) for index in kept])
    for position, new in enumerate(plan.arguments):
        if new.index is None:
            items.insert(position, f"{new.keyword}={new.literal}" if new.keyword else str(new.literal))
    callee = node.func.value if isinstance(node.func, cst.Subscript) else node.func
    head = code(_renamed(callee, function.split("."))) + code(node.whitespace_after_func)
    return f"{head}({items.code()})"


def _argument(code: Callable[[cst.CSTNode], str], arg: cst.Arg, keyword: str | None, *, alone: bool) -> str:
    """An argument as it is passed now, in parentheses where it needs them there."""
    text = code(arg.value)
    match arg.value:
        case cst.GeneratorExp(lpar=[]) if keyword or not alone:
            text = f"({text})"
        case cst.NamedExpr(lpar=[]) if keyword:
            text = f"({text})"
    if keyword is None:
        return text
    return f"{keyword}{code(arg.equal) if isinstance(arg.equal, cst.AssignEqual) else '='}{text}"


def _from_import(module: cst.Module, node: cst.ImportFrom, edit: ImportEdit) -> tuple[str, Items, str]:
    """What stands before the names, the names, and what stands behind them."""
    code = module.code_for_node
    assert not isinstance(node.names, cst.ImportStar)
    after_from, before_import = code(node.whitespace_after_from), code(node.whitespace_before_import)
    source = "".join(map(code, node.relative)) + (code(node.module) if node.module else "")
    if edit.module is not None:
        source, after_from, before_import = edit.module, after_from or " ", before_import or " "
    head = f"from{after_from}{source}{before_import}import{code(node.whitespace_after_import)}"
    if node.lpar is None or node.rpar is None:
        return head, _names(module, node.names, "", "", edit), ""
    opening, closing = code(node.lpar.whitespace_after), code(node.rpar.whitespace_before)
    return f"{head}(", _names(module, node.names, opening, closing, edit), ")"


def _names(
    module: cst.Module, aliases: Sequence[cst.ImportAlias], opening: str, closing: str, edit: ImportEdit
) -> Items:
    code = module.code_for_node
    changes: dict[int, tuple[ImportedName, ...]] = {**dict(edit.replace), **dict.fromkeys(edit.remove, ())}
    if not changes.keys() <= set(range(len(aliases))):
        raise RewriteError("the statement does not list as many names")
    gaps = [Gap(after=opening), *(_gap(code, alias.comma) for alias in aliases)]
    gaps[-1].after += closing
    texts = [code(alias.name) + (code(alias.asname) if alias.asname else "") for alias in aliases]
    items = Items(texts, gaps, module.default_newline)
    for index, names in sorted(changes.items(), reverse=True):
        if names:
            items.replace(index, [_name(code, aliases[index], name) for name in names])
        else:
            items.drop(index, _comments(aliases[index].asname))
    for name, asname in edit.add:
        items.insert(len(items.items), f"{name} as {asname}" if asname else name)
    return items


def _name(code: Callable[[cst.CSTNode], str], alias: cst.ImportAlias, new: ImportedName) -> str:
    name, asname = new
    if asname and alias.asname and alias.evaluated_alias == asname:
        return name + code(alias.asname)
    return f"{name} as {asname}" if asname else name


class _Finder(cst.CSTVisitor):
    """Finds the targets among the names that :mod:`ast` has as well, which are not those of attributes or keywords."""

    def __init__(self, root: str, targets: dict[int, StringTarget]) -> None:
        self.found: dict[cst.CSTNode, tuple[StringTarget, list[str]]] = {}
        self._root = root
        self._targets = targets
        self._count = 0
        self._path: list[cst.CSTNode] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Name) and node.value == self._root and not self._is_label(node):
            target = self._targets.get(self._count)
            self._count += 1
            if target is not None:
                self.found[self._whole(node, target)] = target, self._quotes()
        self._path.append(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        self._path.pop()

    def _is_label(self, node: cst.Name) -> bool:
        match self._path[-1]:
            case cst.Attribute(attr=label) | cst.Arg(keyword=label) | cst.Param(name=label):
                return label is node
        return False

    def _whole(self, node: cst.CSTNode, target: StringTarget) -> cst.CSTNode:
        path = [*self._path]
        for _ in range(target.depth):
            node = self._parent(node, path, cst.Attribute)
        if target.plan is None:
            return node
        if isinstance(path[-1], cst.Subscript):
            node = path.pop()
        return self._parent(node, path, cst.Call)

    def _parent(self, node: cst.CSTNode, path: list[cst.CSTNode], kind: type[cst.CSTNode]) -> cst.CSTNode:
        parent = path.pop()
        if not isinstance(parent, kind) or node not in (getattr(parent, "value", None), getattr(parent, "func", None)):
            raise RewriteError(f"`{self._root}` does not stand in the string as expected")
        return parent

    def _quotes(self) -> list[str]:
        if any(type(node).__name__ == "TemplatedString" for node in self._path):
            raise RewriteError("a template string keeps the source text of its expressions")
        return [node.quote for node in self._path if isinstance(node, cst.FormattedString)]


class _Replacer(cst.CSTTransformer):
    def __init__(self, module: cst.Module, found: dict[cst.CSTNode, tuple[StringTarget, list[str]]]) -> None:
        self._module = module
        self._found = found

    def leave_Name(self, original_node: cst.Name, updated_node: cst.Name) -> cst.BaseExpression:
        return self._reference(original_node, updated_node)

    def leave_Attribute(self, original_node: cst.Attribute, updated_node: cst.Attribute) -> cst.BaseExpression:
        return self._reference(original_node, updated_node)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.BaseExpression:
        target, quotes = self._found.get(original_node, (None, []))
        if target is None or target.plan is None:
            return updated_node
        arguments = tuple(
            new if new.literal is None else replace(new, literal=_quoted_apart(new.literal, quotes))
            for new in target.plan.arguments
        )
        text = _call(self._module, updated_node, target.new, target.plan._replace(arguments=arguments))
        call = cst.parse_expression(text, self._module.config_for_parsing)
        return call.with_changes(lpar=updated_node.lpar, rpar=updated_node.rpar)

    def _reference(self, original: cst.CSTNode, updated: cst.BaseExpression) -> cst.BaseExpression:
        target, _ = self._found.get(original, (None, []))
        return updated if target is None else _renamed(updated, target.new.split("."))


def _quoted_apart(literal: str, quotes: Sequence[str]) -> str:
    """A literal that can stand inside strings with these quotes."""
    plain = ast.unparse(ast.parse(literal, mode="eval"))
    for text in (literal, plain, plain.replace("'", '"')):
        if not any(mark in text for mark in ("\\", "#", *quotes)) and _is_same(text, literal):
            return text
    raise RewriteError("the default cannot be written inside the string")


def _is_same(text: str, literal: str) -> bool:
    try:
        return ast.dump(ast.parse(text, mode="eval")) == ast.dump(ast.parse(literal, mode="eval"))
    except SyntaxError:
        return False


def parses(text: str) -> bool:
    """Whether LibCST reads a file, which knows the syntax of every Python version whichever of them runs.

    It is asked in a process of its own, which what is nested without end may end, and which imports nothing from the
    current folder.
    """
    import subprocess
    import sys

    seconds = min(_CHILD_SECONDS, _Patience.left)
    if seconds <= 0:
        return False
    child = _CHILD.format(path=[os.path.abspath(entry) for entry in sys.path if entry], memory=_CHILD_MEMORY)
    try:
        result = subprocess.run(
            [sys.executable, "-I", "-c", child],
            input=text.encode("utf-8", "surrogatepass"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        _Patience.left -= seconds
        return False
    except OSError:
        return False
    return result.returncode == 0
