"""visits in search

What is there already is made findable; from now on the verbs of a visit keep it so. Only data: no table changes.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.search import lexemes

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 500
VISITS = sa.text(
    """
    SELECT v.id, v.number, v.updated_at, concat_ws(E'\\n', j.name, u.name, c.name, s.name, s.street, s.postal_code, s.city,
        (SELECT string_agg(p.sku || ' ' || p.name, E'\\n') FROM usage JOIN part p ON p.id = usage.part_id WHERE usage.visit_id = v.id),
        v.result, v.cancel_reason) AS words
    FROM visit v
    JOIN ticket t ON t.id = v.ticket_id
    JOIN job_type j ON j.id = v.job_type_id
    LEFT JOIN customer c ON c.id = t.customer_id
    LEFT JOIN site s ON s.id = v.site_id
    LEFT JOIN LATERAL (
        SELECT person_id FROM assignment a WHERE a.visit_id = v.id AND a.person_id IS NOT NULL ORDER BY a.active DESC, a.id DESC LIMIT 1
    ) last ON true
    LEFT JOIN person ON person.id = last.person_id
    LEFT JOIN "user" u ON u.id = person.user_id
    WHERE v.id > :after ORDER BY v.id LIMIT :limit
    """
)
PUT = sa.text(
    """
    INSERT INTO search_entry (kind, ref, title, words, at) VALUES ('visit', :ref, :title, to_tsvector('simple', :words), :at)
    ON CONFLICT (kind, ref) DO NOTHING
    """
)


def upgrade() -> None:
    connection, after = op.get_bind(), 0
    while rows := connection.execute(VISITS, {"after": after, "limit": AT_ONCE}).all():
        entries = [
            {"ref": row.id, "title": f"Visit {row.number}", "words": lexemes(f"Visit {row.number} {row.words}"), "at": row.updated_at}
            for row in rows
        ]
        connection.execute(PUT, entries)
        after = rows[-1].id


def downgrade() -> None:
    op.execute("DELETE FROM search_entry WHERE kind = 'visit'")
