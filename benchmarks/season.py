"""A collector's inbox, generated: workbooks of distinct units, some broken, some in mails and zips, some twice.

Of every file it is known whose it is and how it must stand in the register.
"""

import email.utils
import io
import os
import random
import sys
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "sample_workbooks")]

from faults import Data, case_of, random_book  # noqa: E402 - the root must be on the path first
from openpyxl import Workbook, load_workbook  # noqa: E402
from samples import edited, overtype  # noqa: E402

from selfeval_xlsx.form.data import from_data  # noqa: E402
from selfeval_xlsx.workbook.author import paint  # noqa: E402

USED, SUPERSEDED, REFUSED = "采用", "被取代", "不能使用"
BROKEN, PACKED, TWICE = 0.05, 0.03, 0.02
"""Shares of units whose workbook is broken, comes in a mail or zip, comes twice."""
SILENT = 50
"""One unit of the roster for so many that sent something sends nothing."""
_SENT = 1_772_000_000
"""When the first file was changed; each later one a minute after."""


@dataclass
class Inbox:
    """What was generated: how each file must stand, what each unit whose workbook counts must show."""

    standing: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Unit and standing by the file's place."""
    figures: dict[str, tuple[str, str] | None] = field(default_factory=dict)
    """Budget and outturn in 万元 by unit, None where a fault hides them."""
    marked: set[str] = field(default_factory=set)
    """Units whose workbook has errors: a marked copy, no report."""
    silent: list[str] = field(default_factory=list)


def figures_of(data: Data) -> tuple[str, str]:
    """Adjusted budget and outturn in 万元, with two decimals."""
    answers = case_of(data).answers
    scale = 10000 if data["overview"]["identity"]["money_unit"] == "元" else 1
    budget, outturn = (
        answers[f"budget.lines.total.{name}"].known / scale for name in ("adjusted_budget", "outturn")
    )
    return f"{budget:.2f}", f"{outturn:.2f}"


# --- the ways a workbook is broken ----------------------------------------------------------------


def _typed(key: str, value: str) -> Callable[[Data], bytes]:
    """Another value in the data."""

    def make(data: Data) -> bytes:
        overtype(data, key.split("."), value)
        return paint(from_data(data), ())

    return make


def _cell(key: str, value: str) -> Callable[[Data], bytes]:
    """Something no form would hold, typed into the cell."""
    return lambda data: edited(paint(from_data(data), ()), {"cells": {key: value}})


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Data], bytes]:
    return lambda data: change(paint(from_data(data), ()))


def _repacked(change: Callable[[zipfile.ZipFile, zipfile.ZipFile], None]) -> Callable[[bytes], bytes]:
    """A package written anew with a change."""

    def make(content: bytes) -> bytes:
        stream = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(content)) as source,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
        ):
            change(source, target)
        return stream.getvalue()

    return make


def _entities(source: zipfile.ZipFile, target: zipfile.ZipFile) -> None:
    for name in source.namelist():
        content = source.read(name)
        if name.endswith("sheet3.xml"):
            head, _, rest = content.partition(b"?>")
            content = head + b'?><!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">]>' + rest
        target.writestr(name, content)


def _without_parts(source: zipfile.ZipFile, target: zipfile.ZipFile) -> None:
    for name in source.namelist():
        if "worksheets/sheet" not in name:
            target.writestr(name, source.read(name))


def _without_a_sheet(content: bytes) -> bytes:
    book = load_workbook(io.BytesIO(content))
    del book["预算"]
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _another_workbook(_: bytes) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.append(["序号", "姓名"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _locked(_: bytes) -> bytes:
    """As Excel saves a workbook with a password: a container of another kind."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le").ljust(3584)
    )


def zipped(name: str, content: bytes) -> bytes:
    """A zip as Chinese Windows makes it: the member's name in GBK, no mark of UTF-8."""
    raw = name.encode("gb18030")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(zipfile.ZipInfo("X" * len(raw), (2026, 3, 2, 9, 30, 0)), content)
    return stream.getvalue().replace(b"X" * len(raw), raw)


WAYS: Mapping[str, tuple[str, str, Callable[[Data], bytes]]] = {
    "传了一半": (".xlsx", REFUSED, _bytes(lambda content: content[: len(content) // 2])),
    "空文件": (".xlsx", REFUSED, _bytes(lambda _: b"")),
    "网页改名": (".xlsx", REFUSED, _bytes(lambda _: b"<html><table><tr><td>1</td></tr></table></html>")),
    "有密码": (".xlsx", REFUSED, _bytes(_locked)),
    "别的表": (".xlsx", REFUSED, _bytes(_another_workbook)),
    "缺部件": (".xlsx", REFUSED, _bytes(_repacked(_without_parts))),
    "带实体": (".xlsx", REFUSED, _bytes(_repacked(_entities))),
    "旧格式": (".xls", REFUSED, _bytes(lambda _: b"\xd0\xcf\x11\xe0" + bytes(508))),
    "WPS 表格": (".et", REFUSED, _bytes(lambda _: b"\xd0\xcf\x11\xe0" + bytes(508))),
    "RAR": (".rar", REFUSED, _bytes(lambda _: b"Rar!\x1a\x07\x01\x00")),
    "照片": (".jpg", REFUSED, _bytes(lambda _: b"\xff\xd8\xff\xe0")),
    "坏压缩包": (".zip", REFUSED, _bytes(lambda content: zipped("表.xlsx", content)[:-30])),
    "缺预算表": (".xlsx", REFUSED, _bytes(_without_a_sheet)),
    "合计不符": (".xlsx", USED, _typed("budget.lines.total.outturn", "0.01")),
    "比率不符": (".xlsx", USED, _typed("budget.lines.total.execution_rate", "12.34%")),
    "金额写成文字": (".xlsx", USED, _cell("budget.lines.personnel.outturn", "约三百")),
    "单元格报错": (".xlsx", USED, _cell("budget.lines.personnel.outturn", "#REF!")),
    "没有年度": (".xlsx", USED, _typed("overview.identity.year", "")),
    "没有单位名": (".xlsx", USED, _typed("overview.identity.unit_name", "")),
    "权重不足": (".xlsx", USED, _typed("goals.indicators.0.weight", "0.5")),
}
"""How a workbook is broken: its suffix, how its file must stand, and the maker of its content."""


# --- the inbox ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Order:
    """One unit's workbook to be made."""

    number: int
    unit: str
    seed: int
    way: str = ""


def _made(order: _Order) -> tuple[_Order, bytes, tuple[str, str]]:
    data = random_book(random.Random(order.seed))
    data["overview"]["identity"]["unit_name"] = order.unit
    data["overview"]["identity"]["supervising_department"] = _department(order.number)
    told = figures_of(data)
    content = WAYS[order.way][2](data) if order.way else paint(from_data(data), ())
    return order, content, told


def _department(number: int) -> str:
    return f"第{number % 20 + 1}主管部门"


def inbox(folder: Path, units: int, seed: int = 1, cores: int = 1, broken: int = 0) -> Inbox:
    """Write what ``units`` units sent to ``folder``, and their roster beside it as 名单.xlsx.

    ``broken`` of them are broken, each in the next way; 0: the share of :data:`BROKEN`.
    """
    rng = random.Random(seed)
    names = [f"云岭县第{number:04}单位" for number in range(units)]
    ways = dict(zip(rng.sample(names, broken or max(round(units * BROKEN), 1)), cycle(WAYS), strict=False))
    orders = [_Order(at, name, rng.randrange(2**32), ways.get(name, "")) for at, name in enumerate(names)]
    sound = [order for order in orders if not order.way]
    rng.shuffle(sound)
    packed = [order.unit for order in sound[: max(round(units * PACKED), 3)]]
    twice = sound[len(packed) :][: max(round(units * TWICE), 2)]
    again = [replace(order, seed=order.seed if at % 2 else order.seed + 1) for at, order in enumerate(twice)]
    told = Inbox()
    with ProcessPoolExecutor(cores) as pool:
        for order, content, figures in pool.map(_made, orders, chunksize=4):
            where = packed.index(order.unit) if order.unit in packed else None
            place = _laid(folder, order, content) if where is None else _packed(folder, order, content, where)
            standing = WAYS[order.way][1] if order.way else USED
            told.standing[place] = order.unit, standing
            if standing == USED:
                told.figures[order.unit] = None if order.way else figures
            if standing == USED and order.way:
                told.marked.add(order.unit)
        first = {unit: place for place, (unit, _) in told.standing.items()}
        for order, content, figures in pool.map(_made, again):
            told.standing[first[order.unit]] = order.unit, SUPERSEDED
            place = f"补报/{order.unit}.xlsx"
            _write(folder / place, content, 2 * units)
            told.standing[place], told.figures[order.unit] = (order.unit, USED), figures
    told.silent += [f"云岭县未报第{number}单位" for number in range(max(units // SILENT, 1))]
    _roster(folder.parent / "名单.xlsx", names + told.silent)
    return told


def crowd(folder: Path, units: int, seed: int = 1) -> None:
    """Write sound workbooks of many units, made quickly: twenty in all but their names, and their roster."""
    rng = random.Random(seed)
    books = [paint(from_data(random_book(rng)), ()) for _ in range(20)]
    names = [f"云岭县第{number:05}单位" for number in range(units)]
    for number, name in enumerate(names):

        def renamed(source: zipfile.ZipFile, target: zipfile.ZipFile, name: str = name) -> None:
            for part in source.namelist():
                target.writestr(
                    part, source.read(part).replace("某某局".encode(), name.encode()), compresslevel=1
                )

        _write(folder / f"{name}.xlsx", _repacked(renamed)(books[number % 20]), number)
    _roster(folder.parent / "名单.xlsx", names)


def _write(path: Path, content: bytes, minute: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (_SENT + 60 * minute,) * 2)


def _laid(folder: Path, order: _Order, content: bytes) -> str:
    """Half of the files lie in a folder of their unit, half are called after it."""
    suffix = WAYS[order.way][0] if order.way else ".xlsx"
    place = f"{order.unit}/填报表{suffix}" if order.number % 2 else f"{order.unit}{suffix}"
    _write(folder / place, content, order.number)
    return place


def _packed(folder: Path, order: _Order, content: bytes, at: int) -> str:
    """A zip with names in GBK, a mail whose attachment is named in raw GBK, a zip in a mail by turns."""
    name, package = f"{order.unit}.xlsx", zipped(f"{order.unit}.xlsx", content)
    if at % 3 == 0:
        place, whole, inside = f"报送{at}.zip", package, name
    elif at % 3 == 1:
        place, whole, inside = f"来信{at}.eml", _mail("Y" * 24, content), name
        whole = whole.replace(b"Y" * 24, name.encode("gb18030"))
    else:
        place, whole, inside = f"来信{at}.eml", _mail("材料.zip", package), f"材料.zip › {name}"
    _write(folder / place, whole, order.number)
    return f"{place} › {inside}"


def _mail(name: str, content: bytes) -> bytes:
    message = EmailMessage()
    message["From"] = "clerk@example.com"
    message["Date"] = email.utils.format_datetime(datetime.fromtimestamp(_SENT, UTC))
    message["Subject"] = "报送绩效自评填报表"
    message.set_content("附件是填报表。")
    message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return bytes(message)


def _roster(path: Path, names: list[str]) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("名单")
    sheet.append(["单位名称", "简称", "邮箱", "联系人", "主管部门"])
    for number, name in enumerate(names):
        sheet.append([name, "", f"unit{number}@example.com", "", _department(number)])
    book.save(path)
