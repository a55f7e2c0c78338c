"""Which of the names that are bound to the class or its module go, which stay, and what becomes of their imports."""

from __future__ import annotations

from cachelift.analysis.facts import LATE, FileFacts, Group, Role, Usage
from cachelift.analysis.verdicts import Verdicts
from cachelift.model import Applicability

_RANK = {Applicability.SAFE: 0, Applicability.UNSAFE: 1, Applicability.MANUAL: 2}
_READS = "{} reads the module from its package without importing it"

_UNUSED = "nothing uses this import of the deprecated class"
_UNUSED_MODULE = "no use of the deprecated class goes through this import of its module"
_NAMED = "the import of the deprecated class stays: a `del`, a `global` or the body of a class means its name as well"


class Importing:
    """The rules about imported names, and the verdicts on the import statements.

    Args:
        verdicts: those of all usages.
    """

    def __init__(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts
        self.program = verdicts.program
        self.files = verdicts.files
        self.held: set[tuple[str, int]] = set()
        """(path, index) of the groups without a use whose import statement stays."""

    def import_statements(self) -> None:
        """A usage and the imports it needs are one transaction."""
        for facts in self.files.values():
            for usage in facts.usages:
                if usage.group is None or usage.role is Role.IMPORT:
                    continue
                for needed in facts.groups[usage.group].import_usages:
                    if needed.suppressed:
                        self.verdicts.lower(usage, Applicability.MANUAL, "suppressed")

    def fallbacks(self) -> None:
        """A guarded import, its ``None`` and every test of it move together, or nothing moves.

        A name that stays bound because something else needs it keeps its ``None``.
        """
        staying: dict[bool, set[tuple[str, int]]] = {}
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                members = self.verdicts.members(facts, index)
                if not any(u.role is Role.NONE_TEST for u in members):
                    continue
                lowest = max((self.verdicts.level(facts, u) for u in members), key=_RANK.__getitem__)
                unsafe = self.program.unsafe or lowest is Applicability.UNSAFE
                if unsafe not in staying:
                    staying[unsafe] = self._staying(unsafe=unsafe)[0]
                if group.exported or (facts.path, index) in staying[unsafe] or self._is_read_as_module(facts, group):
                    lowest = Applicability.MANUAL
                for usage in members:
                    self.verdicts.lower(usage, lowest, "fallback-binding")

    def _is_read_as_module(self, facts: FileFacts, group: Group) -> bool:
        """Whether other files may read other members of the legacy module through this file's name for it."""
        return group.kind == "module" and (facts.path, group.name) in self._imported_by_others()

    def _imported_by_others(self) -> set[tuple[str, str]]:
        """(path, name) of the names for the class or its module that other files import from there."""
        return {way for facts in self.files.values() for group in facts.groups for way in group.via}

    def module_names(self) -> None:
        """``import legacy as alias`` keeps its alias where everything moves; elsewhere it needs a name of its own."""
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                if group.kind != "module" or not group.taken or self._all_go(facts, index):
                    continue
                for usage in facts.usages:
                    if usage.group == index and usage.role is not Role.IMPORT:
                        self.verdicts.lower(usage, Applicability.MANUAL, "name-taken")

    def _all_go(self, facts: FileFacts, index: int) -> bool:
        group = facts.groups[index]
        if group.keeps or group.exported or (group.imported and (facts.path, group.name) in self.program.keeps):
            return False
        if group.imported is not None and any((facts.path, group.name) in each.ways() for each in self.files.values()):
            return False
        unsafe = self.program.unsafe
        if group.migration in self._borrowed(unsafe=unsafe) or not group.unloads.isdisjoint(self._lent(unsafe=unsafe)):
            return False
        if any(
            (facts.path, group.name) in other.reads or ("", group.name) in other.reads for other in self.files.values()
        ):
            return False
        return all(
            self.verdicts.goes(facts, usage) and usage.role is not Role.TEST
            for usage in self.verdicts.members(facts, index)
        )

    def imports(self) -> None:
        """An import is as safe as its references, and goes only when none is left, here or in other modules."""
        self._judge_imports()
        while self._hold_statements():
            self._judge_imports()

    def _hold_statements(self) -> bool:
        """A name that nothing uses stays with its statement, where that has to; True if that keeps any more names."""
        found = {
            (facts.path, index)
            for facts in self.files.values()
            for index, group in enumerate(facts.groups)
            if not self.verdicts.members(facts, index)
            and any(usage.applicability is Applicability.MANUAL for usage in group.import_usages)
        }
        is_new = not found <= self.held
        self.held |= found
        return is_new

    def _judge_imports(self) -> None:
        staying, kept_now = self._staying(unsafe=self.program.unsafe)
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                group.stays = (facts.path, index) in staying
        at_best, kept = self._staying(unsafe=True)
        read = set(self.program.keeps)
        for facts in self.files.values():
            read |= facts.ways()
        for level, needed in (
            (Applicability.UNSAFE, self._borrowed(unsafe=False)),
            (Applicability.MANUAL, self._borrowed(unsafe=True)),
        ):
            for _, usage in self.verdicts.usages(Role.IMPORT) if needed else ():
                if usage.migration in needed:
                    usage.lower(level, "import-effects", _READS.format(needed[usage.migration]))
        self._keep_lent(unused=True)
        for facts in self.files.values():
            for index, group in enumerate(facts.groups):
                for usage in group.import_usages:
                    name = (facts.path, group.name)
                    why = kept.get(name) if group.imported is not None else None
                    if why is None and (facts.path, index) in at_best:
                        why = "reexport"
                    self._judge_import(facts, index, usage, read=name in read, why=why, kept=name in kept_now)
        self._keep_lent(unused=False)

    def _keep_lent(self, *, unused: bool) -> None:
        """An import stays that has loaded a module on the way to the class for a file that does not import it."""
        groups = [
            group
            for facts in self.files.values()
            for index, group in enumerate(facts.groups)
            if group.unloads and not (unused and self.verdicts.members(facts, index))
        ]
        for level, unsafe in ((Applicability.UNSAFE, False), (Applicability.MANUAL, True)) if groups else ():
            needed = self._lent(unsafe=unsafe)
            for group in groups:
                place = next((needed[path] for path in sorted(group.unloads & needed.keys())), None)
                for usage in group.import_usages if place is not None else ():
                    usage.lower(level, "import-effects", _READS.format(place))

    def _lent(self, *, unsafe: bool) -> dict[str, str]:
        """By module a place that reads it because another file imports it, and will do so."""
        found = dict(self.program.lent)
        for facts in self.files.values():
            for usage in facts.usages:
                if usage.group is None or facts.groups[usage.group].kind != "anchor":
                    continue
                if not self.verdicts.goes_at(facts, usage, unsafe=unsafe) or self.verdicts.keeps_both(usage):
                    missing = {path for path, _ in usage.via if facts.imports.get(path, LATE) == LATE}
                    found |= dict.fromkeys(missing - found.keys(), f"{facts.path}:{usage.position[0]}")
        return found

    def _borrowed(self, *, unsafe: bool) -> dict[int, str]:
        """By migration a place that reads the legacy module because another file imports it, and will do so.

        Which of the imports that is cannot be known: it is any that runs before.
        """
        found: dict[int, str] = {}
        for facts in self.files.values():
            for migration, line in facts.borrows.items():
                found.setdefault(migration, f"{facts.path}:{line}")
            for usage in facts.usages:
                if usage.borrows and (
                    not self.verdicts.goes_at(facts, usage, unsafe=unsafe) or self.verdicts.keeps_both(usage)
                ):
                    found.setdefault(usage.migration, f"{facts.path}:{usage.position[0]}")
        return found

    def _staying(self, *, unsafe: bool) -> tuple[set[tuple[str, int]], dict[tuple[str, str], str]]:
        """The groups whose old name stays bound, and (path, name) -> why other modules keep it.

        With ``unsafe`` as it would be under ``--unsafe-fixes``.
        """
        staying: set[tuple[str, int]] = set()
        borrowed, lent = self._borrowed(unsafe=unsafe), self._lent(unsafe=unsafe)
        kept = dict.fromkeys(self.program.keeps, "reference-stays")
        for facts in self.files.values():
            for path, name in facts.reads:
                kept |= {(each, name): "reference-stays" for each in ([path] if path else self.files)}
        for facts in self.files.values():
            for usage in facts.usages:
                stays = not self.verdicts.goes_at(facts, usage, unsafe=unsafe) or self.verdicts.keeps_both(usage)
                for way in usage.via if stays else ():
                    kept.setdefault(way, self.verdicts.why(facts, usage, "reference-stays"))
        size = None
        for facts, usage in self.verdicts.usages(Role.PATCH, Role.METHOD_PATCH):
            if usage.patch is not None and not self.verdicts.goes_at(facts, usage, unsafe=unsafe):
                every = usage.role is Role.PATCH and not usage.patch.module
                for path in self.files if every else [usage.patch.module]:
                    kept.setdefault((path, usage.patch.name), self.verdicts.why(facts, usage, "reference-stays"))
        while size != len(staying):
            size = len(staying)
            for facts in self.files.values():
                for index, group in enumerate(facts.groups):
                    is_needed = group.migration in borrowed or not group.unloads.isdisjoint(lent)
                    stays = is_needed or self._stays(facts, index, kept, unsafe=unsafe)
                    if (facts.path, index) in staying or not stays:
                        continue
                    staying.add((facts.path, index))
                    for way in group.via:
                        reason = "reference-stays" if facts.path in self.program.given else "outside-paths"
                        if any(usage.suppressed for usage in group.import_usages):
                            reason = "suppressed"
                        kept.setdefault(way, reason)
        return staying, kept

    def _stays(self, facts: FileFacts, index: int, kept: dict[tuple[str, str], str], *, unsafe: bool) -> bool:
        """Whether the old name stays bound after the run."""
        group = facts.groups[index]
        if group.kind == "anchor" or group.keeps or group.class_level or facts.path not in self.program.given:
            return True
        if (facts.path, index) in self.held or any(usage.suppressed for usage in group.import_usages):
            return True
        if group.imported is not None and (facts.path, group.name) in kept:
            return True
        members = self.verdicts.members(facts, index)
        if not all(self.verdicts.goes_at(facts, u, unsafe=unsafe) and not self.verdicts.keeps_both(u) for u in members):
            return True
        if not members or group.exported:
            return not unsafe or group.kind != "class" or (group.listed and group.all_entry is None)
        return False

    def _judge_import(
        self, facts: FileFacts, index: int, usage: Usage, *, read: bool, why: str | None, kept: bool
    ) -> None:
        """The verdict on one import statement.

        ``read`` if others import the name from here, ``why`` it has to stay, ``kept`` if they keep it in this run.
        """
        group = facts.groups[index]
        members = self.verdicts.members(facts, index)
        if group.class_level:
            usage.lower(Applicability.MANUAL, "class-scope")
        if group.problem == "global-statement":
            usage.lower(Applicability.MANUAL, "global-statement")
        in_package = facts.path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")
        if group.imported is not None and (group.exported or read or (in_package and not members)):
            usage.code = "CLF007"
            if why is not None and not group.keeps:
                usage.lower(Applicability.MANUAL, why if not members or why != "reexport" else "reference-stays")
            elif not members or group.exported or kept:
                usage.lower(Applicability.UNSAFE, "reexport")
        elif not members:
            if why not in (None, "reexport"):  # a patch or a lookup by text that stays means the name
                usage.lower(Applicability.MANUAL, why)
            elif why is not None and group.kind == "class" and not any(u.suppressed for u in group.import_usages):
                usage.lower(
                    Applicability.MANUAL, "reference-stays", _NAMED if group.keeps else None
                )  # `del`, `global`, or the like
            if group.kind == "class":
                usage.lower(Applicability.UNSAFE, "unused-import", _UNUSED)
            else:  # who imports a module and does not use it may want what it does
                usage.lower(Applicability.MANUAL, "unused-import", _UNUSED_MODULE)
            if any(other.suppressed for other in group.import_usages):  # its name stays, and so does this import
                usage.lower(Applicability.MANUAL, "suppressed")
        for member in members:
            level = (
                Applicability.MANUAL if member.suppressed or self.verdicts.keeps_both(member) else member.applicability
            )
            usage.lower(level, "reference-stays")
        if group.keeps and group.kind == "class":
            usage.lower(Applicability.MANUAL, "reference-stays", _NAMED)
