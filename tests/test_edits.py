"""From verdicts to edits. The cases under ``fixtures/cases`` hold the common forms."""

from __future__ import annotations

from pathlib import Path

import cases
import pytest
from helpers import CONSUMER, LEGACY, fixed, lay_out

TWO_MODULES = (
    '[[tool.cachelift.migrations]]\nlegacy = "app.services.cache_service.CacheService"\n'
    'factory = "other.unified.make"\ntype = "other.kinds.Kind"\narguments = ["system"]\n'
)
FILES = {
    "other/__init__.py": "",
    "other/kinds.py": "class Kind: ...\n",
    "other/unified.py": "from other.kinds import Kind\n\n\ndef make(system):\n    return Kind()\n",
}
USED = 'cache: CacheService = CacheService(system="A")\n'
NEW = 'cache: Kind = make("A")\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LEGACY, "from other.unified import make\nfrom other.kinds import Kind\n"),
        (f"import os; {LEGACY}", "import os; from other.unified import make; from other.kinds import Kind\n"),
        (
            "from app.services.cache_service import (\n    # why\n    CacheService,\n)\n",
            "from other.unified import make\nfrom other.kinds import Kind\n# why\n",
        ),
        (
            f"if True:\n    {LEGACY}",
            "if True:\n    from other.unified import make\n    from other.kinds import Kind\n",
        ),
    ],
)
def test_an_import_becomes_two(before: str, after: str, tmp_path: Path) -> None:
    assert fixed(tmp_path, before + USED, files=FILES, config=TWO_MODULES) == (after + NEW, [])


@pytest.mark.parametrize("known", ["", "from other.unified import make\nfrom other.kinds import Kind\n"])
def test_a_comment_is_not_put_before_what_shares_its_line(known: str, tmp_path: Path) -> None:
    text = known + "from app.services.cache_service import (\n    # why\n    CacheService,\n); import os\n" + USED
    lay_out(tmp_path, {**FILES, CONSUMER: text}, config=TWO_MODULES)

    result = cases.fix(tmp_path)

    [outcome] = [outcome for outcome in result.outcomes if outcome.path == CONSUMER]
    assert outcome.failure is not None
    assert "a comment of the import would hide what follows it on its line" in outcome.failure.message
    assert (tmp_path / CONSUMER).read_text() == text
