"""``[tool.cachelift]`` as settings; every error names key and file."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from cachelift.config import ConfigError, Settings, code_problem, find_root, load_settings
from cachelift.model import Migration

NO_PATH = "no dotted path of a module and its member, such as 'package.module.Name'"
NO_SIGNATURE = "no signature such as \"(cache_dir='data/cache', system='KP')\""
MISSING = "has no parameter 'sistem', which is configured"


def configured(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "pyproject.toml").write_text(text)
    return load_settings(str(tmp_path))


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        configured(tmp_path, text)
    file, separator, problem = str(caught.value).partition(": ")
    assert (file, separator) == (str(tmp_path / "pyproject.toml"), ": ")
    return problem


def migration(text: str) -> str:
    return f"[[tool.cachelift.migrations]]\n{text}\n"


def test_everything_configured(tmp_path: Path) -> None:
    settings = configured(
        tmp_path,
        """
        [tool.cachelift]
        src = ["./lib/", "lib", "."]
        exclude = ["vendor/", "!vendor/ours"]
        select = ["CLF0", "CLF001"]
        ignore = ["CLF010"]

        [[tool.cachelift.migrations]]
        legacy = "a.b.Old"
        factory = "a.c.make"
        type = "a.c.New"
        arguments = ["system", "ttl : timeout"]
        drop = ["path"]
        signature = " (path='x', system=None, *, ttl) -> None "

        [[tool.cachelift.migrations]]
        legacy = "a.b.Other"
        factory = "a.c.make"
        arguments = []
        """,
    )

    assert settings == Settings(
        root=str(tmp_path),
        config_path=str(tmp_path / "pyproject.toml"),
        src=("lib", "."),
        exclude=("vendor/", "!vendor/ours"),
        migrations=(
            Migration(
                legacy="a.b.Old",
                factory="a.c.make",
                type="a.c.New",
                arguments=(("system", "system"), ("ttl", "timeout")),
                drop=frozenset({"path"}),
                signature="(path='x', system=None, *, ttl) -> None",
            ),
            Migration(legacy="a.b.Other", factory="a.c.make", arguments=()),
        ),
        select=("CLF0", "CLF001"),
        ignore=("CLF010",),
    )


@pytest.mark.parametrize(
    "text", ["[tool.cachelift]", "tool = {cachelift = {}}", "[tool]\ncachelift.src = ['src', '.']"]
)
def test_every_spelling_of_the_table_counts(tmp_path: Path, text: str) -> None:
    assert configured(tmp_path, text) == Settings(str(tmp_path), str(tmp_path / "pyproject.toml"))


def test_a_migration_without_keys_is_the_default_one(tmp_path: Path) -> None:
    assert configured(tmp_path, migration("drop = ['cache_dir']")).migrations == (
        Migration(drop=frozenset({"cache_dir"})),
    )


@pytest.mark.parametrize("signature", ["(cache_dir, *names)", "(**options)", "()", "(system, /)"])
def test_a_signature_needs_only_what_is_configured(tmp_path: Path, signature: str) -> None:
    assert configured(tmp_path, migration(f'signature = "{signature}"')).migrations == (Migration(signature=signature),)


def test_a_signature_with_any_keyword_has_every_parameter(tmp_path: Path) -> None:
    text = migration("signature = '(a, **rest)'\narguments = ['system']")

    assert configured(tmp_path, text).migrations == (Migration(signature="(a, **rest)"),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[project]\nname = 'x'",
        "[project]\ndependencies = ['cachelift']",
        "tool = 1 # cachelift",
        "[tool.other] # cachelift",
    ],
)
def test_no_table_means_the_defaults(tmp_path: Path, text: str) -> None:
    assert configured(tmp_path, text) == Settings(str(tmp_path))


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    assert load_settings(str(tmp_path)) == Settings(str(tmp_path))


def test_toml_that_does_not_speak_of_us_is_none_of_ours(tmp_path: Path) -> None:
    assert configured(tmp_path, "= broken") == Settings(str(tmp_path))


def test_another_file(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.cachelift]\nsrc = ['a']")
    other = tmp_path / "other.toml"
    other.write_text("[tool.cachelift]\nsrc = ['b']")

    assert load_settings(str(tmp_path), str(other)) == Settings(str(tmp_path), str(other), src=("b",))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "No such file or directory"),
        ("[project]", "there is no [tool.cachelift] table in it"),
    ],
)
def test_another_file_must_be_there_and_have_the_table(tmp_path: Path, text: str | None, problem: str) -> None:
    other = tmp_path / "other.toml"
    if text is not None:
        other.write_text(text)

    with pytest.raises(ConfigError, match=re.escape(f"{other}: {problem}")):
        load_settings(str(tmp_path), str(other))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").mkdir()

    with pytest.raises(ConfigError, match=r"pyproject\.toml: Is a directory"):
        load_settings(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.cachelift", "not valid TOML: "),
        ("tool.cachelift = 1\ntool.cachelift = 2", "not valid TOML: "),
        ("tool.cachelift = 1", "tool.cachelift: must be a table, not an integer"),
        ("[tool.cachelift]\nsource = []", "tool.cachelift.source: unknown key; did you mean 'src'?"),
        (
            "[tool.cachelift]\nqqq = []",
            "tool.cachelift.qqq: unknown key; valid are 'src', 'exclude', 'migrations', 'select', 'ignore', 'baseline'",
        ),
        ("[tool.cachelift]\nsrc = 'src'", "tool.cachelift.src: must be an array of strings, not a string"),
        ("[tool.cachelift]\nsrc = [1.5]", "tool.cachelift.src: must hold strings, not a float"),
        ("[tool.cachelift]\nexclude = [' ']", "tool.cachelift.exclude: holds an empty string"),
        ("[tool.cachelift]\nsrc = ['/lib']", "tool.cachelift.src: '/lib' is not inside the repository root"),
        ("[tool.cachelift]\nsrc = ['..']", "tool.cachelift.src: '..' is not inside the repository root"),
        ("[tool.cachelift]\nsrc = ['a/../../b']", "tool.cachelift.src: 'a/../../b' is not inside the repository root"),
        ("[tool.cachelift]\nselect = ['CLF2']", "tool.cachelift.select: 'CLF2' is not a code; did you mean 'CLF002'?"),
        (
            "[tool.cachelift]\nignore = ['clf001']",
            "tool.cachelift.ignore: 'clf001' is not a code; did you mean 'CLF001'?",
        ),
        (
            "[tool.cachelift.migrations]\nlegacy = 'a.B'",
            "tool.cachelift.migrations: must be an array of tables, not a table",
        ),
        (
            "[tool.cachelift]\nmigrations = []",
            "tool.cachelift.migrations: is empty: there would be nothing to do; leave it out for the default one",
        ),
        ("[tool.cachelift]\nmigrations = [true]", "tool.cachelift.migrations[0]: must be a table, not a boolean"),
        (migration("legasy = 'a.B'"), "tool.cachelift.migrations[0].legasy: unknown key; did you mean 'legacy'?"),
        (migration("legacy = 'a.B'"), "tool.cachelift.migrations[0].factory: is missing: it goes with 'legacy'"),
        (migration("factory = 'a.b'"), "tool.cachelift.migrations[0].legacy: is missing: it goes with 'factory'"),
        (
            migration("legacy = 1\nfactory = 'a.b'"),
            "tool.cachelift.migrations[0].legacy: must be a string, not an integer",
        ),
        *(
            (
                migration(f"legacy = '{name}'\nfactory = 'a.b'"),
                f"tool.cachelift.migrations[0].legacy: {name!r} is {NO_PATH}",
            )
            for name in ("CacheService", "", "a.", ".a.B", "a..B", "a.B()", "a-b.C", "a.class.B", "a. B")
        ),
        (
            migration("type = 'Cache'"),
            f"tool.cachelift.migrations[0].type: 'Cache' is {NO_PATH}",
        ),
        (
            migration("legacy = 'a.B'\nfactory = 'c.d'") * 2,
            "tool.cachelift.migrations[1].legacy: 'a.B' is migrated twice",
        ),
        (
            migration("legacy = 'a.B'\nfactory = 'a.B'"),
            "tool.cachelift.migrations[0].factory: 'a.B' is itself a legacy class of a migration",
        ),
        (
            migration("legacy = 'a.B'\nfactory = 'c.d'\ntype = 'e.F'") + migration("legacy = 'e.F'\nfactory = 'c.d'"),
            "tool.cachelift.migrations[0].type: 'e.F' is itself a legacy class of a migration",
        ),
        (migration("arguments = ['a b']"), "tool.cachelift.migrations[0].arguments: 'a b' is no parameter name"),
        (migration("arguments = ['a:']"), "tool.cachelift.migrations[0].arguments: '' is no parameter name"),
        (migration("arguments = ['a:b:c']"), "tool.cachelift.migrations[0].arguments: 'b:c' is no parameter name"),
        (migration("arguments = ['a', 'a:b']"), "tool.cachelift.migrations[0].arguments: 'a' is mapped twice"),
        (migration("arguments = ['a', 'b:a']"), "tool.cachelift.migrations[0].arguments: 'a' is mapped twice"),
        (migration("drop = ['1']"), "tool.cachelift.migrations[0].drop: '1' is no parameter name"),
        (
            migration("drop = ['system']"),
            "tool.cachelift.migrations[0].drop: 'system' is handed on by 'arguments' as well",
        ),
        *(
            (
                migration(f"signature = {text!r}"),
                f"tool.cachelift.migrations[0].signature: {text!r} is {NO_SIGNATURE}",
            )
            for text in ("system", "(", "(a, a", "(a) # comment", "(a): return", "f(a)", "(a=1, b)", "")
        ),
        (
            migration('signature = "(a): pass\\ndef g()"'),
            f"tool.cachelift.migrations[0].signature: '(a): pass\\ndef g()' is {NO_SIGNATURE}",
        ),
        (
            migration('signature = "(a):\\n if a"'),
            f"tool.cachelift.migrations[0].signature: '(a):\\n if a' is {NO_SIGNATURE}",
        ),
        (
            migration("signature = '(self, system)'"),
            "tool.cachelift.migrations[0].signature: leave out 'self': a caller does not write it",
        ),
        (
            migration("signature = '(system)'\narguments = ['sistem']"),
            f"tool.cachelift.migrations[0].signature: {MISSING}; did you mean 'system'?",
        ),
        (
            migration("signature = '()'\ndrop = ['path']"),
            "tool.cachelift.migrations[0].signature: has no parameter 'path', which is configured; valid are none",
        ),
    ],
)
def test_refusals(tmp_path: Path, text: str, problem: str) -> None:
    message = refusal(tmp_path, text)

    assert message.startswith(problem) if problem.endswith(": ") else message == problem


@pytest.mark.parametrize("entry", ["CLF", "CLF0", "CLF00", "CLF010"])
def test_codes_and_their_beginnings(entry: str) -> None:
    assert code_problem(entry) is None


@pytest.mark.parametrize("entry", ["", "C", "CLF9", "CLF0010", "E501", "CLF001 "])
def test_what_is_no_code(entry: str) -> None:
    problem = code_problem(entry)

    assert problem is not None
    assert problem.startswith(f"{entry!r} is not a code; ")


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """repo/.git, repo/a/pyproject.toml, repo/a/b/x.py, repo/c; the current folder is elsewhere."""
    repo = tmp_path / "repo"
    for folder in (".git", "a/b", "c"):
        (repo / folder).mkdir(parents=True)
    (repo / "a" / "pyproject.toml").write_text("[project]")
    (repo / "a" / "b" / "x.py").touch()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return repo


def test_the_nearest_table_is_the_root(tree: Path) -> None:
    (tree / "pyproject.toml").write_text("[tool.cachelift]")
    (tree.parent / "pyproject.toml").write_text("[tool.cachelift]")

    assert find_root([str(tree / "a" / "b" / "x.py")]) == str(tree)

    (tree / "a" / "b" / "pyproject.toml").write_text("[tool.cachelift]")

    assert find_root([str(tree / "a" / "b" / "x.py")]) == str(tree / "a" / "b")
    assert find_root([str(tree / "a" / "b" / "x.py"), str(tree / "c")]) == str(tree)


def test_a_table_above_the_checkout_comes_before_the_checkout(tree: Path) -> None:
    (tree.parent / "pyproject.toml").write_text("[tool.cachelift]")

    assert find_root([str(tree / "c")]) == str(tree.parent)


def test_a_broken_file_that_speaks_of_us_is_the_root(tree: Path) -> None:
    (tree / "c" / "pyproject.toml").write_text("[tool.cachelift")

    assert find_root([str(tree / "c")]) == str(tree / "c")


@pytest.mark.parametrize("text", ["[tool.other]", "= broken", "[project]\ndependencies = ['cachelift']"])
def test_git_comes_before_a_file_without_the_table(tree: Path, text: str) -> None:
    (tree / "a" / "pyproject.toml").write_text(text)

    assert find_root([str(tree / "a" / "b")]) == str(tree)


def test_without_git_the_nearest_file(tree: Path) -> None:
    (tree / ".git").rmdir()

    assert find_root([str(tree / "a" / "b")]) == str(tree / "a")


def test_without_anything_the_current_folder_if_it_holds_them_all(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tree / ".git").rmdir()
    monkeypatch.chdir(tree)
    (tree / "cc").mkdir()

    assert find_root(["c"]) == str(tree)
    assert find_root(["c", "cc"]) == str(tree)
    assert find_root([]) == str(tree)

    monkeypatch.chdir(tree / "c")

    assert find_root([str(tree / "cc")]) == str(tree / "cc")
    assert find_root(["../cc", "."]) == str(tree)


def test_paths_that_do_not_exist_count_only_if_none_does(tree: Path) -> None:
    assert find_root([str(tree / "missing" / "x.py"), "/nowhere/y.py"]) == os.sep
    assert find_root(["/nowhere/y.py", str(tree / "a" / "b" / "x.py")]) == str(tree)
    assert find_root([str(tree / "c" / "missing.py")]) == str(tree)


def test_links_on_the_way_are_resolved_and_that_of_a_file_is_not(tree: Path) -> None:
    (tree.parent / "link").symlink_to(tree / "a")
    (tree / "c" / "out.py").symlink_to(tree.parent / "elsewhere")
    target = tree.parent / "elsewhere" / "y.py"
    target.touch()
    (tree / "c" / "y.py").symlink_to(target)

    assert find_root([str(tree.parent / "link" / "b" / "x.py")]) == str(tree)
    assert find_root([str(tree / "c" / "y.py")]) == str(tree)
