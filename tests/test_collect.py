"""The collector's desk: what was sent is registered, done once, told; a run that was stopped goes on."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from decimal import Decimal
from email.message import EmailMessage
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from season import WAYS, inbox, zipped

from selfeval_xlsx.cells import CellRef
from selfeval_xlsx.form.data import from_data
from selfeval_xlsx.workbook.author import paint
from tests.conftest import ROOT, Convert, sample

if not os.environ.get("SELFEVAL_REQUIRE_COLLECT"):
    pytest.importorskip("pandas")
    pytest.importorskip("rapidfuzz")
    pytest.importorskip("rich")

from collect import unaccounted

from selfeval_xlsx.collect import against, desk, follow_up, intake, sheets, summary
from selfeval_xlsx.collect.desk import Wishes
from selfeval_xlsx.collect.intake import Kind, received
from selfeval_xlsx.collect.run import Collection, Submit, collect
from selfeval_xlsx.collect.summary import Insights
from selfeval_xlsx.collect.work import Making, Result, Verified, foreign, one_workbook, places
from selfeval_xlsx.errors import SelfEvalError
from selfeval_xlsx.outputs import report_setup

BASE = sample("青石镇综合服务中心")


def book(unit: str, **changes: Any) -> bytes:
    """A small workbook of ``unit``; ``changes`` set keys with ``__`` for dots."""
    data = json.loads(json.dumps(BASE))
    data["overview"]["identity"]["unit_name"] = unit
    for key, value in changes.items():
        *path, last = key.split("__")
        here = data
        for step in path:
            here = here[step]
        here[last] = value
    return paint(from_data(data), ())


@pytest.fixture(scope="module")
def making() -> Making:
    return desk.making_of(report_setup.load())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "收到"
    place.mkdir()
    return place


Run = Callable[..., Collection]


def here(making: Making, after: int = -1) -> Submit:
    """Does each workbook at once; killed after some."""
    done = list[bytes]()

    def submit(work: Callable[..., Any], *content: bytes) -> Future[Any]:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(content[0])
        future = Future[Any]()
        future.set_result(work(*content, making))
        return future

    return submit


@pytest.fixture
def run(folder: Path, tmp_path: Path, making: Making) -> Run:
    def done(**wishes: Any) -> Collection:
        return collect(folder, tmp_path / "汇总结果", making, here(making), **wishes)

    return done


def named(collection: Collection) -> dict[str, tuple[str, str]]:
    """How each file stands, by its place."""
    return {each.file.place: (each.unit, each.standing) for each in collection.register}


# --- what is received ---------------------------------------------------------------------------


def test_members_of_a_zip_of_chinese_windows_keep_their_names(folder: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr(zipfile.ZipInfo("X" * 14 + ".xlsx"), b"content")
    raw = stream.getvalue().replace(b"X" * 14, "青石镇填报表二".encode("gb18030"))
    (folder / "某某镇.zip").write_bytes(raw)
    [file] = received(folder)
    assert (file.name, file.kind, file.content) == ("青石镇填报表二.xlsx", Kind.BOOK, b"content")


def test_attachments_of_a_mail_come_with_its_sender_and_date(folder: Path) -> None:
    message = EmailMessage()
    message["From"] = "某人 <clerk@example.com>"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0800"
    message.set_content("附件是填报表")
    message.add_attachment(b"content", maintype="application", subtype="octet-stream", filename="填报表.xlsx")
    (folder / "来信.eml").write_bytes(bytes(message))
    [file] = received(folder)
    assert (file.name, file.sender, f"{file.time:%Y-%m-%d %H}") == (
        "填报表.xlsx",
        "clerk@example.com",
        "2026-03-02 10",
    )


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_attachments_named_in_raw_bytes(folder: Path, encoding: str) -> None:
    lines = [
        b"From: clerk@example.com", b"MIME-Version: 1.0", b'Content-Type: multipart/mixed; boundary="b"', b"",
        b"--b", b"Content-Type: application/octet-stream",
        b'Content-Disposition: attachment; filename="' + "填报表.xlsx".encode(encoding) + b'"',
        b"Content-Transfer-Encoding: base64", b"", b"Y29udGVudA==", b"--b--", b"",
    ]  # fmt: skip
    (folder / "来信.eml").write_bytes(b"\r\n".join(lines))
    [file] = received(folder)
    assert (file.name, file.content) == ("填报表.xlsx", b"content")


def test_what_cannot_be_used_is_registered_with_the_way_on(folder: Path) -> None:
    for name in ("旧.xls", "表.et", "包.rar", "报告.doc", "图.png", "坏.zip"):
        (folder / name).write_bytes(b"whatever")
    (folder / "链接.xlsx").symlink_to("旧.xls")
    told = {file.name: file.refused for file in received(folder)}
    assert set(told) == {"旧.xls", "表.et", "包.rar", "报告.doc", "图.png", "坏.zip", "链接.xlsx"}
    assert all(told.values())
    assert ".zip" in told["包.rar"]


def test_an_archive_that_was_cut_off_is_one_file_that_cannot_be_used(folder: Path) -> None:
    (folder / "没传完.zip").write_bytes(zipped("表.xlsx", book("甲局"))[:-30])
    (folder / "改了后缀.zip").write_bytes(book("甲局"))
    assert [(file.place, file.kind) for file in received(folder)] == [
        ("改了后缀.zip", Kind.REFUSED),
        ("没传完.zip", Kind.REFUSED),
    ]


def test_a_mail_without_attachments_is_registered_too(folder: Path) -> None:
    (folder / "来信.eml").write_bytes(b"From: clerk@example.com\nContent-Type: text/plain\n\nlater\n")
    (folder / "没有.lnk").symlink_to("nowhere")
    assert [(file.place, file.kind) for file in received(folder)] == [
        ("来信.eml", Kind.REFUSED),
        ("没有.lnk", Kind.REFUSED),
    ]


def test_locks_hidden_files_and_own_output_are_passed_over(folder: Path) -> None:
    for name in ("~$表.xlsx", ".隐藏.xlsx", "Thumbs.db"):
        (folder / name).write_bytes(b"")
    (folder / "上次" / intake.RUN_FOLDER).mkdir(parents=True)
    (folder / "上次" / "表.xlsx").write_bytes(b"")
    assert list(received(folder)) == []


def test_archives_in_archives_end_somewhere(folder: Path) -> None:
    content = b"content"
    name = "表.xlsx"
    for depth in range(6):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as package:
            package.writestr(name, content)
        content, name = stream.getvalue(), f"{depth}.zip"
    (folder / "套.zip").write_bytes(content)
    [file] = received(folder)
    assert (file.kind, "太多层" in file.refused) == (Kind.REFUSED, True)


# --- a run --------------------------------------------------------------------------------------


def test_every_file_is_accounted_for(folder: Path, run: Run) -> None:
    (folder / "甲局").mkdir()
    (folder / "甲局" / "表.xlsx").write_bytes(book("甲局"))
    (folder / "乙局.xlsx").write_bytes(book("乙局", budget__lines__total__outturn="9999.00"))
    (folder / "别的.xlsx").write_bytes(b"no workbook")
    (folder / "函.pdf").write_bytes(b"%PDF")
    collection = run()
    assert named(collection) == {
        "甲局/表.xlsx": ("甲局", "采用"),
        "乙局.xlsx": ("乙局", "采用"),
        "别的.xlsx": ("别的", "不能使用"),
        "函.pdf": ("函", "登记"),
    }
    made = {each.name: (bool(each.report), bool(each.marked)) for each in collection.units}
    assert made == {"甲局": (True, False), "乙局": (False, True)}


def test_a_season_broken_in_twenty_ways_is_accounted_for(tmp_path: Path, making: Making) -> None:
    """A small sample of benchmarks/collect.py."""
    told = inbox(tmp_path / "收到", 26, broken=len(WAYS))
    wishes = Wishes(tmp_path / "收到", tmp_path / "结果", roster=tmp_path / "名单.xlsx", jobs=1)
    desk.serve(wishes, making, lambda _line: None, lambda _done, _of: None)
    assert unaccounted(told, tmp_path / "结果") == []


def test_what_was_changed_by_hand_stays_and_what_is_out_of_date_goes(
    folder: Path, tmp_path: Path, making: Making
) -> None:
    output = tmp_path / "结果"
    wishes = Wishes(folder, output, roster_file(tmp_path / "名单.xlsx", "甲局", "乙局"), letters=True, jobs=1)

    def served() -> set[str]:
        desk.serve(wishes, making, lambda _line: None, lambda _done, _of: None)
        return set(contents(output))

    (folder / "甲.xlsx").write_bytes(book("甲局"))
    (folder / "乙.xlsx").write_bytes(book("乙局", budget__lines__total__outturn="9999.00"))
    assert {"报告/甲局.docx", "核对标注/乙局（核对标注）.xlsx", "信件/退回修改/乙局.eml"} <= served()
    (output / "报告" / "甲局.docx").write_bytes(b"changed by hand")
    (folder / "乙.xlsx").write_bytes(book("乙局"))
    again = served()
    assert {"报告/甲局.docx", "报告/甲局（2）.docx", "报告/乙局.docx", "信件/回执/乙局.eml"} <= again
    assert not {"核对标注/乙局（核对标注）.xlsx", "信件/退回修改/乙局.eml"} & again


def test_the_later_workbook_of_a_unit_counts(folder: Path, run: Run) -> None:
    for name, when, outturn in (("早.xlsx", 1_000_000_000, "2862.49"), ("晚.xlsx", 1_100_000_000, "2862.48")):
        (folder / name).write_bytes(book("甲局", budget__lines__total__outturn=outturn))
        os.utime(folder / name, (when, when))
    collection = run()
    assert named(collection) == {"早.xlsx": ("甲局", "被取代"), "晚.xlsx": ("甲局", "采用")}
    assert [each.result.figures["outturn"] for each in collection.units] == ["2862.48"]


def test_a_signed_report_beside_its_workbook_is_verified(folder: Path, run: Run, making: Making) -> None:
    content = book("甲局")
    report = one_workbook(content, making).report
    assert report is not None
    (folder / "表.xlsx").write_bytes(content)
    (folder / "签批.docx").write_bytes(report)
    collection = run()
    assert named(collection)["签批.docx"] == ("甲局", "已核验")
    assert [each.verified.verdict for each in collection.units if each.verified] == ["一致"]


def test_what_was_verified_is_not_verified_again(
    folder: Path, run: Run, making: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "甲局").mkdir()
    (folder / "甲局" / "表.xlsx").write_bytes(book("甲局"))
    (folder / "甲局" / "签批.docx").write_bytes(one_workbook(book("甲局"), making).report or b"")
    (folder / "别的.docx").write_bytes(b"no report")
    first = run()
    monkeypatch.setattr("selfeval_xlsx.collect.run.one_report", lambda *_: Verified("again"))
    assert run() == first
    assert named(first)["别的.docx"] == ("别的", "登记")


def test_a_worker_that_was_killed_stops_the_run_with_the_way_on(
    folder: Path, tmp_path: Path, making: Making
) -> None:
    def submit(*_: object) -> Future[Any]:
        future = Future[Any]()
        future.set_exception(BrokenProcessPool())
        return future

    (folder / "1.xlsx").write_bytes(book("甲局"))
    with pytest.raises(SelfEvalError, match="--jobs 1"):
        collect(folder, tmp_path / "结果", making, submit)


def test_the_roster_tells_who_is_missing_and_who_is_a_stranger(folder: Path, run: Run) -> None:
    (folder / "1.xlsx").write_bytes(book("南湖街道办"))
    (folder / "2.xlsx").write_bytes(book("县林业和草原局"))
    units = (
        against.Unit("南湖街道办事处", ("南湖街道办",)),
        against.Unit("县林业局"),
        against.Unit("县财政局"),
    )
    collection = run(roster=units)
    assert [unit.name for unit in collection.missing] == ["县林业局", "县财政局"]
    assert collection.strangers == {"县林业和草原局": "县林业局"}
    assert not [unit for kind, unit, _ in follow_up.letters(collection, "2025", folder) if unit == "县林业局"]
    assert [each.name for each in collection.units] == ["南湖街道办事处", "县林业和草原局"]


def contents(output: Path) -> dict[str, bytes]:
    """Everything a run wrote for people, by path."""
    return {
        path.relative_to(output).as_posix(): path.read_bytes()
        for path in sorted(output.rglob("*"))
        if path.is_file() and intake.RUN_FOLDER not in path.parts
    }


def test_a_run_that_was_stopped_goes_on_and_ends_alike(folder: Path, tmp_path: Path, making: Making) -> None:
    for number in range(6):
        (folder / f"{number}.xlsx").write_bytes(book(f"第{number}局"))
        os.utime(folder / f"{number}.xlsx", (1_000_000_000, 1_000_000_000))
    wishes = Wishes(folder, tmp_path / "一次", jobs=1)
    desk.serve(wishes, making, lambda _line: None, lambda _done, _of: None)
    for after in (0, 2, 4):
        output = tmp_path / f"停在{after}"
        with pytest.raises(KeyboardInterrupt):
            collect(folder, output, making, here(making, after))
        again = Wishes(folder, output, jobs=1)
        desk.serve(again, making, lambda _line: None, lambda _done, _of: None)
        assert contents(output) == contents(tmp_path / "一次")


def test_what_was_done_is_not_done_again(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "1.xlsx").write_bytes(book("甲局"))
    first = run()
    monkeypatch.setattr("selfeval_xlsx.collect.run.one_workbook", lambda *_: Result(failure="done again"))
    assert run().units == first.units
    assert [each.standing for each in run(anew=True).register] == ["不能使用"]


def test_two_runs_into_one_folder_refuse_each_other(folder: Path, tmp_path: Path, run: Run) -> None:
    (folder / "1.xlsx").write_bytes(book("甲局"))
    from selfeval_xlsx.collect.run import opened

    with opened(tmp_path / "汇总结果", anew=False), pytest.raises(SelfEvalError, match="另一个窗口"):
        run()


def test_a_fault_nobody_foresaw_stops_no_other(
    folder: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("selfeval_xlsx.collect.work.make_report", fail)
    (folder / "1.xlsx").write_bytes(book("甲局"))
    [only] = run().register
    assert (only.standing, "意外" in only.why) == ("不能使用", True)
    told = (tmp_path / "汇总结果" / intake.RUN_FOLDER / "意外.txt").read_text(encoding="utf-8")
    assert ("1.xlsx" in told, "ZeroDivisionError" in told) == (True, True)


def test_on_a_cluster_one_of_whose_workers_dies(folder: Path, tmp_path: Path, making: Making) -> None:
    """A real scheduler and two workers; one is killed in the middle: nothing is lost, nothing stands twice."""
    if not os.environ.get("SELFEVAL_REQUIRE_COLLECT"):
        pytest.importorskip("distributed")
    from distributed import Client, LocalCluster

    for number in range(12):
        (folder / f"{number:02}.xlsx").write_bytes(book(f"第{number}局"))
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        killed = list[int]()

        def kill(done: int, _of: int) -> None:
            if done == 3 and not killed:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)

        collection = collect(
            folder,
            tmp_path / "结果",
            making,
            partial(client.get_executor(pure=False, retries=3).submit, making=making),
            cores=2,
            progress=kill,
        )
    assert killed
    assert [each.name for each in collection.units] == sorted(f"第{number}局" for number in range(12))
    assert all(each.report for each in collection.units)


# --- the summary --------------------------------------------------------------------------------


def test_the_summary_holds_all_and_executes_nothing(folder: Path, run: Run, tmp_path: Path) -> None:
    (folder / "1.xlsx").write_bytes(book("甲局"))
    (folder / "2.xlsx").write_bytes(book("乙局", budget__lines__total__outturn="9999.00"))
    (folder / "3.xlsx").write_bytes(
        book("=HYPERLINK(1)", overview__identity__supervising_department="@SUM(A1)")
    )
    collection = run(roster=(against.Unit("丙局"),))
    insights = Insights([against.Alike("=1+1", (("甲局", "「概况」B1"),))])
    data = summary.workbook(collection, insights)
    (tmp_path / "汇总.xlsx").write_bytes(data)
    found = load_workbook(io.BytesIO(data))
    assert found.sheetnames[:4] == ["汇总", "问题清单", "收件登记", "未报送"]
    overview = found["汇总"]
    assert [overview.cell(row, 1).value for row in range(4, 7)] == ["=HYPERLINK(1)", "乙局", "甲局"]
    formulas = [
        (sheet.title, cell.value)
        for sheet in found
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f" and not str(cell.value).startswith(("=SUBTOTAL(109,", "=IF("))
    ]
    assert formulas == []
    assert data == summary.workbook(collection, insights)


def test_the_living_total_agrees_with_the_units_in_libreoffice(
    folder: Path, run: Run, tmp_path: Path, convert: Convert
) -> None:
    for name in ("甲局", "乙局"):
        (folder / f"{name}.xlsx").write_bytes(book(name))
    (tmp_path / "汇总.xlsx").write_bytes(summary.workbook(run(), Insights()))
    [again] = convert("xlsx", tmp_path / "汇总.xlsx")
    sheet = load_workbook(again, data_only=True)["汇总"]
    heads = {sheet.cell(3, column).value: column for column in range(1, sheet.max_column + 1)}
    assert sheet.cell(6, heads["执行数（万元）"]).value == pytest.approx(2862.49 * 2)
    assert sheet.cell(6, heads["执行率"]).value == pytest.approx(0.9920)


# --- letters, samples, likeness, control ---------------------------------------------------------


def test_letters_say_what_is_wrong_and_are_never_sent(folder: Path, run: Run, tmp_path: Path) -> None:
    (folder / "1.xlsx").write_bytes(book("甲局"))
    (folder / "2.xlsx").write_bytes(book("乙局", budget__lines__total__outturn="9999.00"))
    units = (against.Unit("乙局", email="b@example.com"), against.Unit("丙局", email="c@example.com"))
    made = {
        (kind, unit): content
        for kind, unit, content in follow_up.letters(run(roster=units), "2025", tmp_path / "汇总结果")
    }
    assert set(made) == {("退回修改", "乙局"), ("催报", "丙局"), ("回执", "甲局")}
    assert all(b"X-Unsent: 1" in content for content in made.values())
    assert b"To: b@example.com" in made["退回修改", "乙局"]
    assert b"To: c@example.com" in made["催报", "丙局"]
    assert b"spreadsheetml.sheet" in made["退回修改", "乙局"]


def test_who_sent_a_file_that_cannot_be_used_is_not_told_that_nothing_came(
    folder: Path, run: Run, tmp_path: Path
) -> None:
    (folder / "丙局.xls").write_bytes(b"")
    (folder / "来信.eml").write_bytes(b"From: D@example.com\nContent-Type: text/plain\n\nlater\n")
    units = (against.Unit("丙局", email="c@example.com"), against.Unit("丁局", email="d@example.com"))
    made = {(kind, unit): told for kind, unit, told in follow_up.letters(run(roster=units), "2025", tmp_path)}
    assert set(made) == {("重新报送", "丙局"), ("重新报送", "丁局")}
    assert b"To: c@example.com" in made["重新报送", "丙局"]


def test_a_draw_is_the_same_for_the_same_seed_and_takes_its_share_of_each_department() -> None:
    candidates = [
        follow_up.Candidate(f"{number}局", "甲" if number < 10 else "乙", {}) for number in range(30)
    ]
    drawn = follow_up.draw(candidates, 0.1, 7)
    assert drawn == follow_up.draw(reversed(candidates), 0.1, 7)
    assert [each.department for each in drawn].count("甲") == 1
    assert [each.department for each in drawn].count("乙") == 2
    assert any(follow_up.draw(candidates, 0.1, seed) != drawn for seed in range(5))
    assert (
        "指定"
        in next(each for each in follow_up.draw(candidates, 0.1, 7, ["5局"]) if each.unit == "5局").reasons
    )


def test_risky_units_are_drawn_more_often() -> None:
    candidates = [
        follow_up.Candidate(f"{number}局", "", {"问题 9 处": 8.0} if number == 0 else {})
        for number in range(10)
    ]
    hits = sum(follow_up.draw(candidates, 0.1, seed)[0].unit == "0局" for seed in range(200))
    assert hits > 60


def test_sentences_two_units_share_are_found_with_both_places() -> None:
    own = "本年组织全体职工开展业务培训12次，覆盖全部窗口岗位和下属站所人员。"
    other = "这一句只有一个单位写过，和别的单位的文字都不相同，也就不会列出来。"
    shared = against.alike(
        {
            "甲局": [(own, "「目标」B1")],
            "乙局": [(own.replace("12", "20"), "「目标」B2"), (other, "「目标」B3")],
        }
    )
    assert [each.places for each in shared] == [(("甲局", "「目标」B1"), ("乙局", "「目标」B2"))]


def test_an_indicator_of_another_field_is_told_only_where_it_is_sure() -> None:
    copied = [("「目标」C41", "期末升学率"), ("「目标」C42", "门诊人次"), ("「目标」C43", "培训人数")]
    assert list(foreign("县人民医院", copied, "承担医疗服务")) == [("「目标」C41", "期末升学率", "教育")]
    assert list(foreign("县人民医院", copied, "附设卫生学校，招生")) == []
    assert list(foreign("青石镇人民政府", copied, "")) == []


def test_jumps_against_last_years_summary(folder: Path, run: Run, tmp_path: Path, making: Making) -> None:
    (folder / "1.xlsx").write_bytes(book("甲局"))
    (folder / "2.xlsx").write_bytes(book("乙局"))
    (tmp_path / "上年.xlsx").write_bytes(summary.workbook(run(), Insights()))
    changed = load_workbook(tmp_path / "上年.xlsx")
    sheet = changed["汇总"]
    [outturn] = [cell.column_letter for cell in sheet[3] if cell.value == "执行数（万元）"]
    sheet[f"{outturn}4"] = 1000.5
    changed.save(tmp_path / "上年.xlsx")
    wishes = Wishes(folder, tmp_path / "结果", last=tmp_path / "上年.xlsx", sample=1, jobs=1)
    desk.serve(wishes, making, lambda _line: None, lambda _done, _of: None)
    found = load_workbook(tmp_path / "结果" / "汇总.xlsx")["与上年比较"]
    assert [cell.value for cell in found[4]] == [
        "乙局", "执行数（万元）", 1000.5, 2862.49, pytest.approx(1.86106), "变动较大，请核实原因"
    ]  # fmt: skip
    assert found.max_row == 4
    drawn = load_workbook(tmp_path / "结果" / follow_up.DRAWN / "抽取名单.xlsx").active
    assert drawn is not None
    reasons = {row[0].value: str(row[2].value) for row in drawn.iter_rows(4)}
    assert "与上年汇总比变动大：执行数（万元）" in reasons["乙局"]
    (tmp_path / "别的.xlsx").write_bytes((folder / "1.xlsx").read_bytes())
    with pytest.raises(SelfEvalError, match="不是汇总表"):
        desk.serve(Wishes(folder, tmp_path / "结果", last=tmp_path / "别的.xlsx"), making, print, print)


def test_amounts_of_all_units_are_in_the_same_unit(folder: Path, run: Run) -> None:
    (folder / "1.xlsx").write_bytes(
        book(
            "甲局", overview__identity__money_unit="元", budget__sources__own_funds__adjusted_budget="123456"
        )
    )
    [only] = run().units
    rows = {row["名称"]: row["调整后预算"] for row in only.result.lists["资金来源"]}
    assert rows["单位资金"] == "12.35"


def test_what_a_district_adds_and_on_what_a_finding_rests_stand_in_the_summary(
    folder: Path, tmp_path: Path
) -> None:
    own, other = (ROOT / "sample_workbooks" / name for name in ("某县口径.toml", "邻县口径.toml"))
    debts = {"local": {"debt_opening": "300.00", "debt_repaid": "100.00", "debt_closing": "250.00"}}
    used = report_setup.load_rules(own)
    (folder / "1.xlsx").write_bytes(paint(from_data(BASE | debts, used), (), used))
    neighbour = report_setup.load_rules(other)
    (folder / "2.xlsx").write_bytes(paint(from_data(BASE, neighbour), (), neighbour))
    making = desk.making_of(report_setup.load(rules=own))
    found = collect(folder, tmp_path / "汇总结果", making, here(making))
    messages = [each["message"] for unit in found.units for each in unit.result.findings]
    assert any("照口径“邻县口径.toml”做的" in each for each in messages)
    told = load_workbook(io.BytesIO(summary.workbook(found, Insights())))
    heads = [cell.value for cell in told["汇总"][3]]
    assert heads[12:15] == ["年初债务余额（万元）", "本年偿还债务（万元）", "年末债务余额（万元）"]
    sources = {str(row[-1]) for row in told["问题清单"].iter_rows(min_row=4, values_only=True)}
    assert all("（核对规则 " in each and not each.startswith("（") for each in sources)


def test_many_cells_are_told_in_few_words() -> None:
    at = [("目标", "D27"), ("目标", "D26"), *(("目标", f"J{row}") for row in range(34, 46)), ("预算", "D9")]
    assert places([CellRef(*each) for each in at]) == "「目标」D27、D26、J34 至 J45、「预算」D9"
    assert places([CellRef("预算", "D9"), CellRef("预算", "D10")]) == "「预算」D9、D10"


def test_the_fewest_units_explain_a_difference() -> None:
    stated = {"甲": Decimal(10), "乙": Decimal(20), "丙": Decimal(30)}
    own = {"甲": Decimal(10), "乙": Decimal(25), "丙": Decimal(31)}
    found = against.explained("执行数", stated, own, None)
    assert found is not None
    assert (found.difference, [unit for unit, *_ in found.units]) == (Decimal(6), ["乙", "丙"])
    assert against.explained("执行数", stated, stated, None) is None
    found = against.explained("执行数", {}, {"甲": Decimal(10), "乙": Decimal(7)}, Decimal(10))
    assert found is not None
    assert [unit for unit, *_ in found.units] == ["乙"]


# --- the command --------------------------------------------------------------------------------


def roster_file(path: Path, *units: str) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["单位名称", "简称", "邮箱", "联系人", "主管部门"])
    for unit in units:
        sheet.append([unit, "", "unit@example.com", "", "县政府"])
    book.save(path)
    return path


def test_from_the_command_line_with_processes(folder: Path, tmp_path: Path) -> None:
    for number in range(4):
        (folder / f"{number}.xlsx").write_bytes(book(f"第{number}局"))
    names = roster_file(tmp_path / "名单.xlsx", "第0局", "第9局")
    command = [sys.executable, "-m", "selfeval_xlsx", "batch", str(folder), "-o", str(tmp_path / "结果")]
    command += ["--roster", str(names), "--letters", "--sample", "50%", "--jobs", "2"]
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        check=False,
    )
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    assert "未报送 1 个" in done.stdout
    made = contents(tmp_path / "结果")
    assert {f"报告/第{number}局.docx" for number in range(4)} <= set(made)
    assert "信件/催报/第9局.eml" in made
    assert "汇总.xlsx" in made


def test_a_roster_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "名单.xlsx").write_bytes(b"nothing")
    with pytest.raises(SelfEvalError, match="打不开"):
        against.load(tmp_path / "名单.xlsx")
    with pytest.raises(SelfEvalError, match="两次"):
        against.load(roster_file(tmp_path / "二.xlsx", "甲局", "甲局"))


def test_a_column_of_a_roster_without_a_head_is_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["单位名称", " ", "邮箱"], ["甲局", "已催过", "a@example.com"]):
        sheet.append(row)
    book.save(tmp_path / "名单.xlsx")
    assert against.load(tmp_path / "名单.xlsx") == (against.Unit("甲局", email="a@example.com"),)


def test_a_district_may_call_a_field_like_a_column_of_the_summary() -> None:
    own = [
        sheets.Column("说明", itemgetter(1), sheets.COUNT, summed=True),
        sheets.Column("说明", itemgetter(2)),
    ]
    table = sheets.Table("汇总", [sheets.Column("单位", itemgetter(0)), *own], [("甲局", 3, "无")])
    sheet = load_workbook(io.BytesIO(sheets.workbook("汇总", [table])))["汇总"]
    assert [cell.value for cell in sheet[5]] == ["合计", "=SUBTOTAL(109,B4:B4)", None]
