"""The collector's desk: hundreds of workbooks in folders, zips and mails; one run gives reports, a summary, letters."""
