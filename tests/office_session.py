"""Run by the system's Python (which has uno): LibreOffice, started once, does one job after another; should it fall over, it starts anew.

    office_session.py SOFFICE

Each line of the input is a job as JSON, [name, keywords]; each line of the output tells [fault, result] of one.
``save`` writes a file anew in the format that the name of the target asks for. Edits, [old, new] texts of a
document, are made before: typed plainly (changes ""), "tracked" and left open, "accepted" or "rejected" after
recording. ``values`` gives what the cells of each sheet show after recalculation. ``fill`` types into the named cells of the blank workbook as a clerk does, inserts a row inside the
project list, lets the program recalculate, and gives the sheet 核对.
"""

import itertools
import json
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

FILTERS = {
    ".docx": "MS Word 2007 XML",
    ".doc": "MS Word 97",
    ".odt": "writer8",
    ".xlsx": "Calc MS Excel 2007 XML",
    ".ods": "calc8",
}
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


class Desk:
    """The program, and what may be asked of it."""

    def __init__(self, context):
        make = context.ServiceManager.createInstanceWithContext
        self.desktop = make("com.sun.star.frame.Desktop", context)
        self.dispatcher = make("com.sun.star.frame.DispatchHelper", context)

    def save(self, source, target, edits, changes):
        document = self.opened(source)
        if edits:
            document.RecordChanges = bool(changes)
            for old, new in edits:
                replace(document, old, new)
            document.RecordChanges = False
        if changes in {"accepted", "rejected"}:
            command = f".uno:{'Accept' if changes == 'accepted' else 'Reject'}AllTrackedChanges"
            self.dispatcher.executeDispatch(document.CurrentController.Frame, command, "", 0, ())
        store(document, target)

    def fill(self, source, target):
        document = self.opened(source)
        type_into(document)
        document.calculateAll()
        told = checks(document)
        store(document, target)
        return told

    def values(self, source):
        document = self.opened(source)
        sheets = {sheet.Name: used(sheet) for sheet in document.Sheets}
        document.close(True)
        return sheets

    def opened(self, path):
        return self.desktop.loadComponentFromURL(Path(path).as_uri(), "_blank", 0, (setting("Hidden", True),))


def store(document, target):
    path, sheets = Path(target), document.supportsService("com.sun.star.sheet.SpreadsheetDocument")
    paper = "calc_pdf_Export" if sheets else "writer_pdf_Export"
    document.storeToURL(path.as_uri(), (setting("FilterName", FILTERS.get(path.suffix, paper)),))
    document.close(True)


def used(sheet):
    """The rows from the first cell to the last that holds something: numbers, or texts, empty where nothing stands."""
    cursor = sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    last = cursor.RangeAddress
    return sheet.getCellRangeByPosition(0, 0, last.EndColumn, last.EndRow).DataArray


def replace(document, old, new):
    search = document.createSearchDescriptor()
    search.SearchString = old
    found = document.findFirst(search)
    if found is None:
        raise ValueError(f"not in the report: {old}")
    found.String = new


def type_into(document):
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


def done(desk, line):
    name, wishes = json.loads(line)
    try:
        return ["", getattr(desk, name)(**wishes)]
    except Exception:  # noqa: BLE001 - told to whoever asked; the next job is another
        return [traceback.format_exc(), None]


def serve(soffice, jobs):
    """Do jobs until there are no more, or the program falls over."""
    with tempfile.TemporaryDirectory() as profile:
        pipe = f"selfeval{Path(profile).name}"
        command = [soffice, "--headless", "--norestore", f"-env:UserInstallation=file://{profile}",
                   f"--accept=pipe,name={pipe};urp;"]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as office:
            desk = Desk(connect(pipe))
            for line in jobs:
                answer = done(desk, line)
                print(json.dumps(answer), flush=True)
                if "DisposedException" in answer[0]:
                    office.kill()
                    return
            desk.desktop.terminate()


def main(soffice):
    for line in sys.stdin:
        serve(soffice, itertools.chain([line], sys.stdin))


if __name__ == "__main__":
    main(*sys.argv[1:])
