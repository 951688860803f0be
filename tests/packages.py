"""Archives as they arrive: parts spoilt on the way, or put in by others."""

import io
import zipfile


def torn(data: bytes, part: str) -> bytes:
    """``data`` with the packed content of ``part`` spoilt; the directory of the archive stays whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        start = package.getinfo(part).header_offset + 30 + len(part) + 5
    return data[:start] + bytes(byte ^ 0xFF for byte in data[start : start + 40]) + data[start + 40 :]


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return buffer.getvalue()
