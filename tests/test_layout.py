"""Import roots, module names and the files of dotted names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from cachelift.layout import Layout

PACKAGE = ("src/app/__init__.py", "src/app/x.py", "src/app/sub/__init__.py", "src/app/sub/y.pyi", "setup.py")


def layout(files: Iterable[str], src: Sequence[str] = ("src", ".")) -> Layout:
    return Layout("/nowhere", src, files)


@pytest.mark.parametrize(
    ("path", "modules", "packages"),
    [
        ("src/app/x.py", ("app.x", "src.app.x"), ("app", "src.app")),
        ("src/app/__init__.py", ("app", "src.app"), ("app", "src.app")),
        ("src/app/sub/y.pyi", ("app.sub.y", "src.app.sub.y"), ("app.sub", "src.app.sub")),
        ("setup.py", ("setup",), ("",)),
        ("tests/test_x.py", ("tests.test_x", "test_x"), ("tests", "")),
        ("my-tools/pkg/__init__.py", ("pkg",), ("pkg",)),
        ("my-tools/pkg/run.py", ("pkg.run",), ("pkg",)),
        ("src/app/no-name.py", (), ()),
        ("__init__.py", (), ()),
        ("src/app/data.txt", (), ()),
        ("script", (), ()),
    ],
)
def test_names_of_a_file(path: str, modules: tuple[str, ...], packages: tuple[str, ...]) -> None:
    known = layout([*PACKAGE, "tests/test_x.py", "my-tools/pkg/__init__.py", "my-tools/pkg/run.py"])
    assert (known.module_names(path), known.package_names(path)) == (modules, packages)


def test_import_roots_are_normalised_and_stay_inside(tmp_path: Path) -> None:
    known = Layout(str(tmp_path), ["./lib/", str(tmp_path / "src"), "../other", "lib"], ["lib/a.py", "src/b.py"])
    assert [known.module_names(path) for path in ("lib/a.py", "src/b.py")] == [("a",), ("b",)]
    assert known.locate("b") == "src/b.py"


@pytest.mark.parametrize(
    ("path", "level", "module", "expected"),
    [
        ("src/app/x.py", 1, "y", ("app.y", "src.app.y")),
        ("src/app/x.py", 1, None, ("app", "src.app")),
        ("src/app/x.py", 2, "y", ("", "src.y")),
        ("src/app/x.py", 9, "y", ("", "")),
        ("src/app/sub/__init__.py", 1, "y", ("app.sub.y", "src.app.sub.y")),
        ("src/app/sub/__init__.py", 2, None, ("app", "src.app")),
        ("src/app/x.py", 0, "os.path", ("os.path", "os.path")),
        ("setup.py", 1, "y", ("",)),
    ],
)
def test_relative_imports(path: str, level: int, module: str | None, expected: tuple[str, ...]) -> None:
    assert layout(PACKAGE).resolve_relative(path, level, module) == expected


@pytest.mark.parametrize(
    ("files", "dotted", "expected"),
    [
        (PACKAGE, "app", "src/app/__init__.py"),
        (PACKAGE, "app.x", "src/app/x.py"),
        (PACKAGE, "src.app.x", "src/app/x.py"),
        (PACKAGE, "app.sub.y", "src/app/sub/y.pyi"),
        (PACKAGE, "setup", "setup.py"),
        (PACKAGE, "src", None),
        (PACKAGE, "app.z", None),
        (PACKAGE, "nothing.x", None),
        (PACKAGE, "", None),
        (PACKAGE, "app..x", None),
        (["a.py", "a/__init__.py"], "a", "a/__init__.py"),
        (["a.py", "a.pyi"], "a", "a.py"),
        (["a/__init__.pyi", "a.py"], "a", "a.py"),
        (["src/a.py", "a.py"], "a", "src/a.py"),
        (["space/inner/a.py"], "space.inner.a", "space/inner/a.py"),
        (["space/inner/a.py"], "space.inner", None),
        # A module is no package, whatever folder of its name lies beside it.
        (["a.py", "a/b.py"], "a.b", None),
        (["a.py", "a/__init__.py", "a/b.py"], "a.b", "a/b.py"),
    ],
)
def test_the_file_of_a_module(files: Sequence[str], dotted: str, expected: str | None) -> None:
    known = layout(files)
    assert (known.locate(dotted), known.locate(dotted)) == (expected, expected)


@pytest.mark.parametrize(
    ("files", "dotted", "expected"),
    [
        (["tests/helpers.py"], "helpers", "tests/helpers.py"),
        (
            ["tools/pkg/__init__.py", "tools/pkg/sub/__init__.py", "tools/pkg/sub/a.py"],
            "pkg.sub.a",
            "tools/pkg/sub/a.py",
        ),
        (["tests/helpers.py", "bench/helpers.py"], "helpers", None),
        (["tools/json.py"], "json", None),
        (["tools/pkg/__init__.py", "tools/pkg/a.py"], "a", None),
        (["__init__.py", "a/__init__.py"], "nothing", None),
    ],
)
def test_bare_names_outside_packages(files: Sequence[str], dotted: str, expected: str | None) -> None:
    assert layout(files).locate(dotted) == expected


def test_the_importers_own_folder_decides_between_bare_names() -> None:
    known = layout(["tests/helpers.py", "bench/helpers.py"])
    assert [known.locate("helpers", path) for path in ("tests/test_x.py", "bench/run.py", "other/x.py")] == [
        "tests/helpers.py",
        "bench/helpers.py",
        None,
    ]


@pytest.mark.parametrize(
    ("dotted", "expected"),
    [("app", True), ("app.sub", True), ("src", True), ("app.x", False), ("other", False), ("", False), ("a-b", False)],
)
def test_package_folders(dotted: str, expected: bool) -> None:
    assert layout(PACKAGE).is_package_dir(dotted) is expected


def test_without_a_list_the_disk_is_asked(tmp_path: Path) -> None:
    (tmp_path / "src" / "app").mkdir(parents=True)
    (tmp_path / "src" / "app" / "X.py").write_text("")
    (tmp_path / "conftest.py").write_text("")
    known = Layout(str(tmp_path), ["src", ".", "absent"])
    assert known.locate("app.X") == "src/app/X.py"
    assert known.locate("conftest") == "conftest.py"
    # Names are compared as Python does, even on a file system that ignores case.
    assert known.locate("app.x") is None
    assert known.locate("helpers") is None
    assert known.is_package_dir("app") is True
    assert known.is_folder("") is True
    assert known.is_folder("absent") is False


def test_a_name_that_no_folder_can_have(tmp_path: Path) -> None:
    assert Layout(str(tmp_path), ["a\0b"]).locate("x") is None


@pytest.mark.parametrize(
    ("files", "dotted", "roots"),
    [
        (["a/b/m.py", "c/b/m/__init__.py", "b/m.pyi"], "b.m", (".", "a", "c")),
        (["z/m.py", "y/x/m.py", "y/x/m.pyi"], "m", ("z", "y/x")),
        (["a/xb/m.py", "a/b/m.txt", "a/b/n.py"], "b.m", ()),
        (["a/b.py", "a/b/m.py"], "b.m", ()),
    ],
)
def test_other_roots(files: list[str], dotted: str, roots: tuple[str, ...]) -> None:
    assert Layout("/nowhere", ["src"], files).other_roots(dotted) == roots


def test_other_roots_are_not_looked_for_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "m.py").touch()
    assert Layout(str(tmp_path), ["src"]).other_roots("m") == ()
