"""An edited Word file: read, and held against its workbook; and the proof copy for whoever signs."""
