from __future__ import annotations

import pytest
from report_helpers import finding

from cachelift.identity import Identity, fingerprints, identities

SOURCE = """\
top = 1
@decorator
class A(Base):
    x = 1

    @property
    @other(
        2
    )
    def f(self):
        if True:
            def g(): pass
            return lambda: g
        return 2
    y = 2
try:
    async def h():
        return 1
except ImportError:
    def h(
        a
    ): ...
match top:
    case 1:
        def m(): ...
end = 1
"""
SCOPES = ["", "A", "A", "A", "A", *["A.f"] * 5, "A.f", "A.f.g", "A.f", "A.f", "A", "", "h", "h", "", *["h"] * 3, "", ""]


@pytest.mark.parametrize(("line", "scope"), [*enumerate([*SCOPES, "m", "", ""], 1), (99, "")])
def test_scope_of_a_line(line: int, scope: str) -> None:
    ((identity, number),) = identities([finding("a.py", (line, 1))], {"a.py": SOURCE})
    assert (identity, number) == (Identity("a.py", scope, "CLF002", ""), 1)


def test_a_text_that_is_not_given_has_no_scopes() -> None:
    assert identities([finding("a.py", (4, 1))], {}) == [(Identity("a.py", "", "CLF002", ""), 1)]


def test_equals_are_numbered() -> None:
    items = [
        finding("a.py", (4, 1)),
        finding("a.py", (4, 5), code="CLF003"),
        finding("a.py", (10, 1)),
        finding("a.py", (15, 1), message="other", reason="alias"),
        finding("b.py", (1, 1)),
    ]
    numbers = [(each.path, each.scope, each.code, number) for each, number in identities(items, {"a.py": SOURCE})]
    assert numbers == [
        ("a.py", "A", "CLF002", 1),
        ("a.py", "A", "CLF003", 1),
        ("a.py", "A.f", "CLF002", 1),
        ("a.py", "A", "CLF002", 2),
        ("b.py", "", "CLF002", 1),
    ]


def test_fingerprints_are_distinct_and_depend_on_no_line() -> None:
    items = [finding("a.py", (4, 1)), finding("a.py", (15, 1)), finding("\udcff.py", (1, 1))]
    moved = [finding("a.py", (5, 9)), finding("a.py", (6, 1)), finding("\udcff.py", (8, 1))]
    marks = fingerprints(items, {"a.py": SOURCE})
    assert marks == fingerprints(moved, {"a.py": "# moved\n" + SOURCE})
    assert len(set(marks)) == 3
    assert all(len(mark) == 32 and int(mark, 16) >= 0 for mark in marks)
