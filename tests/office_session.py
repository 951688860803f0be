"""Run by the system's Python (which has uno): drives LibreOffice as a clerk does.

    office_session.py SOFFICE BLANK.xlsx OUT.xlsx

Types into the named cells of the blank workbook, inserts a row inside the project list, lets the program
recalculate, prints the sheet 核对 as JSON, and saves as .xlsx.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

TYPED = {
    "overview_identity_unit_name": "某某镇政务服务中心",
    "overview_identity_year": 2025,
    "budget_lines_personnel_adjusted_budget": 1629.26,
    "budget_lines_operating_adjusted_budget": 41.98,
    "budget_lines_project_adjusted_budget": 1214.29,
    "budget_lines_total_original_budget": 2381.12,
    "budget_lines_total_budget_adjustment": 504.41,
    "budget_lines_total_adjusted_budget": 2885.53,
    "budget_lines_total_outturn": 2862.49,
    "budget_lines_total_execution_rate": 0.95,
    "overview_structure_adjusted_budget": 2885.53,
}


def setting(name, value):
    return PropertyValue(Name=name, Value=value)


def connect(pipe):
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _ in range(300):
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)  # the program has no other way to say that it is up
    raise SystemExit("soffice did not answer")


def fill(document):
    for name, value in TYPED.items():
        cell = document.NamedRanges.getByName(name).ReferredCells.getCellByPosition(0, 0)
        if isinstance(value, str):
            cell.String = value
        else:
            cell.Value = value
    area = document.NamedRanges.getByName("budget_projects").ReferredCells
    sheet, first = area.Spreadsheet, area.RangeAddress.StartRow + 2
    for offset, (name, amount) in enumerate((("甲项目", 1000.0), ("乙项目", 200.0))):
        sheet.getCellByPosition(0, first + offset).String = name
        sheet.getCellByPosition(3, first + offset).Value = amount
        sheet.getCellByPosition(4, first + offset).Value = amount
    sheet.unprotect("")
    sheet.Rows.insertByIndex(first + 1, 1)
    sheet.getCellByPosition(0, first + 1).String = "插入的项目"
    sheet.getCellByPosition(3, first + 1).Value = 14.29
    sheet.getCellByPosition(4, first + 1).Value = 14.0
    sheet.getCellByPosition(5, first + 1).Value = 0.9
    sheet.protect("")


def checks(document):
    sheet = document.Sheets.getByName("核对")
    lines = []
    while sheet.getCellByPosition(0, 2 + len(lines)).String:
        row = 2 + len(lines)
        lines.append([sheet.getCellByPosition(column, row).String for column in (1, 3, 0)])
    return lines


def main(soffice, blank, out):
    with tempfile.TemporaryDirectory() as profile:
        pipe = f"selfeval{Path(profile).name}"
        command = [soffice, "--headless", "--norestore", f"-env:UserInstallation=file://{profile}",
                   f"--accept=pipe,name={pipe};urp;"]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as office:
            context = connect(pipe)
            desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            document = desktop.loadComponentFromURL(
                Path(blank).as_uri(), "_blank", 0, (setting("Hidden", True),)
            )
            fill(document)
            document.calculateAll()
            print(json.dumps(checks(document), ensure_ascii=False))
            document.storeToURL(Path(out).as_uri(), (setting("FilterName", "Calc MS Excel 2007 XML"),))
            document.close(True)
            desktop.terminate()
            office.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
