"""What a report was made from, told by digests that travel in its document properties."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from selfeval_xlsx import VERSION

_PREFIX = "selfeval_"
_DRAFT = "是"


@dataclass(frozen=True)
class Origin:
    """The makings of a report; digests are SHA-256 in hexadecimal."""

    workbook: str
    rulebook: str
    template: str
    """The template's file name."""
    template_digest: str
    draft: str = ""
    """是 for a draft, empty for a report."""
    attachments: str = ""
    """The keys of the report's own attachments, separated by commas."""
    version: str = VERSION
    """The program's."""

    def properties(self) -> dict[str, str]:
        """As document properties; what is empty is left out."""
        return {f"{_PREFIX}{name}": value for name, value in asdict(self).items() if value}


def digest(content: bytes) -> str:
    """The digest of a file."""
    return hashlib.sha256(content).hexdigest()


def made_from(
    workbook: bytes,
    rulebook: object,
    template: tuple[str, str],
    attachments: Collection[str] = (),
    *,
    draft: bool = False,
) -> Origin:
    """The origin of a report made of these; a rulebook counts by its settings, not by its file.

    ``template`` is its name and digest.
    """
    settings = digest(repr(rulebook).encode())
    marks = (_DRAFT if draft else "", ",".join(sorted(attachments)))
    return Origin(digest(workbook), settings, *template, *marks)


def origin_of(properties: Mapping[str, str]) -> Origin | None:
    """The origin that ``properties`` tell; None where they do not, or no longer."""
    known = {name: properties.get(f"{_PREFIX}{name}", "") for name in Origin.__dataclass_fields__}
    return Origin(**known) if known["workbook"] else None
