"""The command line: parses, calls, prints; nothing else. Heavy parts load in the command that needs them."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from selfeval_xlsx.errors import UNUSABLE, VERSION, FileAccessError, guarded, reason, undone, undone_lines
from selfeval_xlsx.report.names import ALL, GUIDE, chosen
from selfeval_xlsx.usage import ChineseCommand, ChineseGroup, Output, explain

if TYPE_CHECKING:
    from selfeval_xlsx.findings import CheckResult
    from selfeval_xlsx.form.form import SelfEvaluation
    from selfeval_xlsx.form.last_year import LastYear
    from selfeval_xlsx.form.rulebook import Rulebook
    from selfeval_xlsx.outputs.report_setup import Kit
    from selfeval_xlsx.report.template import ReportTemplate

BOOK = click.Path(path_type=Path)


def takes(name: str, metavar: str, explained: str, *names: str) -> Callable[[Any], Any]:
    """An option that takes a file to read; ``names`` are what the command calls it."""
    return click.option(name, *names, type=BOOK, metavar=metavar, help=explained)


def writes(name: str, suffix: str, metavar: str, explained: str) -> Callable[[Any], Any]:
    """An option that takes a file to write, of the one kind that is written."""
    return click.option(name, type=Output(suffix), metavar=metavar, help=explained)


TEMPLATE = takes("--template", "T.docx", "另一份 Word 模板。")
RULES = takes("--rules", "R.toml", "另一份口径。")
JSON = click.option("--json", "as_json", is_flag=True, help="输出 JSON。")


def main() -> None:
    """Entry point: every fault ends in one Chinese line."""
    sys.exit(guarded(run))


def run() -> int:
    """Run what the command line asks for; returns the exit status."""
    try:
        return int(cli.main(prog_name="selfeval", standalone_mode=False) or 0)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        click.echo(explain(error), err=True)
        return UNUSABLE


@click.group(cls=ChineseGroup, epilog="例：selfeval report 填报表.xlsx")
@click.version_option(VERSION, message="%(version)s", help="显示版本号。")
def cli() -> None:
    """部门（单位）整体支出预算绩效自评：填报表核对，生成 Word 报告。"""


@cli.command(cls=ChineseCommand, epilog="例：selfeval new 填报表.xlsx --unit 某某镇政务服务中心 --year 2025")
@click.argument("out", type=Output(".xlsx"), metavar="OUT.xlsx")
@click.option("--unit", metavar="名称", help="填好单位名称。")
@click.option("--year", type=int, metavar="年度", help="填好评价年度。")
@takes("--data", "FILE.json", "用数据预填（格式同 show --json）。")
@takes("--from", "LAST.xlsx", "由上年的填报表结转：名称、职责、制度保留，数字清空。", "last")
@takes(
    "--from-report",
    "LAST.docx",
    "由上年的 Word 报告结转（哪里的格式都可以）：填入的每一格都标出出处，供核对。",
    "report",
)
@takes("--rules", "R.toml", "另一份口径：本地字段、本地关系也写进填报表。")
def new(  # noqa: PLR0913, PLR0917 - one parameter an option
    out: Path,
    unit: str | None,
    year: int | None,
    data: Path | None,
    last: Path | None,
    report: Path | None,
    rules: Path | None,
) -> int:
    """写出一份空白填报表（或预填的）。"""
    from selfeval_xlsx import describe, files
    from selfeval_xlsx.form.data import from_data
    from selfeval_xlsx.form.form import DEFAULT_UNIT

    if sum(map(bool, (data, last, report))) > 1 or (report and (unit or year)):
        raise click.UsageError(
            "--data、--from、--from-report 只能用一个；--from-report 不和 --unit、--year 同用"
        )
    if out.exists():
        raise FileAccessError(f"{out} 已经存在，没有覆盖。请换一个文件名。")
    rulebook = _rulebook(rules)
    if report is not None:
        return _new_from_report(out, report, rulebook)
    start = _data_of(data, last, rulebook)
    identity = start.setdefault("overview", {}).setdefault("identity", {})
    identity.update({key: value for key, value in (("unit_name", unit), ("year", year)) if value is not None})
    identity.setdefault("money_unit", DEFAULT_UNIT)
    evaluation = from_data(start, rulebook)
    if year is not None and evaluation.overview.identity.year.problem:
        raise click.UsageError(f"--year 的值不对：{evaluation.overview.identity.year.problem}")
    files.write(out, describe.workbook_of(evaluation, rulebook))
    click.echo(f"已写出填报表：{out}")
    return 0


def _new_from_report(out: Path, report: Path, rulebook: "Rulebook") -> int:
    """Next year's workbook from last year's Word report; what was placed and what was not is listed."""
    from selfeval_xlsx import files
    from selfeval_xlsx.earlier.reading import next_years_workbook, read_earlier
    from selfeval_xlsx.signed.paragraphs import read_document

    book, proposals = next_years_workbook(read_earlier(read_document(*files.named(report))), rulebook)
    files.write(out, book)
    for proposal in proposals:
        click.echo(f"  {proposal.at[0] if proposal.at else proposal.label}：{proposal.message}")
    placed = sum(bool(proposal.at) for proposal in proposals)
    click.echo(
        f"已写出填报表：{out}。填入 {placed} 格，每格都有批注写明出处，请逐格核对；没有填入的 {len(proposals) - placed} 处。"
    )
    return 0


def _data_of(data: Path | None, last: Path | None, rulebook: "Rulebook") -> dict[str, Any]:
    """The data a new workbook starts from."""
    from selfeval_xlsx import files
    from selfeval_xlsx.form.data import parsed, to_data

    if last is not None:
        from selfeval_xlsx.form.last_year import carried_over

        return to_data(carried_over(_completed(last, rulebook)))
    return {} if data is None else parsed(files.read_text(data), str(data))


@cli.command(cls=ChineseCommand, epilog="例：selfeval show 填报表.xlsx --json")
@click.argument("book", type=BOOK, metavar="BOOK.xlsx")
@JSON
@takes("--rules", "R.toml", "另一份口径（填报表有本地字段的）。")
def show(book: Path, as_json: bool, rules: Path | None) -> int:  # noqa: FBT001 - click passes flags so
    """显示从工作簿里读到的内容。"""
    from selfeval_xlsx.form.data import lines, to_data

    rulebook = _rulebook(rules)
    evaluation = _read(book, rulebook)
    _print(to_data(evaluation) if as_json else lines(evaluation, rulebook.plan), as_json=as_json)
    return 0


@cli.command(cls=ChineseCommand, epilog="例：selfeval check 填报表.xlsx --marked 核对标注.xlsx")
@click.argument("books", type=BOOK, nargs=-1, required=True, metavar="BOOK.xlsx…")
@JSON
@writes("--marked", ".xlsx", "OUT.xlsx", "另存一份把问题标在格子上的副本（只核对一份时用）。")
@RULES
@takes("--last", "FILE", "上年的填报表或报告，查出沿用上年没有改的内容（只核对一份时用）。")
def check(
    books: tuple[Path, ...], *, as_json: bool, marked: Path | None, rules: Path | None, last: Path | None
) -> int:
    """核对工作簿，列出全部问题。"""
    from selfeval_xlsx.checks import check as judge

    if (marked or last) and len(books) > 1:
        raise click.UsageError("--marked、--last 只能用于一份工作簿")
    rulebook = _rulebook(rules)
    before = _last_year(last, rulebook) if last else None
    worst, documents = 0, []
    for book in dict.fromkeys(books):
        try:
            result = judge(_read(book, rulebook), rulebook, before)
        except Exception as error:  # noqa: BLE001 - nor does a fault that nobody foresaw stop another workbook
            documents.append({"file": str(book), "error": reason(error, f"{book.name} 没有能核对")})
            click.echo(documents[-1]["error"], err=True)
            worst = UNUSABLE
            continue
        if marked:
            try:
                marked = _write_marked(book, marked, result)
            except Exception as error:  # noqa: BLE001 - what was found is told all the same
                result = replace(result, undone=(*result.undone, undone("没有写出标注副本", error)))
                marked = None
        worst = max(worst, UNUSABLE if result.undone else int(result.blocked))
        documents.append({"file": str(book), **result.data()})
        if not as_json:
            click.echo("\n  ".join([f"{book}", *result.lines(result.gathered)]))
        for line in undone_lines(result.undone):
            click.echo(f"{book}：{line}", err=True)
    if as_json:
        _print_json(documents)
    elif marked:
        click.echo(f"已写出标注副本：{marked}")
    return worst


def _last_year(path: Path, rulebook: "Rulebook") -> "LastYear":
    from selfeval_xlsx import files
    from selfeval_xlsx.form import last_year

    if path.suffix.lower() == ".docx":
        from selfeval_xlsx.signed.paragraphs import read_document

        return last_year.of_report(read_document(*files.named(path)).texts, path.name)
    return last_year.of_workbook(_completed(path, rulebook), path.name)


def _write_marked(book: Path, target: Path, result: "CheckResult") -> Path:
    """The path written: another where a file of the user's stands in the way."""
    from selfeval_xlsx import files
    from selfeval_xlsx.workbook.marker import mark

    if target.resolve() == book.resolve():
        raise FileAccessError(f"标注副本不能写在原工作簿 {book} 上。请换一个文件名。")
    return files.write_kept(target, mark(files.read(book), result))


@cli.command(cls=ChineseCommand, epilog="例：selfeval report 填报表.xlsx -o 报告.docx")
@click.argument("books", type=BOOK, nargs=-1, required=True, metavar="BOOK.xlsx…")
@click.option(
    "-o",
    "--output",
    type=Output(".docx", folder=True),
    metavar="OUT",
    help="报告的文件名，或放报告的文件夹；不写则放在工作簿旁边。",
)
@TEMPLATE
@RULES
@click.option(
    "--draft", is_flag=True, help="有错误也生成：文件名带“（草稿）”，每页标“草稿”，首页列出未解决的问题。"
)
@click.option(
    "--attachments",
    metavar="编号",
    help=f"报告自带哪些附件：{GUIDE}；如 1,3；none 不要附件，表格留在正文里。不写则有内容的都要。",
)
@click.option("--pdf", is_flag=True, help="另导出一份 PDF（电脑上要有 LibreOffice 或 Word）。")
@click.option("--mail", is_flag=True, help="另写一封附有报告的邮件草稿（不发送）。")
@click.option("--proof", is_flag=True, help="另写一份核对底稿：每个数字有批注，说明来自哪一格、怎样核对。")
def report(  # noqa: PLR0913 - an option each
    books: tuple[Path, ...],
    *,
    output: Path | None,
    template: Path | None,
    rules: Path | None,
    draft: bool,
    attachments: str | None,
    pdf: bool,
    mail: bool,
    proof: bool,
) -> int:
    """核对后生成 Word 报告；有错误则生成标注副本。"""
    from selfeval_xlsx import files
    from selfeval_xlsx.job import make_report
    from selfeval_xlsx.outputs import report_setup, written

    if output and len(books) > 1 and not output.is_dir():
        raise click.UsageError("多份工作簿时 -o 要写已有的文件夹")
    books = tuple(dict.fromkeys(books))
    given = report_setup.load(template, rules)
    if (draft or proof) and not given.template.mentions("mark"):
        raise click.UsageError("这份模板没有每页的标记（mark），不能用于 --draft、--proof")
    wanted = _attachments(attachments, given.template)
    worst, everything = 0, list[written.Written]()
    for book in books:
        try:
            outcome = make_report(
                *files.named(book), given.template, given.rules, draft=draft, attachments=wanted
            )
            click.echo(f"{book}")
            written.say_findings(outcome, click.echo)
            made = written.write_outcome(outcome, book, click.echo, output, everything)
            everything.append(made)
            worst = max(worst, made.status.value)
            if made.report is not None and mail:
                _write_mail(made.report, given, draft=draft)
            if made.report is not None and proof:
                written.write_proof(outcome, given, made.report, click.echo, wanted)
            if made.report is not None and pdf:
                written.write_pdf(made.report, click.echo)
        except Exception as error:  # noqa: BLE001 - one file that cannot be used stops none of the others
            click.echo(reason(error, f"{book.name} 没有能处理"), err=True)
            worst = UNUSABLE
    if len(books) > 1:
        unusable = [written.Written(written.Status.UNUSABLE)] * (len(books) - len(everything))
        click.echo(written.total([*everything, *unusable]))
    return worst


def _attachments(words: str | None, template: "ReportTemplate") -> tuple[str, ...]:
    """The attachments that ``words`` chooses; all where nothing is said."""
    if words is None:
        return ALL
    try:
        keys = chosen(words)
    except ValueError as error:
        raise click.UsageError(f"--attachments 里的“{error}”不认识，可选 {GUIDE}，或 none") from error
    if keys and not template.attached:
        raise click.UsageError("这份模板没有附件，不能用于 --attachments")
    return keys


@cli.command(cls=ChineseCommand, epilog="例：selfeval mail 报告.docx")
@click.argument("report", type=BOOK, metavar="REPORT.docx")
@click.argument("book", type=BOOK, required=False, metavar="[BOOK.xlsx]")
@click.option("--draft", is_flag=True, help="报告是草稿也写。")
@takes("--template", "T.docx", "另一份 Word 模板（生成报告时用的）。")
@takes("--rules", "R.toml", "另一份口径（生成报告时用的）。")
def mail(report: Path, book: Path | None, *, draft: bool, template: Path | None, rules: Path | None) -> None:
    """写一封附有 Word 报告的邮件草稿（不发送），另存一份文字供粘贴；改动过的报告先对照填报表核验。"""
    from selfeval_xlsx.outputs import report_setup

    _write_mail(report, report_setup.load(template, rules), book, draft=draft)


def _write_mail(report: Path, given: "Kit", book: Path | None = None, *, draft: bool) -> None:
    from selfeval_xlsx.outputs.signing import write_mail

    write_mail(report, given, click.echo, book, draft=draft)


@cli.command(
    cls=ChineseCommand,
    epilog="例：selfeval verify 报告.docx 填报表.xlsx --marked 批注.docx --adopt 新填报表.xlsx",
)
@click.argument("document", type=BOOK, metavar="REPORT.docx")
@click.argument("book", type=BOOK, metavar="BOOK.xlsx")
@JSON
@writes("--marked", ".docx", "OUT.docx", "另存一份批注副本：每处差异一条批注，写明出自哪一格、怎样改。")
@writes("--adopt", ".xlsx", "NEW.xlsx", "把报告里只改了文字的句子写进一份新的填报表。")
@takes("--template", "T.docx", "另一份 Word 模板（生成报告时用的）。")
@takes("--rules", "R.toml", "另一份口径（生成报告时用的）。")
def verify(  # noqa: PLR0913 - an option each
    document: Path,
    book: Path,
    *,
    as_json: bool,
    marked: Path | None,
    adopt: Path | None,
    template: Path | None,
    rules: Path | None,
) -> int:
    """核验改过的 Word 报告：数字和文字是否仍与工作簿一致。"""
    from selfeval_xlsx.outputs import report_setup, signing

    given = report_setup.load(template, rules)
    result = signing.verified(document, book, given)
    say: Callable[[str], None] = (lambda line: click.echo(line.strip(), err=True)) if as_json else click.echo
    if as_json:
        _print_json({"report": str(document), "workbook": str(book), **result.data()})
    else:
        click.echo(f"{document}（对照 {book}）")
        signing.say_verified(result, say)
    if marked:
        signing.write_verified(document, result.differences, say, marked)
    if adopt:
        signing.write_adopted(book, result.differences, given, say, adopt)
    return int(result.figures_differ)


@cli.command(cls=ChineseCommand, epilog="例：selfeval rules --prove 填报表.xlsx")
@takes("--rules", "R.toml", "另一份口径。", "own")
@takes("--prove", "BOOK.xlsx", "在这份填报表的副本里逐处种入错误，看哪条规则能发现。")
@JSON
def rules(own: Path | None, prove: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """列出全部核对规则和现行的界限；或用种入的错误检验这些规则。"""
    from selfeval_xlsx import describe

    rulebook = _rulebook(own)
    if prove:
        _prove(prove, rulebook, as_json=as_json)
    else:
        shown = describe.rules_data(rulebook) if as_json else describe.rule_lines(rulebook)
        _print(shown, as_json=as_json)
    return 0


@cli.group(cls=ChineseGroup, epilog="例：selfeval template check 我的模板.docx")
def template() -> None:
    """自己的 Word 模板：可用的字段，模板检查。"""


@template.command("fields", cls=ChineseCommand, epilog="例：selfeval template fields --json")
@takes("--rules", "R.toml", "另一份口径：连同本地字段。")
@JSON
def template_fields(rules: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """列出模板可用的全部字段、过滤器和函数，附含义和例子。"""
    from selfeval_xlsx.template_check import vocabulary

    rulebook = _rulebook(rules)
    _print(vocabulary.entries(rulebook) if as_json else vocabulary.lines(rulebook), as_json=as_json)
    return 0


@template.command("check", cls=ChineseCommand, epilog="例：selfeval template check 我的模板.docx")
@click.argument("path", type=BOOK, metavar="T.docx")
@takes("--rules", "R.toml", "另一份口径：模板里可以用它的本地字段。")
@JSON
def template_check(path: Path, rules: Path | None, as_json: bool) -> int:  # noqa: FBT001
    """检查一份 Word 模板，列出全部问题和位置，并试生成报告。"""
    from selfeval_xlsx.findings import Severity, verdict
    from selfeval_xlsx.outputs import report_setup

    problems = report_setup.template_problems(path, report_setup.load_rules(rules))
    if as_json:
        _print_json([problem.data() for problem in problems])
    else:
        click.echo("\n  ".join([f"{path}", *map(str, problems), f"检查结果：{verdict(problems)}。"]))
    return int(any(problem.severity is Severity.ERROR for problem in problems))


@cli.command(
    cls=ChineseCommand, epilog="例：selfeval batch 收到的文件 -o 汇总结果 --roster 名单.xlsx --letters"
)
@click.argument("folder", type=BOOK, metavar="FOLDER")
@click.option("-o", "--output", type=BOOK, required=True, metavar="OUT", help="结果写到这个文件夹。")
@takes("--roster", "名单.xlsx", "应报单位的名单：单位名称、简称、邮箱、联系人、主管部门。")
@takes("--control", "数据.xlsx", "财政部门自己的数（按单位或合计），与汇总数核对。")
@takes("--last", "汇总.xlsx", "上年的汇总表，列出变动大的单位。")
@click.option("--letters", is_flag=True, help="写好退回修改、催报、回执的邮件（不发送）。")
@click.option("--sample", metavar="10%", help="按主管部门抽取这个比例的单位复核。")
@click.option("--seed", type=int, default=1, metavar="N", help="抽样的种子，同一种子抽出同样的单位。")
@click.option("--pick", multiple=True, metavar="单位", help="指定复核的单位，可以写多次。")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="用几个进程，默认每个核心一个。")
@click.option("--dask", default="", metavar="ADDRESS", help="在 Dask 集群上运行。")
@TEMPLATE
@RULES
@click.option("--all", "anew", is_flag=True, help="全部重做，不用上次的结果。")
def batch(  # noqa: PLR0913 - an option each
    folder: Path,
    output: Path,
    *,
    sample: str | None,
    pick: tuple[str, ...],
    jobs: int | None,
    template: Path | None,
    rules: Path | None,
    **more: Any,
) -> int:
    """汇总一个文件夹里收到的全部填报表：报告、核对标注、汇总表、信件。"""
    from selfeval_xlsx.outputs import report_setup

    try:
        from selfeval_xlsx.collect import desk
    except ImportError as missing:
        raise click.UsageError(
            f"batch 需要另装组件（缺少 {missing.name}）：pip install selfeval-xlsx[collect]"
        ) from None
    if not folder.is_dir():
        raise FileAccessError(f"找不到文件夹 {folder}。")
    share = _share(sample)
    making = desk.making_of(report_setup.load(template, rules))
    wishes = desk.Wishes(folder, output, sample=share, picked=pick, jobs=jobs or 0, **more)
    with desk.shown() as tell:
        collection = desk.serve(wishes, making, tell.say, tell.count)
    return int(any(not unit.report for unit in collection.units))


def _share(words: str | None) -> float:
    """The share that ``10%`` or ``0.1`` names; 0 where nothing is asked for."""
    if words is None:
        return 0
    bare = words.strip().rstrip("%％")
    try:
        share = float(bare) / (100 if bare != words.strip() else 1)
    except ValueError:
        share = -1
    if not 0 < share <= 1:
        raise click.UsageError("--sample 写比例，例如 10%")
    return share


@cli.command(cls=ChineseCommand, epilog="例：selfeval page --rules 本县口径.toml")
@TEMPLATE
@RULES
@click.option(
    "-o",
    "--output",
    type=Output(".html"),
    default="自评报告.html",
    metavar="FILE.html",
    help="网页的文件名，默认 自评报告.html。",
)
def page(template: Path | None, rules: Path | None, output: Path) -> int:
    """把整个程序做成一个离线网页，填报人双击打开即可使用，不用安装。"""
    from selfeval_xlsx import files
    from selfeval_xlsx.outputs import report_setup
    from selfeval_xlsx.page.build import build, runtime

    content = build(runtime(), report_setup.load(template, rules))
    files.write(output, content)
    click.echo(f"已做好网页：{output}（{len(content) / 1e6:.1f} MB）。双击用浏览器打开，不联网也能用。")
    return 0


@cli.command(cls=ChineseCommand, epilog="例：selfeval kit --for windows")
@TEMPLATE
@RULES
@click.option(
    "--for",
    "system",
    type=click.Choice(["windows", "macos", "linux"]),
    help="另加这种电脑用的双击脚本和组件。",
)
@takes("--python", "FILE.zip", "官方的 Windows 嵌入版 Python，放进双击脚本（只用于 windows）。")
@click.option(
    "-o", "--output", type=Output(".zip"), default="绩效自评工具包.zip", metavar="FILE.zip", help="文件名。"
)
def kit(
    template: Path | None, rules: Path | None, system: str | None, python: Path | None, output: Path
) -> int:
    """做好发给填报人的压缩包：网页、空白填报表、使用说明、样例。"""
    from selfeval_xlsx import files
    from selfeval_xlsx.outputs import report_setup
    from selfeval_xlsx.page.build import build, runtime
    from selfeval_xlsx.page.build import kit as packed

    if python and system != "windows":
        raise click.UsageError("--python 要和 --for windows 一起用")
    made_with = report_setup.load(template, rules)
    templates = report_setup.prepared(made_with)
    content = packed(
        build(runtime(), made_with), templates, system or "", files.read(python) if python else None
    )
    files.write(output, content)
    click.echo(f"已做好工具包：{output}（{len(content) / 1e6:.1f} MB）。解压后双击其中的网页即可使用。")
    return 0


def _prove(book: Path, rulebook: "Rulebook", *, as_json: bool) -> None:
    from selfeval_xlsx.proof import lines, prove

    proof = prove(_read(book, rulebook), rulebook, _tell_progress)
    _print({"file": str(book), **proof.data()} if as_json else [f"{book}", *lines(proof)], as_json=as_json)


def _tell_progress(done: int, of: int) -> None:
    """One line on the error stream for every thousand errors tried."""
    if done % 1000 == 0:
        click.echo(f"已试 {done} 处，共 {of} 处。", err=True)


def _print(shown: Any, *, as_json: bool) -> None:
    """A document as JSON, or lines."""
    if as_json:
        _print_json(shown)
    else:
        click.echo("\n".join(shown))


def _print_json(document: Any) -> None:
    """One JSON document on stdout; where that is not UTF-8, with escapes, so that no character is lost."""
    plain = "utf" in (sys.stdout.encoding or "").lower()
    click.echo(json.dumps(document, ensure_ascii=not plain, indent=2))


def _rulebook(path: Path | None) -> "Rulebook":
    from selfeval_xlsx.outputs import report_setup

    return report_setup.load_rules(path)


def _completed(book: Path, rulebook: "Rulebook") -> "SelfEvaluation":
    from selfeval_xlsx.form.completion import completed

    return completed(_read(book, rulebook), rulebook)


def _read(book: Path, rulebook: "Rulebook") -> "SelfEvaluation":
    from selfeval_xlsx import files
    from selfeval_xlsx.workbook.reader import read_workbook

    return read_workbook(*files.named(book), rulebook.plan)
