"""Self-evaluation reports of a public unit's whole expenditure: workbook in, checked, Word report out."""

__version__ = "0.1.0"
