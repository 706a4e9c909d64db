"""What is refused before a file is read: encodings, hidden characters, files of other formats."""

from __future__ import annotations

import re
import unicodedata

from fleetc.lang.diagnostics import Severity
from fleetc.lang.faults import Faults, Place
from fleetc.lang.source import SourceFile
from fleetc.lang.text import FORBIDDEN

__all__ = ["BOM", "check_bytes", "name_character"]

BOM = b"\xef\xbb\xbf"
_WIDE = ((b"\xff\xfe\x00\x00", 32), (b"\x00\x00\xfe\xff", 32), (b"\xff\xfe", 16), (b"\xfe\xff", 16))
_CONTROLS = bytes({*range(0x20), 0x7F} - {9, 10, 13})
_LFS = b"version https://git-lfs.github.com/spec/"
_HTML = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_CONFLICT = re.compile(r"^<{7}(?: .*)?$", re.MULTILINE)
_CONTROL_NAMES = {0x00: "NUL", 0x07: "BEL", 0x08: "BACKSPACE", 0x0C: "FORM FEED", 0x1B: "ESC", 0x7F: "DEL"}


def check_bytes(
    file: SourceFile,
    size: int,
    faults: Faults,
    smaller: str = "split it into several files and name them under `include`",
) -> None:
    """Report why the bytes of `file` are not read; `size` is the limit in bytes, `smaller` how to keep it."""
    data = file.data
    if len(data) > size:
        faults.add(
            "F0006",
            f"the file is too large: {len(data):,} bytes",
            Place(0, 0),
            notes=(f"the limit is {size:,} bytes",),
            help=smaller,
        )
    elif not (_wide(data, faults) or _broken(file, faults) or _other_format(file, faults)):
        _hidden(file, faults)
        if data.startswith(BOM):
            faults.add(
                "F0026",
                "the file starts with a byte-order mark",
                Place(0, 0),
                help="save the file as UTF-8 without a byte-order mark",
                severity=Severity.NOTE,
            )


def name_character(character: str) -> str:
    """`U+200B (zero width space)`."""
    code = ord(character)
    name = _CONTROL_NAMES.get(code) or unicodedata.name(character, "").lower() or "control character"
    return f"U+{code:04X} ({name})"


def _wide(data: bytes, faults: Faults) -> bool:
    bits = next((bits for mark, bits in _WIDE if data.startswith(mark)), 0)
    if not bits and len(data) >= 4:
        zeros = "".join("0" if byte == 0 else "x" for byte in data[:4])
        bits = {"x000": 32, "000x": 32, "x0x0": 16, "0x0x": 16}.get(zeros, 0)
    if bits:
        faults.add(
            "F0002",
            f"the file is UTF-{bits}; fleetc reads UTF-8 only",
            Place(0, 0),
            help="save the file as UTF-8",
        )
    return bool(bits)


def _broken(file: SourceFile, faults: Faults) -> bool:
    try:
        file.data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = len(file.data[: error.start].decode("utf-8-sig"))
        raw = file.data[error.start : error.end].hex(" ").upper()
        faults.add(
            "F0001",
            f"the file is not UTF-8: byte {raw} at byte offset {error.start:,}",
            Place(before, before + 1, "not a UTF-8 character"),
            help="save the file as UTF-8",
        )
        return True
    return False


def _other_format(file: SourceFile, faults: Faults) -> bool:
    if file.data.startswith(_LFS):
        faults.add(
            "F0011",
            "the file is a git-lfs pointer, not the file itself",
            Place(0, len(file.line(1)), "written by git-lfs"),
            help="keep fleet files out of git-lfs: remove them from `.gitattributes` and add them again",
        )
        return True
    if _HTML.match(file.data):
        faults.add(
            "F0012",
            "the file is an HTML page",
            Place(0, 1, "HTML begins here"),
            help="a download or log-in page was saved in its place; fetch the file again",
        )
        return True
    if b"<<<<<<<" in file.data and (conflict := _CONFLICT.search(file.text)):
        faults.add(
            "F0010",
            "unresolved merge: the file holds conflict markers",
            Place(conflict.start(), conflict.end(), "the first conflict begins here"),
            help="resolve the conflict and remove the marker lines",
        )
        return True
    return False


def _hidden(file: SourceFile, faults: Faults) -> None:
    data = file.data
    if data.isascii() and len(data.translate(None, _CONTROLS)) == len(data):
        return
    for match in FORBIDDEN.finditer(file.text):
        character = match.group()
        control = ord(character) < 0xA0
        kind = "control character" if control else "invisible character"
        faults.add(
            "F0003" if control else "F0004",
            f"the {kind} {name_character(character)} cannot stand in a fleet file",
            Place(match.start(), match.end(), "here"),
            help="delete it",
        )
        if faults.full:
            return
