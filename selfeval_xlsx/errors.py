"""The few reasons the program cannot go on.

Each carries one Chinese sentence for the user: what is wrong and what to do. Wrong figures in a
workbook are never errors in this sense; they are findings.
"""


class SelfEvalError(Exception):
    """The program cannot go on; ``str()`` is the sentence the user reads."""


class NotAWorkbookError(SelfEvalError):
    """The bytes are no .xlsx workbook, or one that is not safe to open."""


class NotThisFormError(SelfEvalError):
    """A workbook, but not this form: sheets or cells are missing."""


class FormTooNewError(SelfEvalError):
    """The workbook was made for a later edition of the form than this program knows."""


class NotMarkedError(SelfEvalError):
    """The workbook could be read, but no marked copy can be made of it: another part of it is broken."""


class TemplateError(SelfEvalError):
    """The Word template cannot be used: not a document, bad syntax, or it asks for unknown fields."""


class RulebookError(SelfEvalError):
    """The rulebook (TOML) cannot be read or holds a value it may not hold."""


class NotAReportError(SelfEvalError):
    """The bytes are no Word file (.docx) to compare, or one that is not safe to open."""


class DataError(SelfEvalError):
    """The prefill data (JSON) does not fit the form."""


class FileAccessError(SelfEvalError):
    """A file cannot be read or written: missing, a folder, locked, no right, disk full."""
