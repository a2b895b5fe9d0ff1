"""File names for attachments: from the headers, else from the Content-ID, else from the type; safe to store, none twice."""

from __future__ import annotations

import mimetypes
import re

_MAXIMUM = 200
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069<>:\"|?*]")
# mimetypes reads the machine's tables, which differ; these few must not.
_EXTENSIONS = {
    "text/plain": ".txt", "text/html": ".html", "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp",
    "application/pdf": ".pdf", "message/rfc822": ".eml", "text/calendar": ".ics", "text/csv": ".csv", "application/zip": ".zip",
    "message/delivery-status": ".txt", "text/rfc822-headers": ".txt", "message/disposition-notification": ".txt", "text/x-vcard": ".vcf",
    "text/vcard": ".vcf", "application/pgp-signature": ".asc", "application/pkcs7-signature": ".p7s", "application/pkcs7-mime": ".p7m",
    "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/mpeg": ".mp3", "audio/amr": ".amr", "video/mp4": ".mp4", "message/global": ".eml",
}  # fmt: skip
_TYPES = {extension: kind for kind, extension in reversed(_EXTENSIONS.items())}
_NAMES = {
    "message/rfc822": "message", "message/global": "message", "message/delivery-status": "delivery-status", "text/rfc822-headers": "headers",
    "message/disposition-notification": "read-receipt", "text/calendar": "invitation", "application/pgp-signature": "signature",
    "application/pkcs7-signature": "smime", "application/pkcs7-mime": "smime", "text/x-vcard": "contact", "text/vcard": "contact",
}  # fmt: skip


def extension_of(content_type: str) -> str:
    """The extension with its dot: application/pdf has ".pdf", what nobody knows ".bin"."""
    return _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type, strict=False) or ".bin"


def type_of(filename: str) -> str:
    """The content type a file name suggests, "application/octet-stream" when it suggests none."""
    extension = "." + filename.rpartition(".")[2].lower()
    return _TYPES.get(extension) or mimetypes.guess_type(filename, strict=False)[0] or "application/octet-stream"


def safe_filename(name: str) -> str:
    """The last part of a path without characters that hurt somewhere; "" when nothing is left. Keeps the extension when it shortens."""
    base = _UNSAFE.sub("", name.replace("\\", "/").rstrip("/").rpartition("/")[2]).strip().strip(".") if name.strip(". ") else ""
    if len(base) > _MAXIMUM:
        stem, dot, extension = base.rpartition(".")
        base = stem[: _MAXIMUM - len(extension) - 1] + dot + extension if dot and len(extension) <= 20 else base[:_MAXIMUM]
    return base


def name_for(content_type: str, content_id: str, title: str = "") -> str:
    """A name for a part that has none. `title`: the subject of an attached message."""
    extension = extension_of(content_type)
    stem = safe_filename(title.replace("/", "-")) or safe_filename(content_id.partition("@")[0])
    if stem and "." in stem[-6:-1] and not title:
        return stem
    return (stem or _NAMES.get(content_type) or ("image" if content_type.startswith("image/") else "attachment")) + extension


class UniqueNames:
    """Numbers equal names: "a.pdf", "a (2).pdf". Upper and lower case count as equal, as they do on many file systems."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, name: str) -> str:
        candidate, key = name, name.lower()
        stem, dot, extension = name.rpartition(".")
        if not dot or not stem:
            stem, dot, extension = name, "", ""
        while candidate.lower() in self._taken:
            self._next[key] = self._next.get(key, 1) + 1
            candidate = f"{stem} ({self._next[key]}){dot}{extension}"
        self._taken.add(candidate.lower())
        return candidate
