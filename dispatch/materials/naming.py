"""What a part is called: its own name, or the one in the reader's language."""

from __future__ import annotations

from core.i18n import current_language
from dispatch.materials.models import Part


def title(part: Part) -> str:
    """In the language of whoever reads (`force_locale` counts); the part's own name when there is none in it.

    For texts and answers made for one reader. What many read at once (the live channel), or what is stored, has `name` and `names`.
    """
    return part.names.get(current_language()) or part.name
