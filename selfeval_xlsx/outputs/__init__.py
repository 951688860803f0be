"""What is written beside a workbook, and what it is made with."""
