"""Bytes to text, whatever the sender claimed: valid UTF-8 first, then the declared charset, then the detected one, then replacement.

Charsets that look like ASCII (ISO-2022-*, UTF-7, HZ) or that put NULs everywhere (UTF-16) cannot be told from UTF-8 by validity,
so for these the declaration goes first.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from .detection import detect, is_surely_east_asian
from .japanese import decode_iso_2022_jp

# WHATWG reads these labels as their supersets, because that is what senders mean by them.
_ALIASES = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "ms936": "gb18030", "windows-936": "gb18030", "iso-gb2312": "gb18030",
    "gb2312-80": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "euc-cn": "gb18030", "gb-2312": "gb18030", "gb-18030": "gb18030",
    "chinesesimplified": "gb18030", "hz-gb-2312": "hz", "big5": "cp950", "big-5": "cp950", "x-x-big5": "cp950", "chinesebig5": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "ms_kanji": "cp932", "windows-31j": "cp932",
    "ms932": "cp932", "cp943": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "ksc5601": "cp949",
    "ks_c_5601-1989": "cp949", "windows-949": "cp949", "x-euc-jp": "euc_jp",
    "iso-2022-jp": "iso2022_jp", "csiso2022jp": "iso2022_jp", "cp50220": "iso2022_jp", "cp50221": "iso2022_jp",
    "cp50222": "iso2022_jp", "iso-2022-jp-ms": "iso2022_jp", "iso-2022-jp-1": "iso2022_jp", "iso-2022-jp-ext": "iso2022_jp",
    "cswindows31j": "cp932", "csshiftjis": "cp932", "csbig5": "cp950", "cseuckr": "cp949", "csksc56011987": "cp949",
    "iso-8859-1": "cp1252", "iso8859-1": "cp1252", "iso_8859-1": "cp1252", "latin1": "cp1252", "latin-1": "cp1252", "iso-8859-1-windows": "cp1252",
    "x-ansi": "cp1252", "ansi": "cp1252", "windows1252": "cp1252", "iso-8859-9": "cp1254", "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8",
    "tis-620": "cp874", "iso-8859-11": "cp874", "windows-874": "cp874", "macintosh": "mac_roman", "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7", "utf8mb4": "utf-8", "utf-8mb4": "utf-8", "unicode": "utf-16", "ucs-2": "utf-16", "x-unknown": "",
    "unknown-8bit": "", "unknown": "", "default": "", "default_charset": "", "us-ascii": "ascii", "ansi_x3.4-1968": "ascii", "646": "ascii",
    "x-user-defined": "", "binary": "", "8bit": "", "7bit": "", "none": "",
}  # fmt: skip
_NO_CHARSETS = (
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "raw-unicode-escape",
    "unicode-escape",
    "undefined",
    "mbcs",
    "oem",
)
_DECLARED_FIRST = ("iso2022", "utf-7", "hz", "utf-16", "utf-32")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_JAPANESE_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\([JI])")
_KOREAN_ESCAPE = re.compile(rb"\x1b\$\)C")
# Of the characters outside ASCII, this share may be broken before a charset counts as the wrong one.
_TOLERATED_BROKEN = 0.1


@dataclass(frozen=True, slots=True)
class Decoded:
    """`text` without NUL and lone surrogates, the charset that was used, and what was wrong ("" when nothing)."""

    text: str
    charset: str
    problem: str = ""


def canonical(label: str) -> str:
    """Python's name of the codec to use for a charset label, "" when there is none. Never one of Python's non-text codecs."""
    cleaned = label.strip().strip("\"'").lower().replace(" ", "")
    name = _ALIASES.get(cleaned, cleaned)
    if not name:
        return ""
    for candidate in (
        name,
        name.removeprefix("x-"),
        name.removeprefix("cs"),
        re.sub("^windows-?", "windows-", name),
        name.replace("-", ""),
    ):
        try:
            info = codecs.lookup(candidate)
            # rot13, base64 and the like are codecs too, but not charsets; idna and punycode would run for minutes.
            if info._is_text_encoding and info.name not in _NO_CHARSETS:
                return _ALIASES.get(info.name, info.name)
        except (LookupError, ValueError):
            continue
    return ""


def storable(text: str) -> str:
    """`text` as PostgreSQL takes it: NUL and lone surrogates become the replacement character."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    if not text.isascii():
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _has_surrogate(text) else text
    return text


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def decode(data: bytes, declared: str = "", hint: str = "") -> Decoded:
    """Decode `data`. `declared` is what its own label says; `hint` a charset used elsewhere in the same mail. Never raises."""
    if data.isascii() and b"\x1b" not in data and b"\x00" not in data and not _stateful(declared):
        return Decoded(data.decode("ascii"), "ascii")
    found = _decode(data, declared, hint)
    text = found.text.removeprefix("\ufeff")
    if not text and data:  # escape sequences or a byte order mark around nothing: better shown than lost
        text = data.decode("utf-8", "replace")
    return Decoded(storable(text), found.charset, found.problem)


def _stateful(label: str) -> bool:
    return bool(label) and canonical(label).startswith(_DECLARED_FIRST)


def _decode(data: bytes, declared: str, hint: str) -> Decoded:
    codec = canonical(declared)
    for bom, name in _BOMS:
        if data.startswith(bom) and (text := _strict(data, name)) is not None:
            return Decoded(text, name)
    if codec.startswith(_DECLARED_FIRST) and (text := _mostly(data, codec)) is not None and text.count("\x00") * 4 <= len(text):
        return Decoded(text, codec)
    for pattern, name in ((_JAPANESE_ESCAPE, "iso2022_jp"), (_KOREAN_ESCAPE, "iso2022_kr")):
        if pattern.search(data) and (text := _mostly(data, name)) is not None:
            return Decoded(text, name, f"Text was read as {name}, which it does not declare." if declared else "")
    if (text := _strict(data, "utf-8")) is not None:
        contradicts = codec not in ("", "utf-8") and not data.isascii()
        return Decoded(text, "utf-8", f"Text declared as {_shown(declared)} is really UTF-8." if contradicts else "")
    return _decode_eight_bit(data, declared, codec, hint)


def _decode_eight_bit(data: bytes, declared: str, codec: str, hint: str) -> Decoded:
    """The declared charset if it fits, else what fits best."""
    unknown = f"Unknown charset {_shown(declared)}" if declared and not codec else ""
    mislabelled = codec in ("cp1252", "ascii") and is_surely_east_asian(data)
    text = _strict(data, codec) if codec else None
    if text is not None and not mislabelled:
        return Decoded(text, codec)
    for candidate in ("" if mislabelled else codec, "utf-8"):
        if candidate and candidate != "ascii" and text is None and (mostly := _mostly(data, candidate)) is not None:
            return Decoded(mostly, candidate, f"Some characters were not valid {candidate} and were replaced.")
    hinted = canonical(hint)
    if hinted and hinted not in ("ascii", "utf-8", codec) and (guess := _strict(data, hinted)) is not None:
        return Decoded(guess, hinted, f"{unknown or 'Undeclared charset'}: read as {hinted}, like the rest of the mail.")
    detected = detect(data)
    reason = unknown or (f"Text is not in the declared charset {_shown(declared)}" if declared else "Undeclared charset")
    if detected and (guess := _strict(data, detected)) is not None:
        return Decoded(guess, detected, f"{reason}: read as {detected}.")
    fallback = detected or codec or "utf-8"
    return Decoded(
        _replacing(data, fallback) or data.decode("utf-8", "replace"), fallback, f"{reason}: unreadable characters were replaced."
    )


def _strict(data: bytes, codec: str) -> str | None:
    text = _replacing(data, codec) if codec == "iso2022_jp" else None
    if text is not None:
        return None if "\ufffd" in text else text
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError, LookupError):
        return None


def _replacing(data: bytes, codec: str) -> str | None:
    """Decoded with replacement characters; None where the codec cannot do it (some stateful ones raise all the same)."""
    if codec == "iso2022_jp":
        return decode_iso_2022_jp(data)
    try:
        return data.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return None


def _mostly(data: bytes, codec: str) -> str | None:
    """Decoded with replacements, if these are few among the characters that are not ASCII."""
    text = _replacing(data, codec)
    if text is None:
        return None
    broken = text.count("\ufffd")
    special = len(text) - len(text.encode("ascii", "ignore"))
    return text if broken == 0 or broken <= special * _TOLERATED_BROKEN else None


def _shown(label: str) -> str:
    return storable(re.sub(r"[^\x21-\x7e]", "", label))[:40] or "(blank)"
