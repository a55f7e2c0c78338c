"""What the replacement type does not do as the legacy class does it: the one place that compares their members."""

from __future__ import annotations

import ast
import collections
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cachelift.analysis.arguments import binds
from cachelift.analysis.calls import ANY, Effect
from cachelift.model import Applicability, ClassInfo, ParameterKind, Replacement, Signature
from cachelift.namespace import last_name

_COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
"""What ``object`` has as well, so that the name alone tells nothing."""
_UNUSED = frozenset(
    f"__{name}__"
    for name in (
        "abstractmethods", "annotations", "class_getitem", "dataclass_fields", "dataclass_params", "del",
        "delattr", "dict", "doc", "getattr", "getattribute", "getstate", "hash", "init", "init_subclass",
        "match_args", "module", "new", "orig_bases", "parameters", "post_init", "reduce", "reduce_ex", "replace",
        "repr", "set_name", "setattr", "setstate", "slots", "str", "weakref",
    )
)  # fmt: skip
"""Special members that no syntax uses on an object: nobody is looked for who does."""
_NO_KINDS = frozenset({"object", "ABC", "Generic", "Protocol"})
"""Bases that nobody asks objects for."""
_ABILITIES = {
    "builtins.callable": "__call__",
    "collections.abc.AsyncIterable": "__aiter__",
    "collections.abc.AsyncIterator": "__aiter__ __anext__",
    "collections.abc.AsyncGenerator": "__aiter__ __anext__ aclose asend athrow",
    "collections.abc.Awaitable": "__await__",
    "collections.abc.Callable": "__call__",
    "collections.abc.Collection": "__contains__ __iter__ __len__",
    "collections.abc.Container": "__contains__",
    "collections.abc.Coroutine": "__await__ close send throw",
    "collections.abc.Generator": "__iter__ __next__ close send throw",
    "collections.abc.Hashable": "__hash__",
    "collections.abc.Iterable": "__iter__",
    "collections.abc.Iterator": "__iter__ __next__",
    "collections.abc.Reversible": "__iter__ __reversed__",
    "collections.abc.Sized": "__len__",
    "contextlib.AbstractAsyncContextManager": "__aenter__ __aexit__",
    "contextlib.AbstractContextManager": "__enter__ __exit__",
    "os.PathLike": "__fspath__",
    "typing.AsyncContextManager": "__aenter__ __aexit__",
    "typing.ContextManager": "__enter__ __exit__",
    "typing.SupportsAbs": "__abs__",
    "typing.SupportsBytes": "__bytes__",
    "typing.SupportsComplex": "__complex__",
    "typing.SupportsFloat": "__float__",
    "typing.SupportsIndex": "__index__",
    "typing.SupportsInt": "__int__",
    "typing.SupportsRound": "__round__",
}
"""What is asked for by what a class can do, with the methods: https://docs.python.org/3/library/collections.abc.html."""
_METHODS = ("function", "async-function", "staticmethod", "classmethod")
_CALLED_BY_LIBRARIES = (
    "write", "writelines", "read", "readline", "flush", "fileno", "filter", "emit", "find_spec", "send", "recv",
)  # fmt: skip
"""Methods that the standard library calls on what it is given: a stream, a filter of a logger, a finder of modules."""
_NAMED = (ParameterKind.POSITIONAL_OR_KEYWORD, ParameterKind.KEYWORD_ONLY)
_POSITIONAL = (ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL_OR_KEYWORD)


_INSTEAD = {
    "__contains__": ("__iter__", "__getitem__"),
    "__iter__": ("__getitem__",),
    "__reversed__": ("__getitem__",),
    "__int__": ("__index__", "__trunc__"),
    "__float__": ("__index__",),
    "keys": ("__iter__", "__getitem__"),
}
"""What Python takes where a class has no such member (language reference, 3.3.7 and 3.3.8; ``dict``)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is done with an object and that the replacement does not do, or does otherwise."""

    at: ast.AST
    reason: str
    message: str
    use: str | None = None
    """What to say where it is done; None where that is no finding of its own."""

    @property
    def order(self) -> tuple[int, int, str]:
        """In the order of the source."""
        return (getattr(self.at, "lineno", 0), getattr(self.at, "col_offset", 0), self.message)


def lacks(replacement: Replacement, member: str) -> bool:
    """Whether the replacement lacks a member, or has only what every object has where the class has its own."""
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None:
        return False
    if member == "__weakref__":
        return _has_slots(new) and not _has_slots(old)
    if member == "__hash__":
        return _hashes(old) and not _hashes(new)
    if member in ("__format__", "__sizeof__") or member in _COMPARISONS:
        return new.complete and _compares(old, member) and not _compares(new, member)
    instead = _INSTEAD.get(member, ())
    if member not in old.members and not old.members.keys().isdisjoint(instead):
        return new.complete and new.members.keys().isdisjoint((member, *instead))
    return replacement.lacks(member)


def _hashes(info: ClassInfo) -> bool:
    """Whether objects of a class can be keys: one that compares them and says nothing else takes that away."""
    found = info.members.get("__hash__")
    own = found is not None and found.signature is not None
    return own or not _compares(info, "__eq__")


def _compares(info: ClassInfo, member: str) -> bool:
    """Whether a class compares its objects in a way of its own: by a method, as a dataclass, as a ``dict`` does."""
    found = info.members.get(member)
    own = found is not None and found.signature is not None
    return own or (member == "__eq__" and "__dataclass_fields__" in info.members) or bool(_builtins(info))


def _builtins(info: ClassInfo) -> set[str]:
    return {base for base in info.bases if base.startswith("builtins.")} - {"builtins.object"}


def missing_members(replacement: Replacement) -> frozenset[str] | None:
    """The members that the replacement lacks or takes otherwise; None where it may lack any name."""
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None:
        return frozenset()
    if new.complete and not old.complete:
        return None
    used = old.members.keys() - _UNUSED | {"__hash__"}
    if _refuses(old, new, ""):
        return None
    names = {name for name in used if lacks(replacement, name) or _narrows(old, new, name)}
    names |= {name for name, member in new.members.items() if member.kind == "property" and _refuses(old, new, name)}
    return frozenset(names) | frozenset(_changed_truth(old, new))


def special_members(replacement: Replacement) -> frozenset[str]:
    """The special members that the replacement lacks and that code may use without a word of them."""
    old = replacement.legacy_class
    names = (old.members.keys() - _UNUSED if old is not None else set()) | {"__hash__"}
    return frozenset(name for name in names if name.startswith("__") and lacks(replacement, name))


def lost_members(replacement: Replacement) -> frozenset[str]:
    """The members, other than special ones, that the class is known to have and the replacement lacks or narrows."""
    names, old = missing_members(replacement), replacement.legacy_class
    if names is None and old is not None:
        names = frozenset(name for name in old.members if replacement.lacks(name))
    return frozenset(name for name in names or () if not name.startswith("_"))


def private_members(replacement: Replacement) -> frozenset[str]:
    """The members of the same kind that only the modules of the two classes are expected to use."""
    names, old = missing_members(replacement), replacement.legacy_class
    known = names if names is not None or old is None else old.members.keys()
    return frozenset(name for name in known or () if _is_private(name) and replacement.lacks(name))


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def may_lack(replacement: Replacement) -> bool:
    """Whether the replacement may lack anything that an object of the class has."""
    return missing_members(replacement) != frozenset()


def keeps_other_state(replacement: Replacement) -> bool:
    """Whether the methods of both classes set other attributes on their objects: ``vars(x)`` is not the same."""
    old, new = replacement.legacy_class, replacement.type_class
    if old is None or new is None:
        return False
    one, other = ({m.name for m in info.members.values() if m.on_class is False} for info in (old, new))
    return one != other


def fluent_members(replacements: Iterable[Replacement]) -> frozenset[str]:
    """The methods of the legacy classes that return the object that they are called on."""
    return frozenset(
        name
        for replacement in replacements
        if replacement.legacy_class is not None
        for name, member in replacement.legacy_class.members.items()
        if member.returns_self
    )


def told_apart(replacement: Replacement) -> dict[str, Applicability]:
    """The dotted names of the classes that only one of the two is, and what becomes of calls that they concern.

    Objects of the replacement are meant to be of its classes: who asks for these has to be looked at.
    """
    old, new = replacement.legacy_class, replacement.type_class
    before = _accepted(old.bases) if old is not None else set[str]()
    after = {*replacement.made, *((replacement.type,) if replacement.type is not None else ())}
    if new is not None:
        after |= {new.qualified_name, *new.bases}
    after = _accepted(after)
    own = replacement.migration.legacy if old is None else old.qualified_name
    found = dict.fromkeys(after - before - {own, replacement.migration.legacy}, Applicability.UNSAFE)
    if old is None or new is None:
        return found
    return found | dict.fromkeys(before - after, Applicability.MANUAL) | _abilities(old, new)


def _accepted(bases: Iterable[str]) -> set[str]:
    """Some bases and those that they are known to have, ``collections.abc.Mapping`` for ``collections.UserDict``."""
    found = {base for base in bases if not _is_any(base)}
    for base in bases:
        module, _, name = base.rpartition(".")
        kind = getattr(collections, name, None) if module == "collections" else None
        for each in kind.__mro__[:-1] if isinstance(kind, type) else ():
            found.add(f"{each.__module__}.{each.__name__}")
    return found


def _abilities(old: ClassInfo, new: ClassInfo) -> dict[str, Applicability]:
    """The abstract classes that accept only one of the two, by what it can do."""
    found: dict[str, Applicability] = {}
    for name, members in _ABILITIES.items():
        was, is_now = (_can(info, members) for info in (old, new))
        if was is not is_now and None not in (was, is_now):
            found[name] = Applicability.MANUAL if was else Applicability.UNSAFE
    return found


def _can(info: ClassInfo, members: str) -> bool | None:
    """Whether a class has some special methods; None where it may have any."""
    if members == "__hash__":
        return _hashes(info)
    has_all = all(member in info.members for member in members.split())
    return has_all if has_all or info.complete else None


def _is_any(dotted: str) -> bool:
    return dotted.rpartition(".")[2] in _NO_KINDS


def _kinds(info: ClassInfo, other: ClassInfo) -> set[str]:
    """The last names of a class's bases, and its own where the other one is derived from it: both are of that class."""
    own = {info.qualified_name} if info.qualified_name in other.bases else set()
    return {base.rpartition(".")[2] for base in (*info.bases, *own)}


def differences(
    effect: Effect, replacement: Replacement, parents: Mapping[ast.AST, ast.AST], *, only_known: bool = False
) -> Iterator[Difference]:
    """What is done with an object that the replacement does not do alike.

    Args:
        effect: what is done.
        replacement: the classes.
        parents: the parent of each node.
        only_known: whether only members count that the class is known to have, and nothing that syntax does: where the
            object may be anything.
    """
    old, new = replacement.legacy_class, replacement.type_class
    name = (replacement.type or "").rpartition(".")[2]
    for at in effect.to_class.get(replacement.migration.legacy_name, ()):
        yield Difference(at, "class-attribute", "a function of the deprecated class gets the object")
    for member, at in effect.members:
        if member == ANY:
            yield from _by_any_name(replacement, name, at) if not only_known else ()
        elif lacks(replacement, member) and not (only_known and (old is None or member not in old.members)):
            said = f"the object is used through `{member}`, which the replacement lacks"
            yield Difference(at, "missing-member", said, _lacking(replacement, name, member))
    if old is None or new is None or only_known:
        return
    for member, at in effect.members:
        if _is_refused(old, new, member, parents.get(at), at):
            said = f"the object's `{member}` is called with arguments that the replacement's does not take"
            yield Difference(at, "missing-member", said, f"{name}.{member} does not take these arguments")
    for member, at in effect.stores:
        if _refuses(old, new, member):
            said = f"`{member}` is set on the object, which the replacement does not let"
            yield Difference(at, "missing-member", said, f"{name} does not let `{member}` be set")
    yield from _listed(effect, replacement, old, new)
    for at in effect.lost_at:
        yield from _out_of_sight(old, new, replacement, at)
    for at in effect.truths:
        yield from _truths(old, new, replacement, name, at)
    yield from _tests(old, new, effect)
    yield from _handed_over(effect, replacement, old)
    apart = sorted(_builtins(old) ^ _builtins(new)) if new.complete else []
    for at in effect.outside if apart else ():
        which = "class" if apart[0] in old.bases else "replacement"
        said = f"the {which} is a `{apart[0].partition('.')[2]}`, and code that is not followed gets the object"
        yield Difference(at, "type-test", said)


def _handed_over(effect: Effect, replacement: Replacement, old: ClassInfo) -> Iterator[Difference]:
    """What a library may do with an object, and what is done to the class of all."""
    for at in effect.to_library:
        for member in _CALLED_BY_LIBRARIES:
            if member in old.members and lacks(replacement, member):
                said = f"a library gets the object and may call `{member}`, which the replacement lacks"
                yield Difference(at, "missing-member", said)
    for at in effect.class_stores:
        yield Difference(at, "class-attribute", "an attribute of the object's class is set, which others have as well")


def _listed(effect: Effect, replacement: Replacement, old: ClassInfo, new: ClassInfo) -> Iterator[Difference]:
    """What is done with all members of an object."""
    for member, at in effect.members:
        if member == "__dict__" and _has_slots(new) and not _has_slots(old):
            yield Difference(at, "missing-member", "the object's attributes are read as a dictionary, which it lacks")
        elif member == "__dict__" and keeps_other_state(replacement):
            said = "the object's attributes are read as a dictionary, and the replacement keeps others"
            yield Difference(at, "missing-member", said)
        elif member == "__dir__" and old.members.keys() != new.members.keys():
            said = "the object's members are listed, and the replacement has others"
            yield Difference(at, "missing-member", said)


def _by_any_name(replacement: Replacement, name: str, at: ast.AST) -> Iterator[Difference]:
    """What asks for a member by a name that is not written down may ask for any of those that are lacking."""
    missing = missing_members(replacement)
    lost = min(lost_members(replacement), default="" if missing is None else None)
    if lost is not None:
        what = f"has no `{lost}`" if lost else "may lack it"
        lacking = f"the member is named when the program runs, and {name} {what}"
        yield Difference(at, "missing-member", "the object is asked for a member by a name that may be any", lacking)


def _lacking(replacement: Replacement, name: str, member: str) -> str:
    found = replacement.type_class.members.get(member) if replacement.type_class is not None else None
    if found is not None and replacement.lacks(member):
        return f"{name} has `{member}` as another kind of member: {found.kind}"
    return f"{name} has no member `{member}`" if found is None else f"{name} has no `{member}` of its own"


# -- calls of members ------------------------------------------------------------------------------------------------


def _signatures(old: ClassInfo, new: ClassInfo, name: str) -> tuple[Signature, Signature] | None:
    before, after = old.members.get(name), new.members.get(name)
    if before is None or after is None or before.signature is None or after.signature is None:
        return None
    return before.signature, after.signature


def _is_refused(old: ClassInfo, new: ClassInfo, name: str, call: ast.AST | None, at: ast.AST) -> bool:
    """Whether a call of a member fits the class's method, or may, and not the replacement's."""
    both = _signatures(old, new, name)
    if both is None:
        return False
    if not isinstance(call, ast.Call) or call.func is not at:
        return _is_value(call, at) and _is_narrower(*both)
    if isinstance(at, ast.Attribute) and _is_class(at.value):  # `type(x).get(x, key)`
        return _is_narrower(*both)
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return _is_narrower(*both)
    keywords = [keyword.arg or "" for keyword in call.keywords]
    before, after = (binds(signature, len(call.args), keywords) for signature in both)
    return before is not None and after is None


def _is_value(parent: ast.AST | None, at: ast.AST) -> bool:
    """Whether a member is read and not called there: whoever gets it may call it."""
    if isinstance(at, ast.Call) and isinstance(at.func, ast.Call):  # methodcaller("get", key, default)(x)
        return True
    if isinstance(parent, ast.Attribute | ast.Compare | ast.Expr | ast.Delete):
        return False
    if isinstance(at, ast.Call):
        return last_name(at.func) in ("getattr", "getattr_static", "methodcaller", "attrgetter") or _is_class(at.func)
    return isinstance(at, ast.Attribute) and isinstance(at.ctx, ast.Load)


def _is_class(node: ast.expr) -> bool:
    """Whether an expression is the class of an object, as it is asked for."""
    is_type = isinstance(node, ast.Call) and last_name(node.func) == "type"
    return is_type or (isinstance(node, ast.Attribute) and node.attr == "__class__")


def _narrows(old: ClassInfo, new: ClassInfo, name: str) -> bool:
    both = _signatures(old, new, name)
    return both is not None and _is_narrower(*both)


def _is_narrower(old: Signature, new: Signature) -> bool:
    """Whether there may be a call that the old signature takes and the new one does not."""
    kinds = {parameter.kind for parameter in new.parameters}
    places = [parameter.name for parameter in new.parameters if parameter.kind in _POSITIONAL]
    named = {parameter.name for parameter in new.parameters if parameter.kind in _NAMED}
    count = sum(parameter.kind in _POSITIONAL for parameter in old.parameters)
    if count > len(places) and ParameterKind.VAR_POSITIONAL not in kinds:
        return True
    for parameter in old.parameters:
        if parameter.kind in (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD):
            taken = parameter.kind in kinds
        else:
            by_name = parameter.kind is not ParameterKind.POSITIONAL_ONLY
            taken = not by_name or parameter.name in named or ParameterKind.VAR_KEYWORD in kinds
        if not taken:
            return True
    plain = {p.name for p in old.parameters if p.default is None}
    return any(
        p.default is None and p.name not in plain
        for p in new.parameters
        if p.kind not in (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
    )


def _has_slots(info: ClassInfo) -> bool:
    """Whether the objects of a class take no other attributes than those that it lists."""
    return "__slots__" in info.members and info.complete


def _sets_itself(info: ClassInfo) -> bool:
    """Whether a class has a way of its own to set attributes; that of a frozen dataclass sets none."""
    found = info.members.get("__setattr__")
    return found is not None and found.signature is not None


def _refuses(old: ClassInfo, new: ClassInfo, name: str) -> bool:
    """Whether an attribute that the class lets be set cannot be set on the replacement."""
    before, after = old.members.get(name), new.members.get(name)
    if _sets_itself(new) and not _sets_itself(old):
        return True
    if (after is None or after.kind in _METHODS) and _has_slots(new) and not _has_slots(old):
        return True
    if after is None:
        return False
    return after.kind == "property" and (before is None or before.kind != "property")


# -- special methods -------------------------------------------------------------------------------------------------


def _truths(old: ClassInfo, new: ClassInfo, replacement: Replacement, name: str, at: ast.AST) -> Iterator[Difference]:
    """The truth of an object is its ``__bool__``, else its ``__len__`` (language reference, 3.3.1)."""
    lost = [special for special in ("__bool__", "__len__") if replacement.lacks(special)]
    if lost:
        said = f"the object is asked for its truth, and the replacement lacks `{lost[0]}`"
        yield Difference(at, "missing-member", said, f"{name} has no member `{lost[0]}`")
        return
    yield from _gained_truth(old, new, "is asked for its truth", at)


def _out_of_sight(old: ClassInfo, new: ClassInfo, replacement: Replacement, at: ast.AST) -> Iterator[Difference]:
    """Code that is not followed may do with an object all that syntax can do."""
    for member in sorted(special_members(replacement)):
        said = f"the object gets where nothing follows it, and the replacement lacks `{member}`"
        yield Difference(at, "missing-member", said)
    yield from _gained_truth(old, new, "gets where its truth may be asked for", at)


def _gained_truth(old: ClassInfo, new: ClassInfo, what: str, at: ast.AST) -> Iterator[Difference]:
    gained = sorted(_changed_truth(old, new)) if old.complete else []
    if gained:
        said = f"the object {what}, which the replacement's `{gained[0]}` may deny"
        yield Difference(at, "special-method", said)


def _changed_truth(old: ClassInfo, new: ClassInfo) -> set[str]:
    """The special methods that make the replacement's truth another one."""
    return {"__bool__", "__len__"} & (new.members.keys() - old.members.keys())


def _tests(old: ClassInfo, new: ClassInfo, effect: Effect) -> Iterator[Difference]:
    """A test for a class that only one of the two is derived from."""
    if not new.complete or not old.complete:
        return
    apart = _kinds(old, new) ^ _kinds(new, old)
    for names, at in effect.tests:
        found = min(names & apart, default=None)
        if found is not None:
            said = f"only one of the two classes is a `{found}`, which the object is tested for"
            yield Difference(at, "type-test", said)
