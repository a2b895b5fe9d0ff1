"""Settings over HTTP: branches, teams, skills, tokens, the audit log."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import select

from core import clock
from core.api import ApiBlueprint, answer_holds_a_secret, page
from core.audit import AuditEntry
from core.auth import services as accounts
from core.auth.access import permission
from core.auth.models import Token, User
from core.db import db
from core.errors import NotValid
from staff import presenters, queries, schemas, services
from staff.schemas import patch_of

blueprint = ApiBlueprint("organisation", "Branches, teams, skills, API tokens and the audit log")


@blueprint.route("/branches")
@permission("account.use")
@blueprint.response(200, schemas.listed(schemas.BranchSchema))
def list_branches() -> dict[str, Any]:
    """All branches by name, closed ones too."""
    return {"items": [presenters.branch(row) for row in queries.branches()], "next": None}


@blueprint.route("/branches", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.BranchSchema)
@blueprint.response(201, schemas.BranchSchema)
def add_branch(body: dict[str, Any]) -> dict[str, Any]:
    """A new branch."""
    body.pop("active", None)
    return presenters.branch(services.create_branch(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/branches/<int:branch_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(patch_of(schemas.BranchSchema))
@blueprint.response(200, schemas.BranchSchema)
def change_branch(body: dict[str, Any], branch_id: int) -> dict[str, Any]:
    """Change a branch, or close it when nobody works there."""
    return presenters.branch(services.update_branch(branch_id=branch_id, changes=body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/teams")
@permission("account.use")
@blueprint.response(200, schemas.listed(schemas.TeamSchema))
def list_teams() -> dict[str, Any]:
    """All teams by name."""
    return {"items": [presenters.team(row) for row in queries.teams()], "next": None}


@blueprint.route("/teams", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.TeamSchema)
@blueprint.response(201, schemas.TeamSchema)
def add_team(body: dict[str, Any]) -> dict[str, Any]:
    """A new team."""
    return presenters.team(services.create_team(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/teams/<int:team_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(patch_of(schemas.TeamSchema))
@blueprint.response(200, schemas.TeamSchema)
def change_team(body: dict[str, Any], team_id: int) -> dict[str, Any]:
    """Change a team."""
    return presenters.team(services.update_team(team_id=team_id, changes=body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/teams/<int:team_id>", methods=("DELETE",))
@permission("settings.manage")
@blueprint.response(204)
def remove_team(team_id: int) -> None:
    """Its people stay, in no team."""
    services.remove_team(team_id=team_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/skills")
@permission("account.use")
@blueprint.response(200, schemas.listed(schemas.SkillSchema))
def list_skills() -> dict[str, Any]:
    """All skills."""
    return {"items": [presenters.skill(row) for row in queries.skills()], "next": None}


@blueprint.route("/skills", methods=("POST",))
@permission("settings.manage")
@blueprint.arguments(schemas.SkillSchema)
@blueprint.response(201, schemas.SkillSchema)
def add_skill(body: dict[str, Any]) -> dict[str, Any]:
    """A new skill."""
    return presenters.skill(services.create_skill(**body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/skills/<int:skill_id>", methods=("PATCH",))
@permission("settings.manage")
@blueprint.arguments(patch_of(schemas.SkillSchema))
@blueprint.response(200, schemas.SkillSchema)
def change_skill(body: dict[str, Any], skill_id: int) -> dict[str, Any]:
    """Change a skill."""
    return presenters.skill(services.update_skill(skill_id=skill_id, changes=body, now=clock.now(), actor_id=current_user.id))


@blueprint.route("/skills/<int:skill_id>", methods=("DELETE",))
@permission("settings.manage")
@blueprint.response(204)
def remove_skill(skill_id: int) -> None:
    """Refused while somebody or something needs it."""
    services.remove_skill(skill_id=skill_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/tokens")
@permission("users.manage")
@blueprint.response(200, schemas.listed(schemas.TokenSchema))
def list_tokens() -> dict[str, Any]:
    """All API tokens, the newest first."""
    return {"items": [presenters.token(row) for row in queries.tokens()], "next": None}


@blueprint.route("/tokens", methods=("POST",))
@permission("users.manage")
@blueprint.arguments(schemas.TokenSchema)
@blueprint.response(201, schemas.TokenMade)
def add_token(body: dict[str, Any]) -> dict[str, Any]:
    """A new token. Its secret is in this answer only."""
    name = body["name"].strip()
    if not name:
        raise NotValid(_("This cannot be empty."), field="name")
    user = db.session.get(User, body["user_id"] or current_user.id)
    if user is None or not user.active:
        raise NotValid(_("There is no such account."), field="user_id")
    if body["role"] not in user.role_names and "admin" not in user.role_names:
        raise NotValid(_("%(name)s does not have this role.", name=user.name), field="role")
    token, secret = accounts.create_token(name=name[:200], user=user, role=body["role"], now=clock.now(), actor_id=current_user.id)
    answer_holds_a_secret()
    return {"token": presenters.token(db.session.get_one(Token, token.id)), "secret": secret}


@blueprint.route("/tokens/<int:token_id>/revocation", methods=("POST",))
@permission("users.manage")
@blueprint.response(204)
def revoke_token(token_id: int) -> None:
    """End a token at once."""
    accounts.revoke_token(token_id=token_id, now=clock.now(), actor_id=current_user.id)


@blueprint.route("/audit")
@permission("audit.read")
@blueprint.arguments(schemas.AuditQuery, location="query")
@blueprint.response(200, schemas.listed(schemas.AuditSchema))
def list_audit(query: dict[str, Any]) -> dict[str, Any]:
    """Changes of settings, access and security, the newest first. `target` and `action` filter by their beginning."""
    wanted = select(AuditEntry)
    if query["target"]:
        wanted = wanted.where(AuditEntry.target.startswith(query["target"], autoescape=True))
    if query["action"]:
        wanted = wanted.where(AuditEntry.action.startswith(query["action"], autoescape=True))
    rows, following = page(wanted, order=[AuditEntry.id], after=query["after"], limit=query["limit"], descending=True)
    names = dict(db.session.execute(select(User.id, User.name).where(User.id.in_({row.actor_id for row in rows}))).tuples().all())
    return {"items": [presenters.audit_entry(row, names) for row in rows], "next": following}
