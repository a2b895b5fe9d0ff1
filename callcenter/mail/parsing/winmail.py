"""winmail.dat (TNEF), what Outlook sends when it is badly configured: its attachments and its text, by tnefparse.

tnefparse believes the counts in the file, so a crafted file of a hundred bytes keeps it busy for hours or fills the memory. Therefore
the stream is walked first, without decoding, and only those objects are handed on that we use and whose counts fit their data.
"""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass

from tnefparse import TNEF
from tnefparse import properties as mapi_property

from .charsets import decode, storable
from .problems import Problems

logging.getLogger("tnefparse").setLevel(logging.CRITICAL)  # it logs each oddity of a sender's file as our error

_SIGNATURE = b"\x78\x9f\x3e\x22"
_MAXIMUM_OBJECTS = 3_000
_MAXIMUM_PROPERTIES = 20_000
_WITH_PROPERTIES = (TNEF.ATTMAPIPROPS, TNEF.ATTATTACHMENT)
_NEEDED = (
    TNEF.ATTBODY, TNEF.ATTATTACHDATA, TNEF.ATTATTACHTITLE, TNEF.ATTATTACHRENDDATA, TNEF.ATTMAPIPROPS, TNEF.ATTATTACHMENT, TNEF.ATTOEMCODEPAGE,
)  # fmt: skip
_FIXED_SIZES = {0x02: 2, 0x0B: 2, 0x03: 4, 0x04: 4, 0x0A: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = (0x1E, 0x1F, 0x0D, 0x0102, 0x0000)
# PidTagAttachDataObject starts with this when it is a whole message: tnefparse would recurse into it.
_EMBEDDED_MESSAGE = b"\x07\x03\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a winmail.dat held; each file is (name, content type or "", content id or "", bytes)."""

    text: str
    html: str
    files: tuple[tuple[str, str, str, bytes], ...]


def is_tnef(data: bytes) -> bool:
    return data.startswith(_SIGNATURE)


def unpack(data: bytes, problems: Problems) -> Unpacked | None:
    """The content of a TNEF stream; None when it cannot be read."""
    try:
        filtered = _filtered(data)
        tnef = TNEF(filtered, do_checksum=False)
        files = tuple(_file(attachment) for attachment in tnef.attachments if attachment.data)
        text, html = _text(tnef.body), _text(tnef.htmlbody)
    except Exception as error:  # tnefparse raises whatever its decoding meets: struct.error, LookupError, UnboundLocalError, …
        problems.add(f"winmail.dat could not be unpacked ({type(error).__name__}); it is attached as it is.")
        return None
    if tnef.has_body() and not text.strip() and not html.strip():
        problems.add("The text in winmail.dat is in a form that cannot be read; the file is attached as well.")
    return Unpacked(text, html, files)


def _text(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, bytes):
        value = decode(value.rstrip(b"\x00")).text
    return storable(value.rstrip("\x00")) if isinstance(value, str) else ""


def _file(attachment: object) -> tuple[str, str, str, bytes]:
    properties = {attribute.name: attribute for attribute in getattr(attachment, "mapi_attrs", [])}

    def named(*names: int) -> str:
        return next((text for name in names if name in properties and (text := _text(properties[name].data))), "")

    name = named(mapi_property.MAPI_ATTACH_LONG_FILENAME) or _text(getattr(attachment, "_name", b""))
    content = getattr(attachment, "data", b"")
    return (
        name.strip("\x00"),
        named(mapi_property.MAPI_ATTACH_MIME_TAG).lower(),
        named(mapi_property.MAPI_ATTACH_CONTENT_ID).strip("<>"),
        content if isinstance(content, bytes) else b"",
    )


def _filtered(data: bytes) -> bytes:
    """The same stream with only the objects we need, each checked; raises ValueError where a count does not fit."""
    kept, position, objects = [data[:6]], 6, 0
    while position + 12 < len(data):
        name, _, length = struct.unpack_from("<HHI", data, position + 1)
        end = position + 9 + length + 2
        body = data[position + 9 : end - 2]
        if len(body) < length:
            raise ValueError("An object is longer than the file.")
        objects += 1
        if objects > _MAXIMUM_OBJECTS:
            raise ValueError("Too many objects.")
        if name in _NEEDED:
            if name in _WITH_PROPERTIES:
                _check_properties(body)
            kept.append(data[position:end])
        position = end
    # tnefparse stops twelve bytes before the end; an empty object there keeps a short last one from being overlooked.
    return b"".join(kept) + struct.pack("<BHHIH", 1, 0xFFFF, 0, 0, 0) + b"\x00" * 2


def _check_properties(body: bytes) -> None:
    """Walk a property list the way tnefparse will, checking each count against what is left."""
    (count,) = struct.unpack_from("<I", body, 0)
    position, values = 4, 0
    for _ in range(min(count, len(body))):
        if position >= len(body):
            break
        kind, name = struct.unpack_from("<HH", body, position)
        position += 4
        if name >= 0x8000:
            position = _after_name(body, position)
        repeated = None
        if kind & 0x1000:
            kind ^= 0x1000
            (repeated,) = struct.unpack_from("<I", body, position)
            position += 4
        times = repeated or 1
        values += times
        if values > _MAXIMUM_PROPERTIES:
            raise ValueError("Too many properties.")
        for _ in range(times):
            position, inner = _after_value(body, position, kind, repeated is not None and repeated > 0)
            values += inner
        if times % 2 and kind in (0x02, 0x0B):
            position += 2
    if count > len(body):
        raise ValueError("A property list promises more than it holds.")


def _after_name(body: bytes, position: int) -> int:
    """Past the GUID and the name of a named property."""
    (kind,) = struct.unpack_from("<I", body, position + 16)
    position += 20
    if kind == 0:
        return position + 4
    length = int(struct.unpack_from("<I", body, position)[0])
    return position + 4 + length + -length % 4


def _after_value(body: bytes, position: int, kind: int, repeated: bool) -> tuple[int, int]:
    """Where the value ends, and how many values it holds."""
    if kind in _FIXED_SIZES:
        return position + _FIXED_SIZES[kind], 1
    if kind not in _VARIABLE:
        raise ValueError("An unknown kind of property.")
    count = 1
    if not repeated:
        (count,) = struct.unpack_from("<I", body, position)
        position += 4
    if count > _MAXIMUM_PROPERTIES or count * 4 > len(body) - position:
        raise ValueError("A property promises more values than it holds.")
    for _ in range(count):
        (length,) = struct.unpack_from("<I", body, position)
        if body[position + 4 : position + 20] == _EMBEDDED_MESSAGE:
            raise ValueError("A message within the message.")
        position += 4 + length + -length % 4
    return position, count
