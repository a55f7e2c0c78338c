"""A patch of the class, and what it means to reach, move together or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cachelift.analysis.arguments import binds
from cachelift.analysis.collisions import Collisions
from cachelift.analysis.facts import CALLS, CallShape, FileFacts, Group, Patch, Role, Usage
from cachelift.analysis.verdicts import Verdicts
from cachelift.model import Applicability, Signature


class Patching:
    """The rules about patches.

    Args:
        verdicts: those of all usages.
    """

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        self.program = verdicts.program
        self.files = verdicts.files
        self.collisions = Collisions(verdicts)
        self.readers: dict[int, dict[tuple[str, str], list[tuple[FileFacts, Usage]]]] = {}
        """By the identity of a patch who may see what it puts in place, by the path and name that is patched."""

    def patches(self) -> None:
        """A patched name and the module that binds it move together or not at all."""
        for facts, patch in list(self.verdicts.usages(Role.PATCH)):
            assert patch.patch is not None
            module = patch.patch.module
            if patch.reason == "dotted-string" and facts.names_paths and facts.path in self.program.alone:
                continue  # whoever reads the text reads the name, which stays
            if module and module not in self.files:  # nothing changes in a target module, or in one that is not read
                self.verdicts.lower(patch, Applicability.MANUAL, "patched-name")
                continue
            for target in [self.files[module]] if module else list(self.files.values()):
                self._patch(facts, patch, patch.patch, target)

    def _patch(self, facts: FileFacts, usage: Usage, patch: Patch, target: FileFacts) -> None:
        index = next((i for i, g in enumerate(target.groups) if g.imported == patch.name and g.kind != "anchor"), None)
        if index is None:
            if patch.module:
                self.verdicts.lower(usage, Applicability.MANUAL, "patched-name")
            for user in target.usages:
                if user.alias == patch.name and user.role is not Role.TYPE:
                    self.verdicts.lower(user, Applicability.MANUAL, "patched-name")
            for _, user in self._readers((target.path, patch.name), facts, usage) if patch.module else ():
                message = f"{facts.path}:{usage.position[0]} patches `{patch.name}` in {target.path} and stays"
                self.verdicts.lower(user, Applicability.MANUAL, "patched-name", message)
            return
        users = [
            u for u in target.usages
            if u.group == index and u.role not in (Role.IMPORT, Role.TYPE) and u.deferred
        ]  # fmt: skip
        late = [
            (other, u) for other, u in self._readers((target.path, patch.name), facts, usage) if other is not target
        ]
        problem = self._patch_problem(patch, users, late)
        collision = None if problem is not None else self.collisions.of_patch(target, index, patch.name)
        calls = [u for u in target.usages if u.group == index and u.role in CALLS]
        if not calls:
            problem = problem or "patched-name"  # nothing brings a new name that the patch could follow
        elif not any(self.verdicts.goes(target, call) for call in calls):
            users = [*users, calls[0]]
        if problem is not None or collision is not None:
            self.verdicts.lower(usage, Applicability.MANUAL, problem or "patched-name", collision)
        for user in users:
            if not self.verdicts.goes(target, user):
                level = self.verdicts.level(target, user)
                reason = self.verdicts.why(target, user, "patched-name")
                self.verdicts.lower(usage, level, reason, self._names_file(target, reason))
        if not self.verdicts.goes(facts, usage):
            level = self.verdicts.level(facts, usage)
            reason = usage.reason if usage.reason in ("stand-in", "asserted-call") else "patched-name"
            reason = self.verdicts.why(facts, usage, reason or "patched-name")
            stays = [*((target, u) for u in target.usages if u.group == index and u.role is not Role.IMPORT), *late]
            for holder, user in stays:
                if user.role not in (Role.TYPE, Role.IMPORT):
                    message = f"{facts.path}:{usage.position[0]} patches `{patch.name}` in {target.path} and stays"
                    self.verdicts.lower(user, level, reason, message if holder is target else None)

    @staticmethod
    def _names_file(facts: FileFacts, reason: str) -> str | None:
        return f"{facts.path} is outside the given paths and would break" if reason == "outside-paths" else None

    def _readers(
        self, patched: tuple[str, str], patcher: FileFacts, patching: Usage
    ) -> Sequence[tuple[FileFacts, Usage]]:
        """Usages elsewhere that look a patched (path, name) up each time they run, or while it is patched."""
        readers = self.readers.get(id(patching))
        if readers is None:
            readers = self.readers[id(patching)] = {}
            for facts, usage, way in self._read_late(patcher, patching):
                readers.setdefault(way, []).append((facts, usage))
        return readers.get(patched, ())

    def _read_late(self, patcher: FileFacts, patching: Usage) -> Iterator[tuple[FileFacts, Usage, tuple[str, str]]]:
        """The usages that may see what a patch puts in place, each with the names that it is reached through."""
        run_late = self.collisions.imported_after(patcher, patching.position[0])
        for facts in self.files.values():
            for usage in facts.usages:
                via = usage.via if usage.group is None else (*usage.via, *facts.groups[usage.group].via)
                if not via or usage.role is Role.TYPE:
                    continue
                meanwhile = facts.path in run_late or (
                    facts is patcher and usage.group is not None and self._is_bound_after(facts, usage, patching)
                )
                is_read = usage.role is not Role.IMPORT or (usage.group is not None and facts.groups[usage.group].keeps)
                if usage.looks_up_late or (meanwhile and is_read):
                    yield from ((facts, usage, way) for way in dict.fromkeys(via))

    def _patch_problem(self, patch: Patch, users: list[Usage], late: list[tuple[FileFacts, Usage]]) -> str | None:
        # A test for `None` finds out no more about what is put in place than it did.
        if late or any(user.role not in CALLS | {Role.NONE_TEST} for user in users):
            return "patched-name"
        if patch.stand_in == "unknown":
            return "stand-in"
        shapes = [user.shapes for user in users if user.shapes is not None]
        if patch.asserts and any(
            old.keywords != new.keywords or old.positional != new.positional for old, new in shapes
        ):
            return "asserted-call"
        for signature in patch.signatures:
            if not all(_takes_alike(signature, old, new) for old, new in shapes):
                return "stand-in"
        return None

    def definition_patches(self) -> None:
        """A patch of the definition and every consumer it means to reach are retargeted together."""
        for facts, patch in list(self.verdicts.usages(Role.METHOD_PATCH)):
            if facts.path in self.program.own_tests:
                continue
            method = patch.patch is None or patch.patch.method
            run_late = self.collisions.imported_after(facts, patch.position[0])
            names = self._bound_late(facts, patch, run_late)
            meant = [
                (other, usage)
                for other, usage in self.verdicts.usages(*CALLS, *(() if method else (Role.TEST,)))
                if usage.migration == patch.migration and other.path not in self.program.own_tests
                and (method or usage.looks_up_late or other.path in run_late
                     or self._names_of(other, usage) & names
                     or (other is facts and self._is_bound_after(facts, usage, patch)))
            ]  # fmt: skip
            level = self.verdicts.level(facts, patch)
            message = f"{facts.path}:{patch.position[0]} patches the deprecated class itself"
            for _, usage in meant:
                reason = self.verdicts.why(facts, patch, "patched-definition")
                self.verdicts.lower(
                    usage, level if not self.verdicts.goes(facts, patch) else Applicability.UNSAFE, reason, message
                )
            for other, usage in meant:
                if usage.applicability is Applicability.MANUAL or not (
                    self.verdicts.goes(other, usage) or not self.program.unsafe
                ):
                    self.verdicts.lower(patch, Applicability.MANUAL, "patched-definition")

    @staticmethod
    def _is_bound_after(facts: FileFacts, usage: Usage, patch: Usage) -> bool:
        """Whether code of the file itself, outside of functions as well, sees a patch that the file makes."""
        group = facts.groups[usage.group] if usage.group is not None else None
        return group is None or group.kind != "class" or _is_behind(facts, group, patch)

    def _bound_late(self, facts: FileFacts, patch: Usage, run_late: set[str]) -> set[tuple[str, str]]:
        """(path, name) of the names of the class that are bound when a patch is active, here or from such a name."""
        found = {
            (other.path, group.name)
            for other in self.files.values()
            for group in other.groups
            if group.kind == "class"
            and (other.path in run_late or (other is facts and _is_behind(facts, group, patch)))
        }
        size = None
        while size != (size := len(found)):
            for other in self.files.values():
                for group in other.groups:
                    if not found.isdisjoint(group.via):
                        found.add((other.path, group.name))
        return found

    @staticmethod
    def _names_of(facts: FileFacts, usage: Usage) -> set[tuple[str, str]]:
        """(path, name) of the names that a usage reaches the class through."""
        names = set(usage.via)
        return names if usage.group is None else names | {(facts.path, facts.groups[usage.group].name)}


def _takes_alike(signature: Signature, old: CallShape, new: CallShape) -> bool:
    """Whether a stand-in takes the new call, and gets every argument under the parameter that it had before.

    What ``*args`` and ``**kwargs`` take in does not count: a stand-in that reads them is not known.
    """
    before = binds(signature, old.positional, old.keywords)
    after = binds(signature, new.positional, new.keywords)
    if before is None or after is None:
        return False
    values = ((before, old.values), (after, new.values))
    given = [{name: of[i] for name, i in bound.items() if not name.startswith("*")} for bound, of in values]
    return given[0] == given[1]


def _is_behind(facts: FileFacts, group: Group, patch: Usage) -> bool:
    """Whether an import of a name stands behind a patch in the same file."""
    return any(facts.statements[binding.statement].position > patch.position for binding in group.bindings)
