"""What marshmallow says about a field that cannot be read, in our words and in the reader's language."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_babel import lazy_gettext as _

WORDS: dict[type[Any], dict[str, Any]] = {
    ma.fields.Field: {"required": _("This is needed."), "null": _("This cannot be empty."), "validator_failed": _("This cannot be used.")},
    ma.fields.String: {"invalid": _("This is not a text."), "invalid_utf8": _("This is not a text.")},
    ma.fields.Number: {"invalid": _("This is not a number."), "too_large": _("This number is too large.")},
    ma.fields.Integer: {"invalid": _("This is not a whole number.")},
    ma.fields.Boolean: {"invalid": _("This is neither yes nor no.")},
    ma.fields.Date: {"invalid": _("This is not a date like 2026-03-10.")},
    ma.fields.DateTime: {"invalid": _("This is not a time like 2026-03-10T09:00:00Z.")},
    ma.fields.List: {"invalid": _("This is not a list.")},
}


def install() -> None:
    """Put our words in place of marshmallow's. They are translated when the error is shown: marshmallow passes a list on as it is, while a lazy
    text alone would be taken apart. Doing it twice is once."""
    for field, words in WORDS.items():
        field.default_error_messages = {**field.default_error_messages, **{key: [text] for key, text in words.items()}}
