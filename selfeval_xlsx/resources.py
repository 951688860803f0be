"""Finds the shipped templates: in the installed package, else in the checkout."""

from pathlib import Path

WORKBOOK = "绩效自评填报表.xlsx"
REPORT = "绩效自评报告.docx"
BRIEF_REPORT = "绩效自评报告（简表式）.docx"
RULEBOOK = "口径.toml"
MAIL = "邮件.txt"


def shipped(name: str) -> Path:
    """The path of a shipped file of ``templates/``."""
    package = Path(__file__).parent
    installed = package / "templates" / name
    return installed if installed.exists() else package.parent / "templates" / name
