"""Each format against a report that is kept, made from one repository by a real run."""

from __future__ import annotations

import json
from pathlib import Path

import golden
import pytest

from cachelift.report import FORMATS

KEPT = {
    "text": "text.txt",
    "json": "json.json",
    "sarif": "sarif.json",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "rdjson": "rdjson.json",
}


def without_texts(report: str) -> str:
    """A SARIF log without the version and the texts of `cachelift explain`, which have tests of their own."""
    document = json.loads(report)
    driver = document["runs"][0]["tool"]["driver"]
    driver["semanticVersion"] = ""
    driver["rules"] = [rule["id"] for rule in driver["rules"]]
    return json.dumps(document, indent=2) + "\n"


def test_every_format_has_one() -> None:
    assert KEPT.keys() == FORMATS.keys()
    assert {path.name for path in golden.FOLDER.iterdir()} == set(KEPT.values())


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str, tmp_path: Path) -> None:
    report = golden.rendered(tmp_path, name)
    assert (without_texts(report) if name == "sarif" else report) == golden.kept(KEPT[name])


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"text"}))
def test_machines_get_ascii(name: str, tmp_path: Path) -> None:
    assert golden.rendered(tmp_path, name).isascii()
