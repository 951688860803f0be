"""Run by the system's Python (which has uno): edits Word files in LibreOffice Writer as a person does.

    writer_session.py SOFFICE JOBS.json

Each job of the JSON list names ``source``, ``target``, the ``filter`` to save with, ``edits`` ([old, new] texts to
replace), and ``changes``: "" typed plainly, "tracked" left open, "accepted" or "rejected" after recording.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from office_session import connect, setting


def edit(document, old, new):
    search = document.createSearchDescriptor()
    search.SearchString = old
    found = document.findFirst(search)
    if found is None:
        raise SystemExit(f"not in the report: {old}")
    found.String = new


def work(desktop, dispatcher, job):
    document = desktop.loadComponentFromURL(
        Path(job["source"]).as_uri(), "_blank", 0, (setting("Hidden", True),)
    )
    document.RecordChanges = bool(job["changes"])
    for old, new in job["edits"]:
        edit(document, old, new)
    document.RecordChanges = False
    if job["changes"] in {"accepted", "rejected"}:
        command = f".uno:{'Accept' if job['changes'] == 'accepted' else 'Reject'}AllTrackedChanges"
        dispatcher.executeDispatch(document.CurrentController.Frame, command, "", 0, ())
    document.storeToURL(Path(job["target"]).as_uri(), (setting("FilterName", job["filter"]),))
    document.close(True)


def main(soffice, jobs):
    with tempfile.TemporaryDirectory() as profile:
        pipe = f"selfeval{Path(profile).name}"
        command = [soffice, "--headless", "--norestore", f"-env:UserInstallation=file://{profile}",
                   f"--accept=pipe,name={pipe};urp;"]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as office:
            context = connect(pipe)
            desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
            dispatcher = context.ServiceManager.createInstanceWithContext(
                "com.sun.star.frame.DispatchHelper", context
            )
            for job in json.loads(Path(jobs).read_text(encoding="utf-8")):
                work(desktop, dispatcher, job)
            desktop.terminate()
            office.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
