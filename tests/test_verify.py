"""The proof is real: every way to spoil an output that we could think of is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cases
import pytest
from helpers import fixed

from cachelift.analysis.facts import FileFacts, Usage
from cachelift.analysis.plan import rewritten
from cachelift.config import load_settings
from cachelift.discover import discover
from cachelift.knowledge import ProgramKnowledge
from cachelift.model import Edit, Span
from cachelift.run import Run
from cachelift.source import splice
from cachelift.verify import VerificationError, verify

LEGACY = "from app.services.cache_service import CacheService"
TARGET = "from app.services.unified_cache import get_unified_cache"


@dataclass
class Output:
    """A right output with all that its proof needs."""

    facts: FileFacts
    before: str
    edits: list[Edit]
    going: list[Usage]
    knowledge: ProgramKnowledge
    alive: set[int]

    def prove(self, edits: list[Edit] | None = None, after: str | None = None) -> FileFacts:
        """Verify these edits, with the text that they give or another one."""
        edits = self.edits if edits is None else edits
        text = splice(self.before, edits) if after is None else after
        return verify(self.facts, self.before, text, edits, self.going, self.knowledge, self.alive, {})


Prepare = Callable[[str], Output]


@pytest.fixture
def prepare(tmp_path: Path) -> Prepare:
    def make(text: str) -> Output:
        from cachelift.edits import file_edits

        case = cases.Case(cases.CASES / "imports" / "from-import", {})
        case.lay_out(tmp_path)
        (tmp_path / "app" / "consumer.py").write_text(text, encoding="utf-8")
        run = Run(load_settings(str(tmp_path)), discover(str(tmp_path), [str(tmp_path)]))
        run.loaded.load()
        program = run.decide(run.loaded)
        facts = run.facts["app/consumer.py"]
        edits = file_edits(program, facts, text)
        return Output(facts, text, edits, list(rewritten(program, facts)), run.knowledge, program.alive)

    return make


def replaced(output: Output, old: str, new: str) -> list[Edit]:
    """The edits with one replacement text changed."""
    assert any(old in edit.replacement for edit in output.edits), output.edits
    return [edit._replace(replacement=edit.replacement.replace(old, new)) for edit in output.edits]


def without(output: Output, text: str) -> list[Edit]:
    """The edits but for the one whose replacement holds a text."""
    left = [edit for edit in output.edits if text not in edit.replacement]
    assert len(left) < len(output.edits)
    return left


PROGRAM = f"""{LEGACY}  # noqa: F401


def load(name: str, cache: "CacheService | None" = None) -> CacheService:
    return cache or CacheService(system=name)  # why


def test(value):
    return isinstance(value, CacheService)
"""


def test_a_right_output_is_proven(prepare: Prepare) -> None:
    output = prepare(PROGRAM)
    found = output.prove()
    assert [usage.role.value for usage in found.usages if usage.code != "CLF001"] == ["test"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("get_unified_cache(name)", "get_unified_cach(name)"),  # a name that is nowhere bound
        ("get_unified_cache(name)", "CacheService(name)"),  # the old call
        ("get_unified_cache(name)", "UnifiedCache(name)"),  # bound, but not to the factory
        ("get_unified_cache(name)", "load(name)"),  # bound, but to something else
        ("get_unified_cache(name)", "name"),
        ("get_unified_cache(name)", "get_unified_cache(name"),  # does not parse
        ("get_unified_cache, UnifiedCache", "UnifiedCache"),  # an import dropped
        ("get_unified_cache, UnifiedCache", "get_unified_cache as guc, UnifiedCache"),  # an alias forgotten
        ("app.services.unified_cache", "app.services.cache_service"),  # the wrong module
        ("(CacheService, UnifiedCache)", "UnifiedCache"),  # a class that has to be accepted is lost
        ("(CacheService, UnifiedCache)", "(CacheService, CacheService)"),
    ],
)
def test_a_wrong_text_is_refused(prepare: Prepare, old: str, new: str) -> None:
    output = prepare(PROGRAM)
    with pytest.raises(VerificationError):
        output.prove(replaced(output, old, new))


PIECES = f"""import json

{LEGACY}
LIMIT = 3


def load(name):
    import app.services.cache_service as store, app.recorder
    store.CacheService(system="B")
    return CacheService(system=name), app.recorder  # why


def other(value):
    return [json.dumps(value), LIMIT]
"""
"""After the rewrite no token of the migration is left, so only the pieces that the edits concern are read again."""


def test_what_is_rewritten_completely_is_proven_without_another_analysis(
    prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = prepare(PIECES)
    monkeypatch.setattr("cachelift.verify.analyse", None)
    assert output.prove() == FileFacts("app/consumer.py")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("get_unified_cache(name)", "get_unified_cach(name)", "would no longer be bound"),
        ("get_unified_cache(name)", "other(name)", "does not lead to the factory"),
        ("get_unified_cache(name)", "LIMIT(name)", "does not lead to the factory"),
        (
            "get_unified_cache(name)",
            "[get_unified_cache(name) for get_unified_cache in name]",
            "not lead to the factory",
        ),
        ("get_unified_cache(name)", "(lambda get_unified_cache: get_unified_cache(name))", "not lead to the factory"),
        ("get_unified_cache(name)", "get_unified_cache(name)\n    0", "statements"),
        ("get_unified_cache(name)", "get_unified_cache(name)\n@load", "does not parse"),
        ("get_unified_cache(name)", 'get_unified_cache(name) """', "does not parse"),
        ("get_unified_cache(name)", "get_unified_cache(name", "does not parse"),
        ("get_unified_cache(name)", "get_unified_cache(name, LIMITS)", "would no longer be bound"),
        ("import get_unified_cache", "import get_unified_cache as other", "would no longer be bound"),
        ("import get_unified_cache", "import get_unified_cache as load", "would no longer be bound"),
        ("import get_unified_cache", "import make as get_unified_cache", "does not lead to the factory"),
        (
            "import get_unified_cache",
            "import get_unified_cache; import json as get_unified_cache",
            "not lead to the fact",
        ),
        ("import get_unified_cache", "import get_unified_cache; LIMIT = 4", "something else than imports"),
        (
            "import get_unified_cache",
            "import get_unified_cache\nif LIMIT: pass\nelse: pass",
            "something else than imports",
        ),
        ("import get_unified_cache", "import get_unified_cache\nif LIMIT:", "something else than imports"),
        ("import get_unified_cache", "import get_unified_cache\n@load", "something else than imports"),
        ("import get_unified_cache", "import get_unified_cache; (", "something else than imports"),
        ("import get_unified_cache", 'import get_unified_cache; """', "something else than imports"),
        ("import get_unified_cache", "import get_unified_cache\\", "something else than imports"),
    ],
)
def test_a_wrong_text_in_a_piece_is_refused(prepare: Prepare, old: str, new: str, message: str) -> None:
    output = prepare(PIECES)
    with pytest.raises(VerificationError, match=message):
        output.prove(replaced(output, old, new))


@pytest.mark.parametrize(
    ("comment", "analysed"), [("é", False), ("\N{FULLWIDTH LATIN CAPITAL LETTER C}acheService", True)]
)
def test_names_are_looked_for_as_the_parser_reads_them(
    prepare: Prepare, monkeypatch: pytest.MonkeyPatch, comment: str, analysed: bool
) -> None:
    output = prepare(f"{PIECES}\n# {comment}\n")
    calls: list[str] = []

    def note(path: str, *arguments: object) -> FileFacts:
        calls.append(path)
        return FileFacts(path)

    monkeypatch.setattr("cachelift.verify.analyse", note)
    output.prove()
    assert calls == ["app/consumer.py"] * analysed


@pytest.mark.parametrize("behind", ["    print(1)", "print(1)", "else: print(1)", "    def f(): pass"])
def test_nothing_is_put_behind_a_local_import(prepare: Prepare, behind: str) -> None:
    output = prepare(f"def load():\n    {LEGACY}\n    return CacheService(system='A')\n")
    with pytest.raises(VerificationError, match="something else than imports"):
        output.prove(replaced(output, TARGET, f"{TARGET}\n{behind}"))


@pytest.mark.parametrize("joined", ["; ", "\n"])
def test_an_import_that_goes_takes_its_line_or_its_semicolon_with_it(prepare: Prepare, joined: str) -> None:
    output = prepare(f"{TARGET}\n{LEGACY}{joined}import json\nprint(CacheService(system='A'), json)\n")
    output.prove()
    [gone] = [edit for edit in output.edits if not edit.replacement]
    more = gone._replace(span=Span(gone.span.start, gone.span.end + 1))
    with pytest.raises(VerificationError, match="not where a usage stands"):
        output.prove([more if edit is gone else edit for edit in output.edits])


def test_a_text_that_parses_and_does_not_compile_is_refused(prepare: Prepare) -> None:
    output = prepare(PIECES)
    with pytest.raises(VerificationError, match="does not compile: keyword argument repeated: x"):
        output.prove(replaced(output, "get_unified_cache(name)", "get_unified_cache(name, x=1, x=2)"))


def test_a_text_that_did_not_compile_before_is_proven(prepare: Prepare) -> None:
    text = f'{LEGACY}\nprint(CacheService(system="A"), end="", end="")\n'
    assert prepare(text).prove() == FileFacts("app/consumer.py")


REMOVED = {
    "the line's end before its comment": (f"LIMIT = 1\n{LEGACY}  # why\n", f"{LEGACY}  ", f"\n{LEGACY}  "),
    "not all blanks before its comment": (f"LIMIT = 1\n{LEGACY}  # why\n", f"{LEGACY}  ", f"{LEGACY} "),
    "the semicolons on both sides": (f"import json; {LEGACY};\n", f"; {LEGACY}", f"; {LEGACY};"),
    "another import": (f"import json; import os; {LEGACY}\n", f"; {LEGACY}", f"; import os; {LEGACY}"),
    "not all blanks before its semicolon": (f"import json ; {LEGACY}\n", f" ; {LEGACY}", f"; {LEGACY}"),
    "not all blanks behind its semicolon": (
        f"LIMIT = 1; {LEGACY}; import json\n",
        f"{LEGACY}; ",
        f"{LEGACY};",
    ),
}


@pytest.mark.parametrize(("line", "right", "wrong"), REMOVED.values(), ids=REMOVED)
def test_an_import_that_goes_takes_nothing_else_with_it(prepare: Prepare, line: str, right: str, wrong: str) -> None:
    output = prepare(f"{TARGET}\n{line}print(CacheService(system='A'))\n")
    output.prove()
    [gone] = [edit for edit in output.edits if not edit.replacement]
    assert output.before[gone.span.start : gone.span.end] == right
    start = output.before.index(wrong)
    more = gone._replace(span=Span(start, start + len(wrong)))
    with pytest.raises(VerificationError, match="not where a usage stands"):
        output.prove([more if edit is gone else edit for edit in output.edits])


def test_what_is_put_behind_an_import_is_a_statement(prepare: Prepare) -> None:
    output = prepare(f"{LEGACY}\nprint(CacheService(system='A'))\n")
    end = len(LEGACY)
    with pytest.raises(VerificationError, match="no statement of its own"):
        output.prove(sorted([*output.edits, Edit(Span(end, end), "# why")], key=lambda edit: edit.span))


def test_a_lost_name_that_another_piece_uses_is_refused(prepare: Prepare) -> None:
    text = """import app.services.cache_service, json
print(app.services.cache_service.CacheService(system="A"))


def other(value):
    return json.dumps(value)
"""
    output = prepare(text)
    output.prove()
    with pytest.raises(VerificationError, match="`json` would no longer be bound"):
        output.prove(replaced(output, "import json", "pass"))


def test_a_new_name_that_another_piece_binds_is_refused(prepare: Prepare) -> None:
    """The plan would not take the name; what it says is spoiled together with the edits."""
    text = f"""{LEGACY}
print(CacheService(system="A"))


def change():
    global another
    another = print
"""
    output = prepare(text)
    for usage in output.going:
        usage.names = dict.fromkeys(usage.names, "another")
    edits = replaced(output, "import get_unified_cache", "import get_unified_cache as another")
    edits = [e._replace(replacement=e.replacement.replace("get_unified_cache(", "another(")) for e in edits]
    with pytest.raises(VerificationError, match="the new name does not lead to the factory"):
        output.prove(edits)


@pytest.mark.parametrize("added", ["if LIMIT: ", "x = ", "import os"])
def test_a_line_that_goes_on_with_the_next_piece_is_refused(prepare: Prepare, added: str) -> None:
    output = prepare(PIECES)
    end = PIECES.index("LIMIT = 3")
    edits = sorted([*output.edits, Edit(Span(end, end), added)], key=lambda edit: edit.span)
    with pytest.raises(VerificationError, match=r"something else than imports|does not parse"):
        output.prove(edits)


def test_an_edit_over_the_border_of_two_pieces_is_refused(prepare: Prepare) -> None:
    text = f"{LEGACY}\nfrom app import recorder\nprint(CacheService(system='A'), recorder)\n"
    output = prepare(text)
    start = text.index("from app import")
    lost = Edit(Span(len(LEGACY), start + 4), "\nfrom")
    with pytest.raises(VerificationError, match="not where a usage stands"):
        output.prove(sorted([*output.edits, lost], key=lambda edit: edit.span))


@pytest.mark.parametrize(
    "kept", ["get_unified_cache(name)", "import get_unified_cache", "(CacheService, UnifiedCache)"]
)
def test_a_forgotten_edit_is_refused(prepare: Prepare, kept: str) -> None:
    output = prepare(PROGRAM)
    with pytest.raises(VerificationError):
        output.prove(without(output, kept))


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_span_that_is_off_by_one_is_refused(prepare: Prepare, shift: int) -> None:
    output = prepare(PROGRAM)
    for index, edit in enumerate(output.edits):
        moved = edit._replace(span=Span(max(edit.span.start + shift, 0), edit.span.end + shift))
        edits = [*output.edits[:index], moved, *output.edits[index + 1 :]]
        if moved.span == edit.span:
            continue
        with pytest.raises(VerificationError):
            output.prove(edits)


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_span_that_ends_off_by_one_is_refused(prepare: Prepare, shift: int) -> None:
    output = prepare(PROGRAM)
    for index, edit in enumerate(output.edits):
        moved = edit._replace(span=Span(edit.span.start, edit.span.end + shift))
        if moved.span.end < moved.span.start:
            continue
        with pytest.raises(VerificationError):
            output.prove([*output.edits[:index], moved, *output.edits[index + 1 :]])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("  # why", ""),  # a comment lost
        lambda text: text + "\n",
        lambda text: text.replace("\n", "\r\n"),
        lambda text: " " + text,
        lambda text: text.replace("def test", "def best"),
        lambda text: re.sub(r"# noqa: F401", "# noqa", text),
        lambda text: text[:-1],
    ],
)
def test_a_change_outside_the_edits_is_refused(prepare: Prepare, spoil: Callable[[str], str]) -> None:
    output = prepare(PROGRAM)
    with pytest.raises(VerificationError):
        output.prove(after=spoil(splice(output.before, output.edits)))


def test_an_import_in_the_wrong_block_is_refused(prepare: Prepare) -> None:
    text = f"""{LEGACY}

one = CacheService(system="A")


def other():
    return 1
"""
    output = prepare(text)
    end = len(text)
    moved = [
        *(e._replace(replacement="") if "import" in e.replacement else e for e in output.edits),
        Edit(Span(end, end), f"    {TARGET}\n"),
    ]
    with pytest.raises(VerificationError):
        output.prove(moved)


def test_an_import_that_something_still_needs_is_not_dropped(prepare: Prepare) -> None:
    text = f"""{LEGACY}

print(CacheService(system="A"), CacheService(cache_dir="d"))
"""
    output = prepare(text)
    edits = [*output.edits, Edit(Span(0, len(LEGACY)), TARGET)]
    assert any(edit.replacement == f"{TARGET}\n" for edit in output.edits)
    with pytest.raises(VerificationError):
        output.prove(sorted(edits, key=lambda edit: edit.span))


def test_an_import_that_has_to_go_is_not_left(prepare: Prepare) -> None:
    text = f"{LEGACY}\n\nprint(CacheService(system='A'))\n"
    output = prepare(text)
    edits = replaced(output, TARGET, f"{LEGACY}; {TARGET}")
    with pytest.raises(VerificationError, match="the import of `CacheService` is left"):
        output.prove(edits)


def test_a_new_usage_is_refused(prepare: Prepare) -> None:
    text = f"{LEGACY}\n\nprint(CacheService(system='A'), CacheService(cache_dir='d'))\n"
    output = prepare(text)
    with pytest.raises(VerificationError, match="usages of the kind"):
        output.prove(replaced(output, "get_unified_cache('A')", "get_unified_cache('A'), CacheService.shared()"))


def test_a_new_statement_is_refused(prepare: Prepare) -> None:
    text = f"{LEGACY}\n\nprint(CacheService(system='A'))\n"
    output = prepare(text)
    with pytest.raises(VerificationError, match="something else than imports"):
        output.prove(replaced(output, TARGET, f"{TARGET}; print('more')"))


def test_the_none_of_a_guarded_import_leads_to_the_factory(prepare: Prepare) -> None:
    text = """try:
    from app.services.cache_service import CacheService
except ImportError:
    CacheService = None

cache = CacheService(system="A") if CacheService is not None else None
"""
    output = prepare(text)
    output.prove()
    with pytest.raises(VerificationError):
        output.prove(output.edits[:-1])


def test_module_style_is_followed_through_its_chain(prepare: Prepare) -> None:
    text = "import app.services.cache_service\n\nprint(app.services.cache_service.CacheService(system='A'))\n"
    output = prepare(text)
    output.prove()
    with pytest.raises(VerificationError):
        output.prove(replaced(output, "unified_cache.get_unified_cache", "unified_cache.other"))


def test_a_name_bound_by_two_different_things_does_not_lead_there(prepare: Prepare) -> None:
    text = f"""{LEGACY}

cache = CacheService(system="A")
"""
    output = prepare(text)
    double = f"{TARGET}\nfrom app.services.unified_cache import UnifiedCache as get_unified_cache"
    with pytest.raises(VerificationError):
        output.prove(replaced(output, TARGET, double))


def test_a_replacement_that_is_not_in_the_text_is_refused(prepare: Prepare) -> None:
    output = prepare(PROGRAM)
    after = splice(output.before, output.edits).replace("get_unified_cache(name)", "get_unified_cache(none)")
    with pytest.raises(VerificationError, match="an edit is not where it should be"):
        output.prove(after=after)


@pytest.mark.parametrize("text", ["  # why", "return ", "cache or "])
def test_nothing_but_imports_is_removed(prepare: Prepare, text: str) -> None:
    output = prepare(PROGRAM)
    start = PROGRAM.index(text)
    edits = sorted([*output.edits, Edit(Span(start, start + len(text)), "")], key=lambda edit: edit.span)
    with pytest.raises(VerificationError, match=r"an edit is not where a usage stands|does not parse"):
        output.prove(edits)


def test_an_old_import_that_stays_keeps_its_words(prepare: Prepare) -> None:
    output = prepare(f"{LEGACY}\n\nprint(CacheService(system='A'), CacheService(cache_dir='d'))\n")
    other = LEGACY.replace("from app.", "from .")
    with pytest.raises(VerificationError, match="the import of `CacheService` is lost"):
        output.prove([Edit(Span(0, len(LEGACY)), other), *output.edits])


def test_an_import_of_the_module_for_its_other_names_has_to_do_with_no_edit(prepare: Prepare) -> None:
    other = "from app.services import cache_service"
    output = prepare(f"{LEGACY}\n{other}\n\nprint(CacheService(system='A'), cache_service.make_key('a'))\n")
    assert output.prove().usages == []
    start = output.before.index(other)
    lost = Edit(Span(start, start + len(other)), "pass")
    with pytest.raises(VerificationError, match="would no longer be bound"):
        output.prove(sorted([*output.edits, lost], key=lambda edit: edit.span))


def test_a_package_on_the_way_to_the_class_keeps_its_import(prepare: Prepare) -> None:
    output = prepare("import app\nimport app.recorder\n\nprint(app.services.cache_service.CacheService(system='A'))\n")
    assert "import app\n" in splice(output.before, output.edits)
    assert output.prove().usages == []


@pytest.mark.parametrize(
    "text", ["import app.services.cache_service as m", "from app.services import cache_service as m"]
)
def test_an_import_on_the_line_of_one_that_stays(tmp_path: Path, text: str) -> None:
    line = f"{text}; print(m.make_key('a'))\nx = m.CacheService(system='A')\nprint(x)\n"
    after, left = fixed(tmp_path, line)
    assert left == []
    assert after.startswith(f"{text}; {text.partition('app')[0]}app.services")
    assert after.endswith("; print(m.make_key('a'))\nx = unified_cache.get_unified_cache('A')\nprint(x)\n")
