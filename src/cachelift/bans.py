"""The migrations as the configuration of other linters, which then ban the legacy classes.

Each tool's own documentation says what its keys mean:
https://docs.astral.sh/ruff/rules/banned-api/, https://pypi.org/project/flake8-tidy-imports/,
https://import-linter.readthedocs.io/en/stable/contract_types/protected/ and
https://semgrep.dev/docs/writing-rules/rule-syntax.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from cachelift.config import Settings
from cachelift.knowledge import ProgramKnowledge
from cachelift.project import Project

MARK = "# Made by `cachelift export "
"""How every configuration begins; a file that begins otherwise is somebody else's."""

_FOR_RUFF = """ruff`, for pyproject.toml. In ruff.toml the tables begin with `lint` instead of `tool.ruff.lint`.
[tool.ruff.lint]
extend-select = ["TID251"]
"""
_FOR_FLAKE8 = "flake8-tidy-imports`, for .flake8, setup.cfg or tox.ini.\n[flake8]\nbanned-modules =\n"
_FOR_IMPORT_LINTER = "import-linter`, for pyproject.toml.\n[tool.importlinter]\n"
_FOR_SEMGREP = "semgrep`, for `semgrep scan --config FILE`.\nrules:\n"


class Ban(NamedTuple):
    """What is banned, and what to say about it."""

    name: str
    """The dotted name of the legacy class or, where all of its module is banned, of that."""
    module: str
    """The dotted name of the legacy module."""
    advice: str
    target: str
    """The dotted name of the module that may go on using it."""
    target_path: str
    """That module's file, relative to the repository root, as a pattern."""
    anywhere: str
    """The same from wherever the tool starts to count."""


def export(settings: Settings, tool: str, *, whole_module: bool = False) -> str:
    """Write the configuration of a tool that bans the legacy classes of all migrations.

    Args:
        settings: the configuration.
        tool: a key of ``TOOLS``.
        whole_module: ban all names of the legacy modules.
    """
    project = Project(settings.root, settings.src)
    bans: dict[str, Ban] = {}
    for replacement in ProgramKnowledge(project, settings.migrations).replacements:
        migration = replacement.migration
        name = migration.legacy_module if whole_module else migration.legacy
        advice = f"instead of {migration.legacy_name} use {migration.factory}"
        if replacement.type is not None:
            advice += f", or {replacement.type} as a type"
        if name in bans:
            advice = f"{bans[name].advice}; {advice}"
        target = migration.factory_module
        path = project.locate(target)
        suffix = "/__init__.py" if path is not None and path.endswith("/__init__.py") else ".py"
        anywhere = f"**/{target.replace('.', '/')}{suffix}"
        # What a tool might trip over in the name of a folder stands for itself as "any character".
        pattern = anywhere if path is None else re.sub(r"[^\w./-]", "?", path)
        bans[name] = Ban(name, migration.legacy_module, advice, target, pattern, anywhere)
    return MARK + TOOLS[tool](list(bans.values()), settings)


def _quoted(text: str) -> str:
    """A string as TOML and YAML read it: both take what JSON writes."""
    return json.dumps(text, ensure_ascii=False)


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, texts))}]"


def _lines(pattern: str, texts: Iterable[str]) -> str:
    return "".join(pattern.format(text) + "\n" for text in texts)


def _targets(bans: Sequence[Ban]) -> list[str]:
    return sorted({ban.target_path for ban in bans})


def _ruff(bans: Sequence[Ban], settings: Settings) -> str:
    ignored = _lines('{} = ["TID251"]', map(_quoted, _targets(bans)))
    banned = "".join(f"{_quoted(ban.name)}.msg = {_quoted(ban.advice)}\n" for ban in bans)
    return (
        f"{_FOR_RUFF}\n[tool.ruff.lint.extend-per-file-ignores]\n{ignored}"
        f"\n[tool.ruff.lint.flake8-tidy-imports.banned-api]\n{banned}"
    )


def _flake8_tidy_imports(bans: Sequence[Ban], settings: Settings) -> str:
    banned = "".join(f"    {ban.name} = {ban.advice}\n" for ban in bans)
    return f"{_FOR_FLAKE8}{banned}per-file-ignores =\n{_lines('    {}: I251', _targets(bans))}"


def _import_linter(bans: Sequence[Ban], settings: Settings) -> str:
    text = f"{_FOR_IMPORT_LINTER}root_packages = {_list(_packages(settings, {ban.module for ban in bans}))}\n"
    for module in dict.fromkeys(ban.module for ban in bans):
        mine = [ban for ban in bans if ban.module == module]
        text += (
            "\n[[tool.importlinter.contracts]]\n"
            f"name = {_quoted(f'{module} is imported by nothing but its replacement')}\n"
            'type = "protected"\n'
            f"protected_modules = {_list([module])}\n"
            f"allowed_importers = {_list(sorted({ban.target for ban in mine}))}\n"
            "as_packages = false\n"
            f"broken_contract_guidance = {_quoted('; '.join(ban.advice for ban in mine))}\n"
        )
    return text


def _packages(settings: Settings, modules: set[str]) -> list[str]:
    """The top-level packages of the legacy modules, and those beside them: they are imported from the same place."""
    found = {module.partition(".")[0] for module in modules}
    for root in settings.src:
        folder = os.path.join(settings.root, root)
        beside = {name for name in _entries(folder) if _is_package(os.path.join(folder, name))}
        if found & beside:
            return sorted(found | beside)
    return sorted(found)


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _is_package(folder: str) -> bool:
    return os.path.basename(folder).isidentifier() and os.path.isfile(os.path.join(folder, "__init__.py"))


def _semgrep(bans: Sequence[Ban], settings: Settings) -> str:
    text = _FOR_SEMGREP
    elsewhere = sorted({ban.anywhere for ban in bans})
    for ban in bans:
        package, _, last = ban.name.rpartition(".")
        patterns = [ban.name]
        if package:
            patterns += [f"from {package} import {last}", f"from {package} import {last} as $NAME"]
        if ban.name == ban.module:
            patterns += [f"import {ban.name}", f"import {ban.name} as $NAME", f"from {ban.name} import $MEMBER"]
        text += (
            f"  - id: {re.sub('[^A-Za-z0-9-]', '-', ban.name)}-is-deprecated\n"
            "    languages: [python]\n"
            "    severity: WARNING\n"
            f"    message: {_quoted(ban.advice)}\n"
            f"    pattern-either:\n{_lines('      - pattern: {}', map(_quoted, patterns))}"
            f"    paths:\n      exclude:\n{_lines('        - {}', map(_quoted, elsewhere))}"
        )
    return text


TOOLS: dict[str, Callable[[Sequence[Ban], Settings], str]] = {
    "ruff": _ruff,
    "flake8-tidy-imports": _flake8_tidy_imports,
    "import-linter": _import_linter,
    "semgrep": _semgrep,
}
