"""Last year's Word report, whoever wrote it, read for next year's workbook."""
