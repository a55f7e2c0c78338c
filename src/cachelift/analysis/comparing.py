"""Whether the classes of two objects of which nothing is known are compared, or one's class is kept for that.

What is asked so is answered otherwise where objects of both classes are around.

Source of the rules: https://docs.python.org/3/library/functions.html#type and
https://docs.python.org/3/library/stdtypes.html#mapping-types-dict.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cachelift.analysis.asking import Question, class_of, is_named
from cachelift.analysis.given import spelled
from cachelift.analysis.kinds import Kinds

_KEEPS = frozenset({"setdefault", "add", "append", "appendleft", "insert", "extend", "update", "fromkeys", "register"})
"""Methods of containers that keep what they are given."""
_COLLECTIONS = frozenset(
    {"builtins.set", "builtins.frozenset", "builtins.map", "builtins.dict", "builtins.zip", "collections.Counter"}
    | {"itertools.pairwise", "itertools.groupby"}
)
"""What compares the classes that it is given, or takes those of what it is given: ``set(map(type, xs))``."""
_PARTS = (
    ast.Tuple, ast.List, ast.ListComp, ast.GeneratorExp, ast.Starred, ast.IfExp, ast.BoolOp, ast.FormattedValue,
    ast.JoinedStr,
)  # fmt: skip
"""What is compared as a whole."""
_SAME = frozenset(
    f"builtins.{name}" for name in ("tuple", "list", "sorted", "reversed", "iter", "id", "str", "repr", "hash", "next")
)
"""What gives something that is the same for the same classes."""
_LINES = frozenset({"mro", "__mro__", "__bases__", "__base__"})
"""The attributes of a class that tell it from others."""
_MAPS = frozenset({"groupby", "map"})
"""What compares, or keeps, what a function gives for each of its objects."""
_TESTS = frozenset({"isinstance", "issubclass"})


class Comparing:
    """What becomes of the classes of objects in one file.

    Args:
        kinds: what its expressions stand for.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.scopes = kinds.file.scopes
        self.names = kinds.names
        self.parents = kinds.parents

    def compares(self, question: Question) -> bool:
        """Whether the class of an object of which nothing is known is compared with that of another one."""
        if question.asked is None:  # `except type(error)`, but `map(type, objects)`
            at = question.at
            parent = self.parents.get(at)
            is_key = isinstance(parent, ast.keyword) and parent.arg == "key"
            is_mapped = isinstance(parent, ast.Call) and "builtins.map" in self.names.qualified(parent.func)
            return spelled(at) == "type" and (is_key or is_mapped)
        if any(map(self.is_class_of_given, question.kinds)):
            return True
        is_taken = not question.kinds and isinstance(question.at, ast.expr)
        return is_taken and self.kinds.given.may_be(question.asked) and self._is_kept(question.at, set())

    def is_class_of_given(self, kind: ast.expr) -> bool:
        """``type(x) is type(y)``, ``isinstance(x, type(y))``: answered otherwise where objects of both are around.

        At home ``y`` may as well be an object that is made there.
        """
        asked = class_of(self.names, kind)
        if asked is None or self.kinds.is_class_of_first(kind):
            return False
        return not isinstance(asked, ast.Constant) if self.kinds.at_home else self.kinds.given.may_be(asked)

    def _is_kept(self, taken: ast.AST, seen: set[str]) -> bool:
        """``seen[type(x)] = x``, ``{type(x) for x in xs}``: the class is compared with others that nobody knows.

        Args:
            taken: the class of an object, or a variable that is set to it.
            seen: the variables that have been followed so far.
        """
        node, parent = taken, self.parents.get(taken)
        while parent is not None and (isinstance(parent, _PARTS) or self._is_same(parent)):  # compared as a part of it
            node, parent = parent, self.parents.get(parent)
        if isinstance(parent, ast.Call):
            return self._is_handed_on(parent)
        match parent:
            case ast.AugAssign() | ast.Yield() | ast.For() | ast.comprehension():
                return True
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                return self._is_variable_kept(parent, seen)
            case ast.Lambda():  # `key=lambda each: type(each)`
                taker = self.parents.get(parent)
                is_key = isinstance(taker, ast.keyword) and taker.arg == "key"
                return is_key or (isinstance(taker, ast.Call) and spelled(taker.func) in _MAPS)
            case ast.Return():
                return isinstance(node, ast.Tuple) or self._is_result_kept(parent, seen)  # a part of a key
            case ast.Subscript(ctx=ast.Load(), slice=index) if index is node:
                # What a table holds it was given somewhere, unless it makes it now.
                return isinstance(self.parents.get(parent), ast.Attribute)
            case ast.Set(elts=elements):
                return len(elements) > 1 or isinstance(self.parents.get(parent), ast.Compare | ast.AugAssign)
            case ast.Subscript(slice=index):
                return index is node
            case ast.Compare():
                return self._is_compared(node, parent)
            case ast.SetComp() | ast.DictComp():
                return node is getattr(parent, "elt", getattr(parent, "key", None))
            case ast.Dict():
                return node in parent.keys
        if isinstance(parent, ast.Attribute) and parent.attr in _LINES:
            return True
        return isinstance(parent, ast.Attribute) and isinstance(node, ast.List | ast.ListComp)  # `[...].count(C)`

    def _is_handed_on(self, call: ast.Call) -> bool:
        if sum(class_of(self.names, each) is not None for each in call.args) > 1:  # `operator.is_(type(x), type(y))`
            return True
        is_keeping = isinstance(call.func, ast.Attribute) and call.func.attr in _KEEPS
        return is_keeping or not _COLLECTIONS.isdisjoint(self.names.qualified(call.func))

    def _is_same(self, parent: ast.AST | None) -> bool:
        """``id(type(x))``, ``tuple(type(x) for x in xs)``: what stands for the class, or has it in it."""
        return isinstance(parent, ast.Call) and not _SAME.isdisjoint(self.names.qualified(parent.func))

    def _is_variable_kept(self, statement: ast.Assign | ast.AnnAssign | ast.NamedExpr, seen: set[str]) -> bool:
        """Whether what a variable or an attribute is set to is compared."""
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in (inner for each in targets for inner in ast.walk(each)):
            if isinstance(target, ast.Subscript):
                continue  # `kinds[name] = type(x)`: a value, no key
            name = spelled(target)
            if name and name not in seen and isinstance(getattr(target, "ctx", None), ast.Store):
                seen.add(name)
                if any(self._is_read_kept(read, seen) for read in self._reads(target, name)):
                    return True
        return False

    def _is_result_kept(self, statement: ast.Return, seen: set[str]) -> bool:
        """``kind(x) is kind(y)``, where ``kind`` gives the class of its argument."""
        function = self.scopes.scope_of(statement).node
        name = getattr(function, "name", "")
        if not name or name in seen:
            return False
        seen.add(name)
        calls = (call for call in self.scopes.of_kind(ast.Call) if spelled(call.func) == name)
        return any(self._is_kept(call, seen) for call in calls)

    def _reads(self, target: ast.AST, name: str) -> Iterator[ast.Name | ast.Attribute]:
        """Where a variable, or an attribute of that name, is read."""
        if isinstance(target, ast.Attribute):
            attributes = self.scopes.of_kind(ast.Attribute)
            yield from (each for each in attributes if each.attr == name and isinstance(each.ctx, ast.Load))
            return
        owner = self.scopes.scope_of(target).lookup(name)
        for read in self.scopes.of_kind(ast.Name):
            is_read = read.id == name and isinstance(read.ctx, ast.Load)
            if is_read and self.scopes.scope_of(read).lookup(name) is owner:
                yield read

    def _is_read_kept(self, read: ast.Name | ast.Attribute, seen: set[str]) -> bool:
        parent = self.parents.get(read)
        if isinstance(parent, ast.Call) and spelled(parent.func) in _TESTS:
            return read in parent.args[1:]
        # A list of classes: `kinds.count(kinds[0])`.
        is_counted = isinstance(parent, ast.Attribute) and parent.attr in ("count", "index")
        return is_counted or self._is_kept(read, seen)

    def _is_compared(self, node: ast.AST, compare: ast.Compare) -> bool:
        """Whether one operand is compared with what may be the class of another object."""
        others = [each for each in (compare.left, *compare.comparators) if each is not node]
        is_member = any(isinstance(op, ast.In | ast.NotIn) for op in compare.ops)
        if is_member and isinstance(others[-1], ast.Name | ast.Attribute):  # a table: who fills it is asked
            return False
        return not all(is_named(self.names, each) for each in others)
