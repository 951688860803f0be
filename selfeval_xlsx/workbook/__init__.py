"""The workbook: painted, guarded, read, marked. Only here is a spreadsheet library used."""
