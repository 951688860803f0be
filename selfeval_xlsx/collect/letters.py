"""Unsent letters: what is wrong, or that a file cannot be used, to who sent it; a reminder to who has not; a receipt.

Nothing is ever sent.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from selfeval_xlsx import files
from selfeval_xlsx.collect.roster import match
from selfeval_xlsx.collect.run import Collection, Registered, UnitResult
from selfeval_xlsx.outputs import mail

RETURN, AGAIN, REMIND, RECEIPT = "退回修改", "重新报送", "催报", "回执"
"""The kinds of letters, by the folders they are written to."""

FOLDER = "信件"

NAMES = {
    "单位": "填报单位的名称",
    "年度": "评价年度",
    "联系人": "名单或填报表里的联系人；没有的为空",
    "问题": "要改正的问题，或不能使用的文件和原因，每行一处",
    "收到": "采用的文件和收到的时间",
}
"""What a letter's template may use."""

TEMPLATES = {kind: f"{kind}.txt" for kind in (RETURN, AGAIN, REMIND, RECEIPT)}
"""The files in templates/ that give their words."""


def letters(collection: Collection, year: str, output: Path) -> Iterator[tuple[str, str, bytes]]:
    """Each letter: its kind, the unit, and the unsent mail; what is attached was written to ``output``."""
    for each in collection.units:
        kind = RECEIPT if each.report else RETURN
        yield kind, each.unit, _letter(kind, each, collection, output)
    unusable = _unusable(collection)
    for name, files_sent in unusable.items():
        yield AGAIN, name, _again(name, files_sent, collection, year)
    for unit in collection.missing:
        if unit.name in unusable or unit.name in collection.strangers.values():  # it may have sent
            continue
        facts = dict.fromkeys(NAMES, "") | {"单位": unit.name, "年度": year, "联系人": unit.contact}
        words = mail.letter(_words(REMIND), mail.addresses(unit.email), facts, NAMES)
        yield REMIND, unit.name, mail.draft(words, [])


def _letter(kind: str, each: UnitResult, collection: Collection, output: Path) -> bytes:
    unit = match(each.unit, collection.roster)
    identity = each.result.identity
    to = each.file.sender or (unit.email if unit else "") or identity.get("email", "")
    errors = [
        f"{number}. {finding['place']} {finding['label']}：{finding['message']}。{finding['hint']}"
        for number, finding in enumerate(
            (finding for finding in each.result.findings if finding["severity"] == "错误"), start=1
        )
    ]
    facts = {
        "单位": each.unit,
        "年度": identity.get("year", ""),
        "联系人": (unit.contact if unit else "") or identity.get("preparer", ""),
        "问题": "\n".join(errors),
        "收到": f"{each.file.place}（{each.file.time:%Y年%m月%d日}）",
    }
    words = mail.letter(_words(kind), mail.addresses(to), facts, NAMES)
    marked = [output / each.marked] if each.marked else []
    return mail.draft(words, [(path.name, files.read(path)) for path in marked])


def _unusable(collection: Collection) -> dict[str, list[Registered]]:
    """The files that cannot be used of each unit of which none can, where it is known whom to write to."""
    done = {each.unit for each in collection.units}
    found: dict[str, list[Registered]] = {}
    for each in collection.register:
        known = each.file.sender or match(each.unit, collection.roster)
        if each.standing == "不能使用" and each.unit not in done and known:
            found.setdefault(each.unit, []).append(each)
    return found


def _again(name: str, sent: Sequence[Registered], collection: Collection, year: str) -> bytes:
    unit = match(name, collection.roster)
    to = next((each.file.sender for each in sent if each.file.sender), "") or (unit.email if unit else "")
    told = "\n".join(f"{number}. {each.file.name}：{each.why}" for number, each in enumerate(sent, start=1))
    facts = dict.fromkeys(NAMES, "") | {"单位": name, "年度": year, "问题": told}
    facts["联系人"] = unit.contact if unit else ""
    return mail.draft(mail.letter(_words(AGAIN), mail.addresses(to), facts, NAMES), [])


def _words(kind: str) -> str:
    return files.read_text(files.shipped(TEMPLATES[kind]))


def write(collection: Collection, year: str, output: Path) -> dict[str, int]:
    """Write all letters below ``output``; returns how many of each kind."""
    counts = dict.fromkeys(TEMPLATES, 0)
    for kind in counts:
        (output / FOLDER / kind).mkdir(parents=True, exist_ok=True)
        for path in (output / FOLDER / kind).glob(
            "*.eml"
        ):  # of an earlier run: whoever has sent is not reminded
            path.unlink()
    for kind, unit, content in letters(collection, year, output):
        files.write_new(output / FOLDER / kind / f"{files.safe_name(unit)}.eml", content)
        counts[kind] += 1
    return counts
