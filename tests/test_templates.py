"""Template strings (:pep:`750`), on every Python: f-strings are read as if they were template strings."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from helpers import LEGACY, reported
from newer_nodes import newer


class _Templates(ast.NodeTransformer):
    """Makes a template string of every f-string but the formats of its interpolations."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> Any:
        values = [self.visit(value) for value in node.values]
        return ast.copy_location(newer("TemplateStr", ast.expr, values=values), node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> Any:
        fields: dict[str, Any] = {
            "value": self.visit(node.value),
            "str": ast.unparse(node.value),
            "conversion": node.conversion,
            "format_spec": node.format_spec,
        }
        return ast.copy_location(newer("Interpolation", ast.expr, **fields), node)


@pytest.fixture(autouse=True)
def templates(monkeypatch: pytest.MonkeyPatch) -> None:
    parse = ast.parse
    monkeypatch.setattr(ast, "parse", lambda *given, **named: _Templates().visit(parse(*given, **named)))


FIRST = "1:1 CLF001 manual reference-stays"
TEXTS = {
    "a call": ("f'{CacheService(system=\"A\")}'", [FIRST, "2:4 CLF002 manual self-documenting"]),
    "deeper": ("f'{[lambda: CacheService()]!r:>9}'", [FIRST, "2:13 CLF002 manual self-documenting"]),
    "a test": ("f'{isinstance(x, CacheService)}'", [FIRST, "2:18 CLF004 manual self-documenting"]),
    "a value": ("f'{CacheService}'", [FIRST, "2:4 CLF004 manual self-documenting"]),
    "a string annotation": (
        "from typing import cast; f'{cast(\"CacheService\", x)}'",
        [FIRST, "2:34 CLF003 manual self-documenting"],
    ),
    "a patch": (
        "from unittest.mock import patch; f'{patch(\"app.services.cache_service.CacheService\")}'",
        ["1:1 CLF001 unsafe unused-import", "2:43 CLF005 manual self-documenting"],
    ),
    "its own text": ("f'app.services.cache_service.CacheService {x}'", ["1:1 CLF001 unsafe unused-import"]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_of_an_interpolation_is_a_value_of_the_program(name: str, tmp_path: Path) -> None:
    text, expected = TEXTS[name]

    assert reported(tmp_path, LEGACY + text + "\n") == expected


def test_a_format_is_evaluated_and_its_text_is_not_kept(tmp_path: Path) -> None:
    text = LEGACY + "text = f'{x:{CacheService(system=y)}}'\n"

    assert [finding.split(" ", 1)[1] for finding in reported(tmp_path, text)] == ["CLF001 safe -", "CLF002 safe -"]


@pytest.mark.parametrize(
    "use",
    [
        "template.values[0]",
        "template.interpolations[0].value",
        "[part.value for part in template if not isinstance(part, str)][0]",
    ],
)
def test_a_template_holds_the_objects_of_its_interpolations(use: str, tmp_path: Path) -> None:
    text = 'cache = CacheService(system="A")\ntemplate = f"{cache}"\n'

    safe = reported(tmp_path / "safe", f"{LEGACY}{text}{use}.get(1)\n")
    lacking = reported(tmp_path / "lacking", f"{LEGACY}{text}{use}.warmup()\n")

    assert safe == ["1:1 CLF001 safe -", "2:9 CLF002 safe -"]
    assert lacking == [FIRST, "2:9 CLF002 manual missing-member", "4:1 CLF009 manual missing-member"]


def test_the_format_of_an_interpolation_is_only_text(tmp_path: Path) -> None:
    text = 'cache = CacheService(system="A")\ntemplate = f"{1:{cache}}"\ntemplate.values[0].warmup()\n'

    assert reported(tmp_path, LEGACY + text) == ["1:1 CLF001 safe -", "2:9 CLF002 safe -"]
