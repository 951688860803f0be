"""The cells that several broken relations share, each with the one figure that would satisfy them all."""

from collections.abc import Iterable

from selfeval_xlsx.causes.corrections import Mend
from selfeval_xlsx.causes.what_if import Equation, Ledger
from selfeval_xlsx.findings import Suspect


def suspects_of(ledger: Ledger, mends: Iterable[Mend]) -> tuple[Suspect, ...]:
    """One suspect for each cell that mends two relations or more, those that mend the most first.

    A cell is left out where another one mends all that it mends, and more.
    """
    shared = [mend for mend in mends if mend.weight > 1 and len(mend.changes) == 1]
    rivals: dict[Equation, list[Mend]] = {}
    for mend in shared:
        for equation in mend.mended:
            rivals.setdefault(equation, []).append(mend)
    best = (mend for mend in shared if not any(_is_outdone(mend, by) for by in rivals[mend.mended[0]]))
    return tuple(_suspect(ledger, mend) for mend in sorted(best, key=lambda mend: -mend.weight))


def _is_outdone(mend: Mend, by: Mend) -> bool:
    return set(mend.mended) < set(by.mended)


def _suspect(ledger: Ledger, mend: Mend) -> Suspect:
    answer = ledger.case.answers[mend.key]
    relations = [equation.relation for equation in mend.mended if equation.proves]
    return Suspect(
        answer.ref,
        answer.field.label,
        answer.show(),
        ledger.show(mend.key, mend.right),
        tuple(relation.code for relation in relations),
        tuple(relation.title for relation in relations),
    )
