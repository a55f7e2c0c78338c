"""The ordinary LibCST codemod for the job, as its tutorial teaches it: what ``fix`` is measured against.

It renames calls by their qualified names and lets LibCST's visitors see to the imports. It knows nothing of other
files, of signatures beyond the one keyword, or of names that are taken.
https://libcst.readthedocs.io/en/latest/codemods_tutorial.html
"""

from __future__ import annotations

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor, RemoveImportsVisitor
from libcst.metadata import QualifiedNameProvider

_LEGACY = "app.services.cache_service"
_TARGET = "app.services.unified_cache"


class MigrateCache(VisitorBasedCodemodCommand):
    """``CacheService(system=X)`` becomes ``get_unified_cache(X)``."""

    DESCRIPTION = "Use get_unified_cache."
    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        """Replace a constructor call."""
        names = self.get_metadata(QualifiedNameProvider, original_node.func, set())
        if not any(name.name == f"{_LEGACY}.CacheService" for name in names):
            return updated_node
        AddImportsVisitor.add_needed_import(self.context, _TARGET, "get_unified_cache")
        RemoveImportsVisitor.remove_unused_import(self.context, _LEGACY, "CacheService")
        no_equal = cst.MaybeSentinel.DEFAULT  # an argument without a keyword may not have one
        arguments = [argument.with_changes(keyword=None, equal=no_equal) for argument in updated_node.args]
        return updated_node.with_changes(func=cst.Name("get_unified_cache"), args=arguments)
