"""Certificates: the proof of a skill, and telling in time that one ends."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _

from core import audit, events, files
from core.db import db
from core.errors import NotFound, NotValid
from core.files import File
from staff import certificates
from staff.events import CertificateExpiring, PersonChanged
from staff.models import PersonSkill
from staff.services.rota import locked_person

LARGEST = 10 * 1024 * 1024
KINDS = ("application/pdf", "image/png", "image/jpeg", "image/webp")


def set_proof(
    *, person_id: int, skill_id: int, content: bytes, name: str, content_type: str, now: datetime, actor_id: int | None = None
) -> PersonSkill:
    """The certificate as a PDF or a picture, in the place of the one before. Raises NotFound, NotValid."""
    row = _locked(person_id, skill_id)
    if not content:
        raise NotValid(_("This file is empty."), field="file")
    if len(content) > LARGEST:
        raise NotValid(_("A file may have at most %(size)d MB.", size=LARGEST // (1024 * 1024)), field="file")
    if content_type not in KINDS:
        raise NotValid(_("Choose a PDF or a picture."), field="file")
    stored = files.save(content, name=name, content_type=content_type, now=now, actor_id=actor_id)
    _put(row, stored, now=now, actor_id=actor_id)
    return row


def remove_proof(*, person_id: int, skill_id: int, now: datetime, actor_id: int | None = None) -> PersonSkill:
    """The skill stays, without its proof. Raises NotFound."""
    row = _locked(person_id, skill_id)
    if row.proof is None:
        raise NotFound(_("There is no such file."))
    _put(row, None, now=now, actor_id=actor_id)
    return row


def _put(row: PersonSkill, stored: File | None, *, now: datetime, actor_id: int | None) -> None:
    before = row.proof.name if row.proof is not None else None
    row.proof = stored
    db.session.flush()
    audit.record(
        action="certificate.changed",
        target=f"person:{row.person_id}",
        actor_id=actor_id,
        now=now,
        before={"skill": row.skill.key, "proof": before},
        after={"skill": row.skill.key, "proof": stored.name if stored is not None else None},
    )
    events.publish(PersonChanged(person_id=row.person_id, user_id=row.person.user_id, at=now, actor_id=actor_id))


def _locked(person_id: int, skill_id: int) -> PersonSkill:
    locked_person(person_id)
    row = db.session.get(PersonSkill, (person_id, skill_id))
    if row is None:
        raise NotFound(_("This person does not have this skill."))
    return row


def remind_expiring(now: datetime) -> bool:
    """Tell of each certificate once, 30 days before it ends. Says whether there may be more."""
    found = certificates.to_be_told(now)
    for row in found:
        assert row.expires_on is not None
        row.reminded_for = row.expires_on
        db.session.flush()
        events.publish(
            CertificateExpiring(
                person_id=row.person_id, user_id=row.person.user_id, skill_id=row.skill_id, expires_on=row.expires_on, at=now
            )
        )
    return len(found) == certificates.BATCH
