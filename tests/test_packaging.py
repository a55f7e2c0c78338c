"""What is shipped: metadata, the console script, the wheel, the hooks, the commands of the README."""

from __future__ import annotations

import re
import tomllib
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import cachelift
from cachelift.config import load_settings
from cachelift.model import CODES, Migration

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project() -> dict[str, object]:
    table = tomllib.loads(read("pyproject.toml"))["project"]
    assert isinstance(table, dict)
    return table


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder))
    return zipfile.ZipFile(built)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    info = f"cachelift-{cachelift.__version__}.dist-info"
    source = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src" / "cachelift").rglob("*.py")}

    assert set(wheel.namelist()) == source | {
        "cachelift/py.typed",
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")),
    }


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(f"cachelift-{cachelift.__version__}.dist-info/METADATA").decode()
    entry_points = wheel.read(f"cachelift-{cachelift.__version__}.dist-info/entry_points.txt").decode()

    assert f"\nVersion: {cachelift.__version__}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert "\nLicense-Expression: MIT\n" in metadata
    assert "cachelift = cachelift.cli:main" in entry_points.splitlines()


def test_a_user_needs_only_these() -> None:
    names = [re.split(r"[<>=]", requirement)[0] for requirement in project()["dependencies"]]  # type: ignore[attr-defined]

    assert names == ["click", "libcst"]


def test_the_classifiers_name_every_version() -> None:
    prefix = "Programming Language :: Python :: 3."
    versions = [text for text in project()["classifiers"] if text.startswith(prefix)]  # type: ignore[attr-defined]

    assert versions == [f"{prefix}{minor}" for minor in range(11, 15)]


def test_the_console_script_is_installed() -> None:
    scripts = {entry.name: entry.value for entry in distribution("cachelift").entry_points}

    assert scripts["cachelift"] == "cachelift.cli:main"


def test_the_hooks() -> None:
    hooks = read(".pre-commit-hooks.yaml").split("\n- ")

    assert [re.findall(r"(?:id|entry|language|types_or|require_serial): (.*)", hook) for hook in hooks] == [
        [f"cachelift-{command}", f"cachelift {command}", "python", "[python, pyi]", "true"]
        for command in ("fix", "check")
    ]


def test_the_changelog_knows_the_version_or_what_comes() -> None:
    assert re.search(rf"^## \[(?:Unreleased|{re.escape(cachelift.__version__)})\]", read("CHANGELOG.md"), re.MULTILINE)


def test_the_readme_opens_with_the_two_commands() -> None:
    blocks = re.findall(r"^```bash\n(.*?)^```$", read("README.md"), re.MULTILINE | re.DOTALL)

    assert read("README.md").startswith("# cachelift\n\n```bash\n")
    assert blocks[:2] == [
        "python -m pip install .\ncachelift fix --diff fixtures/reference_app || test $? -eq 1\n",
        'python -m pip install --editable ".[test]"\npython -m pytest -n auto\n',
    ]


def test_the_readme_lists_every_code() -> None:
    rows = re.findall(r"^\| (CLF\d{3}) \| (\S+) \| (.*) \|$", read("README.md"), re.MULTILINE)

    assert rows == [(code.code, code.name, code.usage) for code in CODES.values()]


def test_the_readme_shows_the_defaults(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", read("README.md"), re.MULTILINE | re.DOTALL)
    (tmp_path / "pyproject.toml").write_text(example)
    settings = load_settings(str(tmp_path))

    assert (settings.src, settings.exclude, settings.select, settings.ignore) == (("src", "."), (), (), ())
    assert settings.migrations == (Migration(),)
