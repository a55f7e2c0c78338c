"""The configuration for other linters, read by those linters themselves."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from golden import STUB

from cachelift.bans import TOOLS, export
from cachelift.cli import export as command
from cachelift.cli import main
from cachelift.config import load_settings

Capture = pytest.CaptureFixture[str]

MODULE = "app.services.cache_service"
FORMS = """\
from app.services.cache_service import CacheService
from app.services.cache_service import CacheKey, CacheService as Old
from app.services import cache_service
import app.services.cache_service as cs

a = CacheService(system="A")
b = Old(system="B")
c = cache_service.CacheService(system="C")
d = cs.CacheService(system="D")
e = cs.CacheKey("E")
"""
RELATIVE = "from .services.cache_service import CacheService\n\nCacheService()\n"
KEYS = "from app.services.cache_service import CacheKey\n\nCacheKey('k')\n"
ALIKE = "class CacheService: ...\n\n\nCacheService()\n"
TARGET = '''"""The replacement, which builds on the class."""

from app.services.cache_service import CacheService


class UnifiedCache(CacheService): ...


def get_unified_cache(system="KP") -> UnifiedCache:
    return UnifiedCache(system=system)
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(STUB, tmp_path, dirs_exist_ok=True)
    for name, text in (("forms", FORMS), ("relative", RELATIVE), ("keys", KEYS), ("alike", ALIKE)):
        (tmp_path / f"app/{name}.py").write_text(text)
    (tmp_path / "app/services/unified_cache.py").write_text(TARGET)
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> str:
    """What a tool prints about the folder ``app``; it must find something."""
    environment = {"PATH": str(Path(sys.executable).parent), "NO_COLOR": "1", "PYTHONPATH": ".", "COLUMNS": "200"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, check=False)
    assert done.returncode == 1, (done.stdout, done.stderr)
    return done.stdout.decode()


def added(project: Path, tool: str, **options: bool) -> None:
    settings = load_settings(str(project))
    with (project / "pyproject.toml").open("a") as file:
        file.write(export(settings, tool, **options))


def places(text: str) -> list[str]:
    """The file and line of each report; ruff comes with others that are on by default."""
    return re.findall(r"^app/(\S+?:\d+):\d+: (?:TID251|I251) ", text, re.MULTILINE)


# ruff


def ruff() -> list[str]:
    return places(run("-m", "ruff", "check", "--no-cache", "--output-format", "concise", "app"))


def test_ruff(project: Path) -> None:
    added(project, "ruff")
    assert ruff() == ["forms.py:1", "forms.py:2", "forms.py:8", "forms.py:9", "relative.py:1"]


def test_ruff_whole_module(project: Path) -> None:
    added(project, "ruff", whole_module=True)
    found = [f"forms.py:{line}" for line in (1, 2, 3, 4)]
    assert ruff() == [*found, "keys.py:1", "relative.py:1"]


# flake8-tidy-imports


def flake8() -> list[str]:
    return places(run("-m", "flake8", "--select", "I251", "app"))


def test_flake8_tidy_imports(project: Path) -> None:
    assert main(["export", "flake8-tidy-imports", "--output", ".flake8"]) == 0
    assert flake8() == ["forms.py:1", "forms.py:2"]


def test_flake8_tidy_imports_whole_module(project: Path) -> None:
    assert main(["export", "flake8-tidy-imports", "--whole-module", "--output", ".flake8"]) == 0
    assert flake8() == ["forms.py:1", "forms.py:2", "forms.py:3", "forms.py:4", "keys.py:1"]


# import-linter


def lint_imports() -> str:
    return run("-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-cache")


def test_import_linter(project: Path) -> None:
    added(project, "import-linter")
    text = lint_imports()
    assert re.findall(r"^- (\S+) -> (\S+)", text, re.MULTILINE) == [
        ("app.forms", MODULE),
        ("app.keys", MODULE),
        ("app.relative", MODULE),
    ]
    assert "instead of CacheService use app.services.unified_cache.get_unified_cache" in text


def test_import_linter_with_packages_beside(project: Path) -> None:
    (project / "src").mkdir()
    shutil.move("app", "src/app")
    for name in ("api", "no identifier"):
        (project / "src" / name).mkdir()
        (project / f"src/{name}/__init__.py").touch()
    (project / "src/data").mkdir()
    text = export(load_settings(str(project)), "import-linter")
    assert 'root_packages = ["api", "app"]\n' in text


def test_import_linter_without_the_module(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.cachelift]\nsrc = ["gone", "."]\n')
    assert 'root_packages = ["app"]\n' in export(load_settings(str(tmp_path)), "import-linter")


# semgrep


@pytest.mark.parametrize(
    ("whole_module", "name", "patterns"),
    [
        (False, f"{MODULE}.CacheService", 3),
        (True, MODULE, 6),
    ],
)
def test_semgrep_rule(project: Path, whole_module: bool, name: str, patterns: int) -> None:
    rule: Any
    (rule,) = yaml.safe_load(export(load_settings(str(project)), "semgrep", whole_module=whole_module))["rules"]
    assert rule.pop("message").startswith("instead of CacheService use app.services.unified_cache.get_unified_cache")
    found = [each.pop("pattern") for each in rule["pattern-either"]]
    package, _, last = name.rpartition(".")
    assert found[:3] == [name, f"from {package} import {last}", f"from {package} import {last} as $NAME"]
    assert len(found) == patterns
    assert rule == {
        "id": f"{re.sub('[._]', '-', name)}-is-deprecated",
        "languages": ["python"],
        "severity": "WARNING",
        "pattern-either": [{}] * patterns,
        "paths": {"exclude": ["**/app/services/unified_cache.py"]},
    }


def test_semgrep_module_of_the_top_level(tmp_path: Path) -> None:
    config = "[[tool.cachelift.migrations]]\nlegacy = 'old.Cache'\nfactory = 'new.make'\n"
    (tmp_path / "pyproject.toml").write_text(config)
    (rule,) = yaml.safe_load(export(load_settings(str(tmp_path)), "semgrep", whole_module=True))["rules"]
    assert [each["pattern"] for each in rule["pattern-either"]] == [
        "old",
        "import old",
        "import old as $NAME",
        "from old import $MEMBER",
    ]


@pytest.mark.skipif(shutil.which("semgrep") is None, reason="semgrep is not installed")
def test_semgrep(project: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)  # semgrep counts paths from the top of a repository
    assert main(["export", "semgrep", "--output", "rule.yml"]) == 0
    scan = ["semgrep", "scan", "--disable-version-check", "--metrics=off", "--quiet", "--config", "rule.yml", "--vim"]
    done = subprocess.run([*scan, "app"], capture_output=True, check=True)
    lines = re.findall(r"^app/(\S+?:\d+):", done.stdout.decode(), re.MULTILINE)
    assert sorted(lines) == ["forms.py:1", "forms.py:2", "forms.py:6", "forms.py:7", "forms.py:8", "forms.py:9"]


# several migrations, odd places


SEVERAL = """\
[tool.cachelift]
src = ["my src"]

[[tool.cachelift.migrations]]
legacy = "pkg.old.One"
factory = "pkg.new.make_one"
type = "pkg.new.NewOne"

[[tool.cachelift.migrations]]
legacy = "pkg.old.Two"
factory = "pkg.new.make_two"

[[tool.cachelift.migrations]]
legacy = "lib.Three"
factory = "other.three"
"""


@pytest.fixture
def several(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(SEVERAL)
    (tmp_path / "my src/pkg/new").mkdir(parents=True)
    (tmp_path / "my src/pkg/new/__init__.py").write_text(
        "def make_one(): ...\ndef make_two(): ...\nclass NewOne: ...\n"
    )
    (tmp_path / "my src/pkg/__init__.py").touch()
    (tmp_path / "my src/pkg/old.py").write_text("class One: ...\nclass Two: ...\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_several_migrations(several: Path) -> None:
    settings = load_settings(str(several))
    one = "instead of One use pkg.new.make_one, or pkg.new.NewOne as a type"
    assert export(settings, "flake8-tidy-imports").splitlines()[1:] == [
        "[flake8]",
        "banned-modules =",
        f"    pkg.old.One = {one}",
        "    pkg.old.Two = instead of Two use pkg.new.make_two",
        "    lib.Three = instead of Three use other.three",
        "per-file-ignores =",
        "    **/other.py: I251",
        "    my?src/pkg/new/__init__.py: I251",
    ]
    assert export(settings, "ruff", whole_module=True).splitlines()[4:] == [
        "[tool.ruff.lint.extend-per-file-ignores]",
        '"**/other.py" = ["TID251"]',
        '"my?src/pkg/new/__init__.py" = ["TID251"]',
        "",
        "[tool.ruff.lint.flake8-tidy-imports.banned-api]",
        f'"pkg.old".msg = "{one}; instead of Two use pkg.new.make_two"',
        '"lib".msg = "instead of Three use other.three"',
    ]
    linter = export(settings, "import-linter")
    assert linter.count("[[tool.importlinter.contracts]]") == 2
    assert 'root_packages = ["lib", "pkg"]\n' in linter
    excluded = [rule["paths"]["exclude"] for rule in yaml.safe_load(export(settings, "semgrep"))["rules"]]
    assert excluded == [["**/other.py", "**/pkg/new/__init__.py"]] * 3


# the command


@pytest.mark.parametrize("tool", TOOLS)
def test_prints_or_writes_the_same(project: Path, tool: str, capsys: Capture) -> None:
    assert main(["export", tool]) == 0
    out, err = capsys.readouterr()
    assert (out.startswith(f"# Made by `cachelift export {tool}`"), err) == (True, "")
    for _ in range(2):
        assert main(["export", tool, "--output", "made.txt"]) == 0
    assert (project / "made.txt").read_text() == out
    assert capsys.readouterr() == ("", "")


def test_the_command_knows_all_tools() -> None:
    assert tuple(TOOLS) == command.TOOLS


def test_an_empty_file_is_written(project: Path) -> None:
    (project / "made.txt").touch()
    assert main(["export", "ruff", "--output", "made.txt"]) == 0
    assert (project / "made.txt").stat().st_size > 0


def test_a_file_made_by_hand_is_left_alone(project: Path, capsys: Capture) -> None:
    assert main(["export", "ruff", "--output", "pyproject.toml"]) == 2
    assert (project / "pyproject.toml").read_text() == "[tool.cachelift]\n"
    message = "pyproject.toml is there already and was not made by `cachelift export`: add the text by hand"
    assert capsys.readouterr() == ("", f"cachelift: error: {message}\n")


def test_a_file_that_cannot_be_read(project: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("cachelift.config.load_settings", lambda root, config: None)
    assert main(["export", "ruff", "--output", "pyproject.toml"]) == 2
    monkeypatch.undo()
    assert capsys.readouterr() == ("", "cachelift: error: cannot read pyproject.toml: Permission denied\n")


def test_a_wrong_configuration(project: Path, capsys: Capture) -> None:
    assert main(["export", "ruff", "--config", "gone.toml"]) == 2
    assert capsys.readouterr() == ("", "cachelift: error: gone.toml: No such file or directory\n")


def test_an_unknown_tool(capsys: Capture) -> None:
    assert main(["export", "pylint"]) == 2
    assert "'ruff', 'flake8-tidy-imports', 'import-linter', 'semgrep'" in capsys.readouterr().err


def test_a_narrow_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = "[[tool.cachelift.migrations]]\nlegacy = 'old.Caché'\nfactory = 'new.make'\n"
    (tmp_path / "pyproject.toml").write_text(config, "utf-8")
    monkeypatch.chdir(tmp_path)
    data = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(data, "ascii"))
    assert main(["export", "ruff"]) == 0
    assert b"old.Cach\\xe9" in data.getvalue()
