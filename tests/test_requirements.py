"""What a project says of its Python and its dependencies."""

from __future__ import annotations

from pathlib import Path

import pytest

from cachelift.requirements import Requirements


def write(root: Path, **files: str) -> Requirements:
    for name, text in files.items():
        (root / {"toml": "pyproject.toml", "cfg": "setup.cfg", "txt": "requirements.txt"}[name]).write_text(text)
    return Requirements(str(root))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (">=3.13", (3, 13)),
        (">= 3.13.1, <4", (3, 13)),
        ("<4,>=3.11,!=3.12.0", (3, 11)),
        ("~=3.14", (3, 14)),
        ("==3.13.*", (3, 13)),
        ("===3.13.2", (3, 13)),
        (">3.12", (0, 0)),
        ("<4", (0, 0)),
        (">=3", (3, 0)),
        ("", (0, 0)),
    ],
)
def test_requires_python(tmp_path: Path, text: str, version: tuple[int, int]) -> None:
    assert write(tmp_path, toml=f'[project]\nrequires-python = "{text}"\n').oldest_python() == version


@pytest.mark.parametrize(
    ("python", "version"),
    [
        ('"^3.13"', (3, 13)),
        ('"~3.13"', (3, 13)),
        ('{version = ">=3.12"}', (3, 12)),
        ('">=3.13 || ^3.10"', (3, 10)),
        ("{optional = true}", None),
    ],
)
def test_poetry(tmp_path: Path, python: str, version: tuple[int, int] | None) -> None:
    assert write(tmp_path, toml=f"[tool.poetry.dependencies]\npython = {python}\n").oldest_python() == version


def test_setup_cfg(tmp_path: Path) -> None:
    found = write(tmp_path, cfg="[options]\npython_requires = >=3.13\ninstall_requires =\n  a>1\n  b[c]; x\n  D.e\n")
    assert found.oldest_python() == (3, 13)
    assert [found.needs(name) for name in ("a", "b", "d-e", "e")] == [True, False, True, False]


@pytest.mark.parametrize("text", ["", "[options\n", "x = 1\n"])
def test_nothing_is_said(tmp_path: Path, text: str) -> None:
    found = write(tmp_path, cfg=text, toml="")
    assert (found.oldest_python(), found.needs("x")) == (None, False)


def test_no_files(tmp_path: Path) -> None:
    found = Requirements(str(tmp_path / "gone"))
    assert (found.oldest_python(), found.needs("x")) == (None, False)


def test_wrong_toml(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Expected"):
        write(tmp_path, toml="x x")


@pytest.mark.parametrize(
    "toml",
    [
        '[project]\ndependencies = ["click", "Typing_Extensions>=4.5"]\n',
        '[project]\ndependencies = ["typing-extensions"]\n',
        '[tool.poetry.dependencies]\npython = "^3.11"\n"typing.extensions" = "*"\n',
    ],
)
def test_needs(tmp_path: Path, toml: str) -> None:
    assert write(tmp_path, toml=toml).needs("typing-extensions")


@pytest.mark.parametrize(
    "toml",
    [
        '[project]\ndependencies = "typing-extensions"\n',
        '[project]\ndependencies = [1, "typing", "typing-extensions-more"]\n',
        "[project]\ndependencies = [\"typing-extensions; python_version < '3.13'\"]\n",
        "project = 1\ntool = 2\n",
    ],
)
def test_does_not_need(tmp_path: Path, toml: str) -> None:
    assert not write(tmp_path, toml=toml).needs("typing-extensions")


def test_requirements_txt(tmp_path: Path) -> None:
    found = write(tmp_path, txt="# these\n-r other.txt\n\ntyping-extensions==4.12.0  # why\nredis ; x\n")
    assert [found.needs(name) for name in ("typing-extensions", "redis", "these")] == [True, False, False]
