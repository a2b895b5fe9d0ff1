"""Pages of dispatch. They hold the frame; rows come by the live channel and the API."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from core import clock
from core.auth.access import permission, public
from core.auth.security import may
from core.errors import NotValid
from core.i18n import LANGUAGES
from core.jsonable import jsonable
from core.sheets import XLSX, csv_of, xlsx_of
from core.web import ROOT, static_address
from dispatch import buying, costs, day_sheets, topics
from dispatch.api.costs import days
from dispatch.api.counts import own as own_count
from dispatch.api.field import own_day
from dispatch.api.orders import numbered as numbered_order
from dispatch.api.orders import shown as shown_order
from dispatch.api.plans import lines as plan_lines
from dispatch.api.plans import shown as shown_plan
from dispatch.materials import count_presenters
from dispatch.materials import presenters as stock_presenters
from dispatch.materials import queries as stock
from dispatch.materials.rules import KINDS
from staff import queries as staff
from staff.rules import TECHNICIAN_KINDS

blueprint = Blueprint("dispatch", __name__)
for name, words in day_sheets.FILTERS.items():
    blueprint.add_app_template_filter(words, name)
# script/icons draws them.
ICONS = (
    ("callout.svg", "any", "image/svg+xml", "any"),
    ("field-192.png", "192x192", "image/png", "any"),
    ("field-512.png", "512x512", "image/png", "any"),
    ("field-maskable-512.png", "512x512", "image/png", "maskable"),
)


@blueprint.get("/dispatch")
@permission("dispatch.use")
def day() -> str:
    """Everybody's day."""
    settings = current_app.config["CALLOUT"]
    return render_template(
        "dispatch/day.html",
        page_data={
            "day": str(_asked_day()),
            "today": str(_today()),
            "may": {"book": may("visits.book"), "manage": may("visits.manage"), "repair": may("visits.manage")},
            "may_book": may("visits.book"),
            "user_id": current_user.id,
            "map": {"url": settings.map_tiles_url, "attribution": settings.map_tiles_attribution},
            **jsonable({"planning": _choices()}),
        },
    )


@blueprint.get("/plans")
@permission("dispatch.use")
def plans() -> str:
    """Plans that were asked for, and asking for one."""
    return render_template("dispatch/plans.html", page_data=jsonable({**_choices(), "plans": plan_lines()}))


@blueprint.get("/plans/<int:plan_id>")
@permission("dispatch.use")
def plan(plan_id: int) -> str:
    """A proposal as a difference, to be accepted whole or by row."""
    return render_template("dispatch/plan.html", page_data=jsonable({"plan": shown_plan(plan_id), "may": {"manage": may("visits.manage")}}))


def _choices() -> dict[str, Any]:
    """What asking for a plan needs: branches with their today, the reader's own first."""
    person = staff.person_of_user(current_user.id)
    mine = person.branch_id if person is not None else None
    rows = sorted(staff.branches(active_only=True), key=lambda row: row.id != mine)
    branches = [{"id": row.id, "name": row.name, "today": clock.now().astimezone(ZoneInfo(row.time_zone)).date()} for row in rows]
    return {"branches": branches, "may": {"manage": may("visits.manage")}}


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(current_user.time_zone)).date()


def _asked_day() -> date:
    """The day of the address; the reader's today when it names none."""
    return topics.asked_day(request.args.get("day", "")) or _today()


@blueprint.get("/dispatch/sheets")
@permission("dispatch.use")
def sheets() -> str:
    """A day on paper: for each technician their stops in order. `branch`, `technician` and `skill` (ids) narrow it as on the board."""
    wanted = {
        name: [int(text) for text in request.args.getlist(name) if text.isdecimal() and len(text) < 16] for name in day_sheets.NARROWED_BY
    }
    day = _asked_day()
    found = day_sheets.sheets(day, **wanted)
    return render_template("dispatch/day_sheets.html", day=day, sheets=found, narrowed=any(wanted.values()), now=clock.now())


@blueprint.get("/field")
@permission("field.use")
def field() -> str:
    """A technician's own day, on the phone."""
    person = staff.person_of_user(current_user.id)
    shown: dict[str, Any] = own_day(person) if person is not None else {"at": clock.now(), "person": None, "visits": [], "van": []}
    return render_template("dispatch/field.html", page_data=jsonable({"day": shown, "user_id": current_user.id}))


@blueprint.get("/field/worker.js")
@public
def field_worker() -> Response:
    """The service worker of `/field`, which may serve that page only. The same for everybody; its first line changes with the static files."""
    text = (ROOT / "static" / "js" / "dispatch" / "field-worker.js").read_text()
    answer = Response(f"// build {current_app.config['BUILD']}\n{text}", mimetype="text/javascript")
    answer.headers["Service-Worker-Allowed"] = "/field"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/field/app.webmanifest")
@public
def field_manifest() -> Response:
    """What a phone needs to put the field app on its home screen."""
    answer = jsonify(
        {
            "id": "/field",
            "start_url": "/field",
            "scope": "/field",
            "name": _("Callout: my day"),
            "short_name": "Callout",
            "description": _("Today's jobs, also without a network"),
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#3f56c0",
            "icons": [
                {"src": static_address(f"img/{name}"), "sizes": sizes, "type": kind, "purpose": purpose}
                for name, sizes, kind, purpose in ICONS
            ],
        }
    )
    answer.mimetype = "application/manifest+json"
    return answer


@blueprint.get("/materials")
@permission("stock.read")
def materials() -> str:
    """Stock by place, moves, what is promised, what is on order."""
    return render_template(
        "dispatch/materials.html",
        page_data=jsonable(
            {
                "places": [stock_presenters.place(row) for row in stock.places(kinds=KINDS)],
                "may": {
                    "write": may("stock.write"),
                    "manage": may("settings.manage"),
                    "book": may("visits.book"),
                    "costs": may("costs.read"),
                    "cover": may("visits.manage"),
                },
                "now": clock.now(),
            }
        ),
    )


@blueprint.get("/materials/missing")
@permission("stock.read")
def missing_parts() -> BaseResponse:
    """The list of missing parts, under an address that can be told."""
    return redirect("/materials#missing")


@blueprint.get("/materials/counts/<int:count_id>")
@permission("stock.count")
def count(count_id: int) -> str:
    """One place being counted, on a phone or a desk."""
    data = {"count": count_presenters.counts([own_count(count_id)])[0], "may": {"close": may("stock.write")}}
    return render_template("dispatch/count.html", page_data=jsonable(data))


@blueprint.get("/materials/to-buy.csv")
@permission("stock.read")
def to_buy_csv() -> Response:
    """What is to be bought, of all suppliers or of one: the list to send them."""
    supplier = request.args.get("supplier")
    today = _today()
    lines = stock_presenters.to_buy(*buying.proposals(), today=today)["purchases"]
    names = ("supplier", "sku", "part", "quantity", "unit", "place", "order_by", "needed_on")
    head = [_("Supplier"), _("Number"), _("Part"), _("Quantity"), _("Unit"), _("Place"), _("Order by"), _("Needed on")]
    rows = [[line[name] for name in names] for line in lines if supplier in (None, line["supplier"])]
    return Response(
        csv_of([head, *rows]), mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="to-buy-{today}.csv"'}
    )


@blueprint.get("/materials/costs.csv")
@permission("costs.read")
def costs_csv() -> Response:
    """What visits of some days cost, a line for each and each currency."""
    asked = {name: _day_of(name) for name in ("since", "until")}
    since, until = days(**asked)
    content = csv_of(costs.table(costs.table_of(since=since, until=until)))
    name = f"costs-{since.date()}-{(until - timedelta(days=1)).date()}.csv"
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _day_of(name: str) -> date | None:
    """A day of the address; None when it names none. Raises NotValid naming the field."""
    text = request.args.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise NotValid(_("This is no day to ask for."), field=name) from None


@blueprint.get("/materials/orders/<int:number>")
@permission("stock.read")
def purchase_order(number: int) -> str:
    """A purchase order, on screen and on paper."""
    order = shown_order(number)
    ours = stock.branches_of({line["place_id"] for line in order["lines"]})
    data = {
        "order": order,
        "ours": [{"name": row.name, "address": row.address} for row in ours],
        "places": [stock_presenters.place(row) for row in stock.places()],
        "may": {"write": may("stock.write")},
    }
    return render_template("dispatch/purchase_order.html", page_data=jsonable({**data, "languages": LANGUAGES}))


@blueprint.get("/materials/orders/<int:number>.<any(csv, xlsx):kind>")
@permission("stock.read")
def purchase_order_file(number: int, kind: str) -> Response:
    """A purchase order as a table."""
    table = stock_presenters.order_table(numbered_order(number))
    content, mimetype = (csv_of(table), "text/csv") if kind == "csv" else (xlsx_of(table, title=str(number)), XLSX)
    name = f"purchase-order-{number}.{kind}"
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@blueprint.get("/settings/job-types")
@permission("settings.manage")
def job_types() -> str:
    """Kinds of jobs: minutes, skills, parts, checklist."""
    data = {"skills": [{"id": row.id, "name": row.name} for row in staff.skills() if row.kind != "language"]}
    return render_template("dispatch/job_types.html", page_data=data)


@blueprint.get("/settings/parts")
@permission("settings.manage")
def parts() -> str:
    """The catalogue."""
    return render_template("dispatch/parts.html")


@blueprint.get("/settings/parts.<any(csv, xlsx):kind>")
@permission("settings.manage")
def parts_file(kind: str) -> Response:
    """The catalogue as a table."""
    table = stock_presenters.catalogue_table()
    content, mimetype = (csv_of(table), "text/csv") if kind == "csv" else (xlsx_of(table, title=_("Parts")), XLSX)
    return Response(content, mimetype=mimetype, headers={"Content-Disposition": f'attachment; filename="parts.{kind}"'})


@blueprint.get("/settings/places")
@permission("settings.manage")
def places() -> str:
    """Warehouses, vans and the ends of the world."""
    data = {
        "branches": [{"id": row.id, "name": row.name} for row in staff.branches()],
        "technicians": [{"id": row.id, "name": row.name} for row in staff.people(kinds=TECHNICIAN_KINDS)],
        "kinds": list(KINDS),
    }
    return render_template("dispatch/places.html", page_data=data)


@blueprint.get("/settings/visits")
@permission("settings.manage")
def visit_settings() -> str:
    """What customers may do themselves, and how ways are reckoned."""
    return render_template("dispatch/visit_settings.html")
