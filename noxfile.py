"""What CI runs beside the README's own commands, and what renews its tools. ``nox --list`` tells what there is."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from pathlib import Path

import nox

LOCK = "requirements/ci.txt"
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))
LOCKED = ("--require-hashes", "--only-binary", ":all:", "--requirement", LOCK)
EVERYWHERE = ("cases", "cli", "edits", "rewrite", "scopes", "source", "templates", "verify")
QUICKLY = ("--numprocesses", "auto", "-m", "not slow", *(f"tests/test_{name}.py" for name in EVERYWHERE))
IS_INSTALLED = (
    "import cachelift, sysconfig as s; assert cachelift.__file__.startswith(s.get_path('purelib')), cachelift"
)

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.error_on_missing_interpreters = False  # skipped, and said so
nox.options.sessions = ["tests", "audit"]

# pyenv puts those in front that are switched on; the others are as good.
_versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
for _version in sorted(_versions.glob("3.*/bin")):
    os.environ["PATH"] = f"{_version}{os.pathsep}{os.environ['PATH']}"


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Test what is released: the sdist's own tests against the wheel that is made from the sdist.

    All fixtures and what reads and writes source; give arguments for pytest, such as ``tests``, for more.
    """
    session.install(*LOCKED)
    with tempfile.TemporaryDirectory() as name:  # outside of the checkout, where git would know the files
        folder = Path(name).resolve()
        session.run("python", "-m", "build", "--no-isolation", "--outdir", name, silent=True)
        (sdist,) = folder.glob("*.tar.gz")
        (wheel,) = folder.glob("*.whl")
        session.run("python", "-m", "twine", "check", "--strict", str(sdist), str(wheel))
        session.install("--no-deps", str(wheel))
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        with session.chdir(folder / sdist.name.removesuffix(".tar.gz")):
            session.run("python", "-P", "-c", IS_INSTALLED)
            session.run("python", "-m", "pytest", *(session.posargs or QUICKLY))


@nox.session
def audit(session: nox.Session) -> None:
    """Look the locked packages up among the known vulnerabilities; skipped where none can be looked up."""
    session.install(*LOCKED)
    folder = Path(session.create_tmp()).resolve()
    command = ("pip-audit", "--strict", "--disable-pip", "--require-hashes", "--progress-spinner", "off")
    canary = folder / "canary.txt"
    canary.write_text(f"jinja2==2.4.1 --hash=sha256:{'0' * 64}\n")  # has had advisories for years
    report = folder / "canary.json"
    report.unlink(missing_ok=True)
    session.run(
        *command, "--requirement", str(canary), "--format", "json", "--output", str(report),
        success_codes=range(256), silent=True,
    )  # fmt: skip
    found = json.loads(report.read_text())["dependencies"] if report.exists() else []
    if not any(package.get("vulns") for package in found):
        session.skip("NOT AUDITED: no advisories can be reached (not even those of jinja2 2.4.1 are found)")
    session.run(*command, "--requirement", LOCK)


@nox.session
def lock(session: nox.Session) -> None:
    """Renew the locked tools; give ``--upgrade-package NAME`` to renew one of them only."""
    session.install("uv")
    session.run(
        "uv", "pip", "compile", "--universal", "--generate-hashes", "--python-version", PYTHONS[0],
        "--only-binary", ":all:", "--extra", "dev", "--quiet", "--output-file", LOCK,
        *(session.posargs or ("--upgrade",)), "pyproject.toml", "requirements/ci.in",
        env={"UV_CUSTOM_COMPILE_COMMAND": "nox --session lock"},
    )  # fmt: skip
