"""Fixed Excel workbook in, cross-checked, official Word report out: 部门（单位）整体支出绩效自评.

The public names load their module when they are first used, so that importing the package costs nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

from selfeval_xlsx.errors import VERSION

if TYPE_CHECKING:
    from selfeval_xlsx.api import *

__version__ = VERSION
__all__ = [
    "Rulebook",
    "SelfEvaluation",
    "Template",
    "Verification",
    "check",
    "fill",
    "findings_at",
    "marked_copy",
    "provenance",
    "read_workbook",
    "verify",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("selfeval_xlsx.api"), name)
    raise AttributeError(name)
