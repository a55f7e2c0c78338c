"""What a test puts in the place of the class, and whether the patch can follow the module that it patches.

The module's call ``CacheService(system="A")`` becomes ``get_unified_cache("A")``: what a stand-in must take.
"""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import LEGACY, lay_out

USER = LEGACY + 'def make():\n    return CacheService(system="A")\n'
IMPORTS = "from unittest import mock\nfrom unittest.mock import DEFAULT, Mock, call, patch\n"
NAME = '"app.user.CacheService"'
FAKES = """class Fake:
    def __init__(self, *args, **kwargs): ...
class Other(Fake): ...
def fake(system): ...
def narrow(): ...
async def later(system): ...
made = object()
"""
GOES = ("safe -", "safe -")
UNKNOWN = ("manual stand-in", "manual stand-in")
ASSERTED = ("manual asserted-call", "manual asserted-call")


def verdicts(root: Path, text: str, path: str = "tests/test_user.py") -> tuple[str, str]:
    """The verdicts on the patch and on the call in the patched module."""
    lay_out(root, {"app/user.py": USER, "tests/fakes.py": FAKES, path: IMPORTS + text})
    found = cases.findings(cases.check(root))
    patches = [f"{f.applicability} {f.reason or '-'}" for f in found if f.code == "CLF005"]
    calls = [f"{f.applicability} {f.reason or '-'}" for f in found if f.code == "CLF002"]
    (patch,), (call,) = patches, calls
    return patch, call


def body(code: str) -> str:
    return "def test():\n" + "".join(f"    {line}\n" for line in code.splitlines())


STAND_INS = {
    # a mock takes any call
    "mock of its own": ("with patch({}): ...", GOES),
    "mock": ("with patch({}, Mock()): ...", GOES),
    "mock as a keyword": ("with patch({}, new=mock.MagicMock(name='n')): ...", GOES),
    "default": ("with patch({}, DEFAULT): ...", GOES),
    "annotated name": ("made: object = lambda system: 1\nwith patch({}, made): ...", UNKNOWN),
    "name inside of a value": ("other = print(made := 1)\nwith patch({}, made): ...", UNKNOWN),
    "default by attribute": ("with patch({}, mock.DEFAULT): ...", GOES),
    "sentinel": ("with patch({}, mock.sentinel): ...", GOES),
    "target by keyword": ("with patch(target={}): ...", GOES),
    "one of several": ("with patch.multiple('app.user', CacheService=Mock()): ...", GOES),
    "one of several that is made": ("with patch.multiple('app.user', CacheService=DEFAULT): ...", UNKNOWN),
    "mock with a specification": ("with patch({}, Mock(spec=['get'])): ...", UNKNOWN),
    "mock with a positional specification": ("with patch({}, Mock(['get'])): ...", UNKNOWN),
    "mock with any keywords": ("with patch({}, Mock(**settings)): ...", UNKNOWN),
    "specification of the class": ("with patch({}, autospec=True): ...", UNKNOWN),
    "no specification": ("with patch({}, autospec=False, spec=None): ...", GOES),
    "mock without a specification": ("with patch({}, Mock(spec_set=None)): ...", GOES),
    "mock with results": ("with patch({}, **{{'return_value.get.return_value': 1}}): ...", GOES),
    "mock that is made with results": ("with patch({}, Mock(**{{'return_value.get.return_value': 1}})): ...", GOES),
    "mock with a side effect among its attributes": ("with patch({}, **{{'side_effect': f}}): ...", UNKNOWN),
    "mock with a specification among its attributes": ("with patch({}, **{{'autospec': True}}): ...", UNKNOWN),
    "mock of a class": ("with patch({}, new_callable=Mock): ...", GOES),
    "mock of a class by attribute": ("with patch({}, new_callable=mock.MagicMock): ...", GOES),
    "mock made by something": ("with patch({}, new_callable=lambda: Mock): ...", UNKNOWN),
    "mock made by a class": ("with patch({}, new_callable=Fake): ...", UNKNOWN),
    "results in a list": ("with patch({}, side_effect=[1, 2]): ...", GOES),
    "no side effect": ("with patch({}, side_effect=None): ...", GOES),
    "exception": ("with patch({}, side_effect=ValueError): ...", GOES),
    "exception that is made": ("with patch({}, Mock(side_effect=OSError('x'))): ...", GOES),
    "side effect that fits": ("with patch({}, side_effect=lambda system: 1): ...", GOES),
    "side effect that does not": ("with patch({}, Mock(side_effect=lambda *, system: 1)): ...", UNKNOWN),
    "side effect beside a stand-in": ("with patch({}, lambda system: 1, side_effect=lambda system: 2): ...", GOES),
    # callables
    "lambda": ("with patch({}, lambda system: 1): ...", GOES),
    "lambda with another name": ("with patch({}, lambda name: 1): ...", UNKNOWN),
    "lambda that takes anything": ("with patch({}, lambda *args, **kwargs: 1): ...", GOES),
    "lambda that takes anything by keyword": ("with patch({}, lambda **kwargs: 1): ...", UNKNOWN),
    "lambda that takes it among others": ("with patch({}, lambda system=None, *args, **kwargs: system): ...", GOES),
    "lambda that takes another one first": ("with patch({}, lambda cache_dir=None, *args, **kwargs: 1): ...", UNKNOWN),
    "lambda that sees all": ("with patch({}, lambda *args, **kwargs: locals()): ...", UNKNOWN),
    "lambda that reads what it takes": ("with patch({}, lambda *args, system=None: args): ...", UNKNOWN),
    "function": ("def fake(system): ...\nwith patch({}, fake): ...", GOES),
    "function with keywords only": ("def fake(*, system): ...\nwith patch({}, fake): ...", UNKNOWN),
    "function under a decorator": ("@wrap\ndef fake(system): ...\nwith patch({}, fake): ...", UNKNOWN),
    "function that is bound twice": (
        "def fake(system): ...\ndef fake(system): ...\nwith patch({}, fake): ...",
        UNKNOWN,
    ),
    "lambda by a name": ("fake = lambda system: 1\nwith patch({}, fake): ...", GOES),
    "lambda by an annotated name": ("fake: object = lambda system: 1\nwith patch({}, fake): ...", UNKNOWN),
    "another name by a name": ("def fake(system): ...\nf = fake\nwith patch({}, f): ...", UNKNOWN),
    "an imported class": ("from tests.fakes import Fake\nwith patch({}, Fake): ...", GOES),
    "an imported class under another name": ("from tests.fakes import Fake as F\nwith patch({}, F): ...", GOES),
    "an imported class by attribute": ("from tests import fakes\nwith patch({}, fakes.Fake): ...", GOES),
    "an imported class that is handed on": (
        "from tests.fakes import Fake\nwith patch({}, Fake):\n    run(Fake)\nother.assert_called_with(1)",
        GOES,
    ),
    "an imported class by attribute beside an assertion": (
        "from tests import fakes\nwith patch({}, fakes.Fake):\n    run()\nother.assert_called_with(1)",
        GOES,
    ),
    "an imported class with a base": ("from tests.fakes import Other\nwith patch({}, Other): ...", UNKNOWN),
    "an imported function": ("from tests.fakes import fake\nwith patch({}, fake): ...", GOES),
    "an imported function that does not fit": ("from tests.fakes import narrow\nwith patch({}, narrow): ...", UNKNOWN),
    "an imported coroutine function": ("from tests.fakes import later\nwith patch({}, later): ...", UNKNOWN),
    "an imported object": ("from tests.fakes import made\nwith patch({}, made): ...", UNKNOWN),
    "an imported name": ("from third import fake\nwith patch({}, fake): ...", UNKNOWN),
    "a name that nothing binds": ("with patch({}, fake): ...", UNKNOWN),
    "class": ("class Fake:\n    def __init__(self, system): ...\nwith patch({}, Fake): ...", GOES),
    "class of objects": ("class Fake(object):\n    def __init__(self, system): ...\nwith patch({}, Fake): ...", GOES),
    "class that takes nothing": ("class Fake: ...\nwith patch({}, Fake): ...", UNKNOWN),
    "class that takes anything": (
        "class Fake:\n    def __init__(self, *args, **kwargs): ...\nwith patch({}, Fake): ...",
        GOES,
    ),
    "class whose constructor is decorated": (
        "class Fake:\n    @log\n    def __init__(self, *args, **kwargs): ...\nwith patch({}, Fake): ...",
        UNKNOWN,
    ),
    "class under a decorator": (
        "@wrap\nclass Fake:\n    def __init__(self, system): ...\nwith patch({}, Fake): ...",
        UNKNOWN,
    ),
    "class with a metaclass": (
        "class Fake(metaclass=M):\n    def __init__(self, system): ...\nwith patch({}, Fake): ...",
        UNKNOWN,
    ),
    "class that makes its objects as well": (
        "class Fake:\n    def __new__(cls): ...\n    def __init__(self, system): ...\nwith patch({}, Fake): ...",
        UNKNOWN,
    ),
    "function that reads what it takes": (
        "def fake(*args, system=None):\n    x = 1\n    return args\nwith patch({}, fake): ...",
        UNKNOWN,
    ),
    "class with a base": ("class Fake(Base):\n    def __init__(self, system): ...\nwith patch({}, Fake): ...", UNKNOWN),
    "class that makes its objects": (
        "class Fake:\n    def __new__(cls, system): ...\nwith patch({}, Fake): ...",
        UNKNOWN,
    ),
    # what cannot be known
    "result of a function": ("with patch({}, make()): ...", UNKNOWN),
    "attribute": ("with patch({}, fakes.Fake): ...", UNKNOWN),
    "literal, which takes no call before nor after": ("with patch({}, None): ...", GOES),
    "nothing to set": ("monkeypatch.setattr({})", UNKNOWN),
    "deleted": ("monkeypatch.delattr({})", UNKNOWN),
    "set to a mock": ("monkeypatch.setattr({}, Mock())", GOES),
    "set by keywords": ("monkeypatch.setattr(target={}, value=Mock())", GOES),
    "set to what does not fit": ("monkeypatch.setattr({}, lambda: 1)", UNKNOWN),
}

ASSERTIONS = {
    # nobody asserts how it was called
    "the object is asserted": (
        "with patch({}) as m:\n    run()\n    m.return_value.get.assert_called_once_with('k')",
        GOES,
    ),
    "whether it was called": ("with patch({}) as m:\n    run()\n    m.assert_called_once()\n    assert m.called", GOES),
    "another mock is asserted": ("m = Mock()\nwith patch({}):\n    run()\nm.assert_called_once_with(1)", GOES),
    "the object of a patch": ("m = mocker.patch({}).return_value\nrun()\nm.assert_called_once_with(1)", GOES),
    "started and forgotten": ("patch({}).start()\nm.assert_called_with(1)", GOES),
    "a function that is used elsewhere": (
        "def fake(system): ...\nwith patch({}, fake):\n    run(fake)\nother.assert_called_with(1)",
        GOES,
    ),
    # somebody does
    "as a name": ("with patch({}) as m:\n    run()\n    m.assert_called_once_with(system='A')", ASSERTED),
    "by its calls": ("with patch({}) as m:\n    run()\n    assert m.call_args == call(system='A')", ASSERTED),
    "started": ("m = patch({}).start()\nrun()\nm.assert_called_with(system='A')", ASSERTED),
    "of a fixture": ("m = mocker.patch({})\nrun()\nm.assert_called_with(system='A')", ASSERTED),
    "started later": ("p = patch({})\nm = p.start()\nrun()\nm.assert_called_with(system='A')", ASSERTED),
    "start is not called": ("start = patch({}).start\nm = start()\nrun()\nm.assert_called_with(system='A')", ASSERTED),
    "of an attribute": ("with patch({}) as self.m:\n    run()\n    self.m.assert_called_with(system='A')", ASSERTED),
    "handed on": ("with patch({}) as m:\n    check(m)\nx.assert_called_with(system='A')", ASSERTED),
    "handed on by keyword": ("with patch({}) as m:\n    check(mock=m)\nx.assert_called_with(system='A')", ASSERTED),
    "given": ("m = Mock()\nwith patch({}, m):\n    run()\nm.assert_called_with(system='A')", ASSERTED),
    # what is put in place of its side effect later
    "later side effect that fits": ("with patch({}) as m:\n    m.side_effect = lambda system: 1", GOES),
    "later side effect that does not": ("with patch({}) as m:\n    m.side_effect = lambda: 1", UNKNOWN),
    "side effect of another": ("with patch({}) as m:\n    other.side_effect = lambda: 1\n    m.x = 1", GOES),
    "side effect of the object": ("with patch({}) as m:\n    m.return_value.side_effect = lambda: 1", GOES),
    "configured": ("with patch({}) as m:\n    m.configure_mock(side_effect=lambda: 1)", UNKNOWN),
    "configured results": ("with patch({}) as m:\n    m.configure_mock(**{{'return_value.get': 1}}, name='n')", GOES),
    "configured side effect": ("with patch({}) as m:\n    m.configure_mock(**{{'side_effect': f}})", UNKNOWN),
    "configured by anything": ("with patch({}) as m:\n    m.configure_mock(**settings)", UNKNOWN),
    "another is configured": ("with patch({}) as m:\n    other.configure_mock(**settings)", GOES),
}

DECORATED = {
    "one": ("@patch({})\ndef test(m):\n    m.assert_called_with(system='A')\n", ASSERTED),
    "second": ("@patch({})\n@patch('x.y')\ndef test(n, m):\n    m.assert_called_with(system='A')\n", ASSERTED),
    "beside one that makes none": (
        "@patch({})\n@patch.object(x, 'y', 1)\ndef test(m, n):\n    m.assert_called_with(system='A')\n",
        ASSERTED,
    ),
    "the other one": ("@patch({})\n@patch('x.y')\ndef test(n, m):\n    n.assert_called_with(1)\n", GOES),
    "other decorators": (
        (
            "@mark.slow\n@patch({})\n@patch('x.y', 1)\n@patch('x.z', new=2)\n@mark.x(1)\n@patch.object(x, 'y')\n"
            "def test(n, m):\n    n.assert_called_with(1)\n"
        ),
        GOES,
    ),
    "method": (
        "class Test:\n    @patch({})\n    def test(self, m):\n        m.assert_called_with(system='A')\n",
        ASSERTED,
    ),
    "another parameter of the method": (
        "class Test:\n    @patch({})\n    def test(self, m):\n        self.assert_called_with(system='A')\n",
        GOES,
    ),
    "a parameter for all": ("@patch({})\ndef test(*ms):\n    ms[0].assert_called_with(system='A')\n", ASSERTED),
    "a parameter for all that asserts nothing": ("@patch({})\ndef test(*ms):\n    ms[0].assert_called()\n", GOES),
    "another one than the fixture's": (
        "def test(mocker):\n    m = mocker.patch({})\n    other.assert_called_with(1)\n",
        GOES,
    ),
    "the fixture's": ("def test(mocker):\n    m = mocker.patch({})\n    m.assert_called_with(1)\n", ASSERTED),
    "the fixture's under two names": (
        "def test(mocker):\n    m = n = mocker.patch({})\n    n.assert_called_with(1)\n",
        ASSERTED,
    ),
    "returned": ("@patch({})\ndef test(m):\n    return m\nx.assert_called_with(system='A')\n", ASSERTED),
    "with a stand-in": ("@patch({}, Mock())\ndef test(m):\n    m.assert_called_with(1)\n", GOES),
    "of a class": ("@patch({})\nclass Test:\n    def test(self, m):\n        m.assert_called_with(1)\n", ASSERTED),
    "of a class, without an assertion": ("@patch({})\nclass Test:\n    def test(self, m): ...\n", GOES),
}

SET_UP = """import unittest
class Test(unittest.TestCase):
    def setUp(self):
        self.patcher = patch({})
        self.addCleanup(self.patcher.stop)
        self.made = self.patcher.start()
        self.cache = self.made.return_value
    def test(self):
        run()
        self.cache.get.assert_called_once_with("k")
"""
SAID = ".assert_called_once_with(system='A')"
FIXTURE = "import pytest\n@pytest.fixture\ndef made():\n    with patch({}) as made:\n        yield made\n"
BEHIND = "def test(made):\n    run()\n    made.return_value.get.assert_called_once_with('k')\n"

KEPT = {
    # something else is asserted
    "by a test's object": (SET_UP, GOES),
    "by a local name": (SET_UP.replace("self.made", "made").replace("self.patcher", "patcher"), GOES),
    "its object alone": (
        SET_UP.replace("self.made = self.patcher.start()", "").replace("self.made", "self.patcher.start()"),
        GOES,
    ),
    "by an annotated name": (SET_UP.replace("self.patcher =", "self.patcher: object ="), GOES),
    "by another name": (SET_UP + "        made = self.made\n        made.assert_called_once()\n", GOES),
    "entered": (
        SET_UP.replace("self.patcher.start()", "self.enterContext(patch({}))").replace(
            "        self.patcher = patch({})\n        self.addCleanup(self.patcher.stop)\n", ""
        ),
        GOES,
    ),
    "started twice": (SET_UP + "        again = self.patcher.start()\n        again.assert_called_once()\n", GOES),
    "looked at": (SET_UP + "        self.assertIsNotNone(self.made)\n        super(Test, self).setUp()\n", GOES),
    "deleted": (SET_UP + "        del self.made\n", GOES),
    "in a class of pytest's": (SET_UP.replace("(unittest.TestCase)", "").replace("setUp", "setup_method"), GOES),
    "of a class of the file": (
        SET_UP.replace("class Test(", "class Base(unittest.TestCase): ...\nclass Test(Base, "),
        GOES,
    ),
    "of a fixture of the file": (FIXTURE + BEHIND, GOES),
    "of a fixture for all": (FIXTURE.replace("fixture\n", "fixture(autouse=True)\n") + BEHIND, GOES),
    "of the class's decorator": (
        "@patch({})\nclass Test:\n    @patch('x.y')\n    def test(self, y, m):\n        y.assert_called_with(1)\n",
        GOES,
    ),
    # the mock itself, in this file
    "by the attribute": (SET_UP + f"        self.made{SAID}\n", ASSERTED),
    "by its calls": (SET_UP + "        self.assertIn(call(system='A'), self.made.mock_calls)\n", ASSERTED),
    "by an alias": (SET_UP + f"        m = self.made\n        m{SAID}\n", ASSERTED),
    "by an attribute that is an alias": (SET_UP + f"        self.m = self.made\n        self.m{SAID}\n", ASSERTED),
    "put in place of its object": (SET_UP + f"        self.cache = self.made\n        self.cache{SAID}\n", ASSERTED),
    "started again": (SET_UP + f"        m = self.patcher.start()\n        m{SAID}\n", ASSERTED),
    "in a class that inherits": (
        SET_UP + f"class More(Test):\n    def test(self):\n        self.made{SAID}\n",
        ASSERTED,
    ),
    "its own object": (
        SET_UP + f"        made = self.made\n        made.return_value = made\n        made.return_value{SAID}\n",
        ASSERTED,
    ),
    "an item that is its own object": (
        f"@patch({{}})\ndef test(*ms):\n    m.return_value = m\n    ms[0].return_value{SAID}\n",
        ASSERTED,
    ),
    "of a fixture": (FIXTURE + f"def test(made):\n    made{SAID}\n", ASSERTED),
    "made under two names": (
        f"def test():\n    a = b = Mock()\n    with patch({{}}, b):\n        run()\n    a{SAID}\n",
        ASSERTED,
    ),
    # where it gets out of sight, code of another file may assert it
    "recorded by another": (SET_UP + "        manager.attach_mock(self.made, 'x')\n", ASSERTED),
    "handed to a function": (SET_UP + "        check(self.made)\n", ASSERTED),
    "handed to a function in a list": (SET_UP + "        check([self.made])\n", ASSERTED),
    "handed on by keyword": (SET_UP + "        check(made=self.made)\n", ASSERTED),
    "the test is handed to a function": (SET_UP + "        check(self)\n", ASSERTED),
    "the patcher is handed to a function": (SET_UP + "        check(self.patcher)\n", ASSERTED),
    "its start is handed to a function": (SET_UP + "        check(self.patcher.start)\n", ASSERTED),
    "the patcher under two names": (SET_UP.replace("self.patcher =", "self.patcher = p ="), ASSERTED),
    "read by a string": (SET_UP + "        getattr(self, name)\n", ASSERTED),
    "read by its parent": (SET_UP + "        self.cache._mock_new_parent\n", ASSERTED),
    "a private attribute": (SET_UP.replace("self.made", "self.__made"), ASSERTED),
    "an attribute of something else": (SET_UP.replace("self.made", "box.made"), ASSERTED),
    "of a base elsewhere": (
        SET_UP.replace("unittest.TestCase", "Base").replace("import unittest", "from tests.fakes import Other as Base"),
        ASSERTED,
    ),
    "of a base that may be anything": (SET_UP.replace("unittest.TestCase", "load()"), ASSERTED),
    "with a metaclass": (SET_UP.replace("unittest.TestCase", "metaclass=Meta"), ASSERTED),
    "in a class that inherits from elsewhere too": (SET_UP + "class More(Base, Test): ...\n", ASSERTED),
    "classes that inherit from one another": (
        SET_UP.replace("class Test(unittest.TestCase)", "class Base(Test): ...\nclass Test(Base)"),
        GOES,
    ),
    "returned by a method": (SET_UP + "        return self.made\n", ASSERTED),
    "in a function of a module": ("def outer():\n    x.made = patch({}).start()\n", ASSERTED),
    "of a fixture with a name": (FIXTURE.replace("fixture\n", "fixture(name='x')\n") + BEHIND, ASSERTED),
    "of a fixture that is read": (FIXTURE + BEHIND + "check(made)\n", ASSERTED),
    "of a fixture by its name": (FIXTURE + BEHIND + "    request.getfixturevalue('made')\n", ASSERTED),
    "of another decorator's": (FIXTURE.replace("pytest.fixture", "contextmanager") + BEHIND, ASSERTED),
    "inherited under the class's decorator": (
        "class Base: ...\n@patch({})\nclass Test(Base):\n    def test(self, m): ...\n",
        ASSERTED,
    ),
    "all that a decorator hands in": ("@patch({})\ndef test(*ms):\n    check(*ms)\n", ASSERTED),
    "with a parent": ("def test():\n    with patch({}, Mock(parent=manager)): ...\n", UNKNOWN),
}


@pytest.mark.parametrize(("code", "expected"), STAND_INS.values(), ids=STAND_INS)
def test_what_takes_the_new_call(code: str, expected: tuple[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, body(code.format(NAME))) == expected


@pytest.mark.parametrize(("code", "expected"), ASSERTIONS.values(), ids=ASSERTIONS)
def test_what_asserts_the_old_call(code: str, expected: tuple[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, body(code.format(NAME))) == expected


@pytest.mark.parametrize(("code", "expected"), DECORATED.values(), ids=DECORATED)
def test_what_a_decorator_hands_in(code: str, expected: tuple[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, code.format(NAME)) == expected


@pytest.mark.parametrize(("code", "expected"), KEPT.values(), ids=KEPT)
def test_where_a_mock_is_kept(code: str, expected: tuple[str, str], tmp_path: Path) -> None:
    assert verdicts(tmp_path, code.format(NAME)) == expected


def test_a_mock_that_other_files_can_import(tmp_path: Path) -> None:
    text = f"made = patch({NAME}).start()\n"
    assert verdicts(tmp_path / "helpers", text, "tests/helpers.py") == ASSERTED
    assert verdicts(tmp_path / "tests", text) == GOES
