"""Certificates over HTTP: what ends soon, and the proof of a skill."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, render_template
from flask_babel import lazy_gettext as _
from flask_login import current_user

from core import clock, files
from core.api import ApiBlueprint
from core.auth.access import permission
from core.auth.security import may
from core.db import db
from core.errors import NotFound
from core.files import UNKNOWN_TYPE
from staff import certificates, presenters, schemas, services
from staff.models import PersonSkill
from staff.schemas import listed
from staff.services.certificates import LARGEST

blueprint = ApiBlueprint("certificates", "Skills that end on a day, and their proofs")
pages = Blueprint("certificates", __name__)


@blueprint.route("/certificates")
@permission("staff.read")
@blueprint.arguments(schemas.CertificateQuery, location="query")
@blueprint.response(200, listed(schemas.CertificateSchema))
def list_certificates(query: dict[str, Any]) -> dict[str, Any]:
    """Those that end within so many days, and those that have ended; the first to end first."""
    today = clock.now().date()
    return {"items": [presenters.certificate(row, today) for row in certificates.expiring(today, days=query["days"])], "next": None}


@blueprint.route("/people/<int:person_id>/skills/<int:skill_id>/proof", methods=("PUT",))
@permission("staff.supervise")
@blueprint.arguments(schemas.ProofInput, location="files")
@blueprint.response(200, schemas.PersonSkillSchema)
def put_proof(body: dict[str, Any], person_id: int, skill_id: int) -> dict[str, Any]:
    """The certificate as a PDF or a picture of at most 10 MB."""
    given = body["file"]
    row = services.set_proof(
        person_id=person_id,
        skill_id=skill_id,
        content=given.stream.read(LARGEST + 1),
        name=given.filename or "certificate",
        content_type=(given.mimetype or UNKNOWN_TYPE)[:200],
        now=clock.now(),
        actor_id=current_user.id,
    )
    return presenters.person_skill(row)


@blueprint.route("/people/<int:person_id>/skills/<int:skill_id>/proof", methods=("DELETE",))
@permission("staff.supervise")
@blueprint.response(200, schemas.PersonSkillSchema)
def remove_proof(person_id: int, skill_id: int) -> dict[str, Any]:
    """The skill stays, without its proof."""
    row = services.remove_proof(person_id=person_id, skill_id=skill_id, now=clock.now(), actor_id=current_user.id)
    return presenters.person_skill(row)


@pages.get("/certificates/<int:person_id>/<int:skill_id>")
@permission("staff.read")
def download(person_id: int, skill_id: int) -> Response:
    """The proof of a skill."""
    row = db.session.get(PersonSkill, (person_id, skill_id)) if max(person_id, skill_id) < 1 << 63 else None
    if row is None or row.proof is None:
        raise NotFound(_("There is no such file."))
    return files.as_download(row.proof)


@pages.get("/settings/certificates")
@permission("staff.read")
def overview() -> str:
    """What ends soon."""
    data = {"days": certificates.AHEAD, "may": {"change": may("staff.supervise"), "users": may("users.manage")}}
    return render_template("staff/certificates.html", page_data=data)
