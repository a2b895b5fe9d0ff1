"""One search over everything, `GET /api/v1/search?q=`: every package adds what it knows by `SEARCH.fill("tickets", find, weight=10)`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import marshmallow as ma
from flask_babel import gettext as _

from core import search
from core.api import Api, ApiBlueprint
from core.auth.access import permission
from core.slots import Slot

SEARCH = Slot(
    "search",
    "(text, limit): list of Found, the newest first, only of what the signed-in user may read; None: nothing to do with this reader",
)
LONGEST = 200
SHOWN = 12
MOST = 50
AROUND = 40  # characters shown on each side of a word that was found
blueprint = ApiBlueprint("search", "One search over tickets, customers and visits")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A line of the results. `icon`: of static/icons.txt; `at`: when it last changed; `exact`: the very thing that was typed."""

    kind: str
    title: str
    text: str
    address: str
    icon: str
    at: datetime
    exact: bool = False


class SearchQuery(ma.Schema):
    q = ma.fields.String(required=True, validate=ma.validate.Length(max=LONGEST), metadata={"description": "Words, a number, a name"})
    limit = ma.fields.Integer(load_default=SHOWN, validate=ma.validate.Range(1, MOST))


class SearchResultSchema(ma.Schema):
    kind = ma.fields.String(metadata={"description": "ticket, customer, visit"})
    title = ma.fields.String()
    text = ma.fields.String()
    address = ma.fields.String(metadata={"description": "Its page"})
    icon = ma.fields.String()


class SearchResultsSchema(ma.Schema):
    results = ma.fields.List(ma.fields.Nested(SearchResultSchema))
    words = ma.fields.List(ma.fields.String(), metadata={"description": "What was looked for, to be marked in titles and texts"})
    message = ma.fields.String(allow_none=True, metadata={"description": "What to tell when nothing could be looked for"})


@blueprint.route("/search")
@permission("search.use")
@blueprint.arguments(SearchQuery, location="query")
@blueprint.response(200, SearchResultsSchema)
def find(query: dict[str, Any]) -> dict[str, Any]:
    """What matches all words, the very thing first, then the newest; the last word may be unfinished."""
    text = query["q"].replace("\x00", " ").strip()
    words = search.runs(text)
    if not words:
        message = _("Type a word, a number or a name.")
        return {"results": [], "words": [], "message": message}
    found = shared([list(found) for found in SEARCH.call(text, query["limit"])], query["limit"])
    return {"results": [asdict(one) for one in found], "words": words, "message": None}


def shared(kinds: Sequence[Sequence[Found]], limit: int) -> list[Found]:
    """At most `limit` of all kinds, so that many of one do not hide the few of another; exact ones first, then each kind in its own order, and of
    what is next of each kind the newest."""
    places = dict.fromkeys(range(len(kinds)), 0)
    for _round in range(limit):
        for place, found in enumerate(kinds):
            places[place] += sum(places.values()) < limit and places[place] < len(found)
    chosen = [list(found[: places[place]]) for place, found in enumerate(kinds)]
    exact = [one for found in chosen for one in found if one.exact]
    others = [[one for one in found if not one.exact] for found in chosen]
    merged = exact
    while left := [found for found in others if found]:
        merged.append(max(left, key=lambda found: found[0].at).pop(0))
    return merged


def excerpt(text: str, words: Sequence[str]) -> str:
    """The surroundings of the first of the words in one line, empty when none stands there."""
    line = " ".join(text.split())
    folded = line.lower()
    places = [place for word in words if (place := folded.find(word)) >= 0] if len(folded) == len(line) else []
    if not places:
        return ""
    start, end = max(0, min(places) - AROUND), min(places) + 2 * AROUND
    return f"{'…' if start else ''}{line[start:end].strip()}{'…' if end < len(line) else ''}"


def init_app(api: Api) -> None:
    """Register the operation."""
    api.register_blueprint(blueprint)
