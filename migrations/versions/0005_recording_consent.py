"""consent to a call's recording: when, and what the carrier was told and did

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("call", sa.Column("recording_consent_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("call", sa.Column("recording_sid", sa.String(), nullable=True))
    op.add_column("call", sa.Column("recording_state", sa.String(), nullable=True))
    op.add_column("call", sa.Column("recording_wanted", sa.String(), nullable=True))


def downgrade() -> None:
    for name in ("recording_wanted", "recording_state", "recording_sid", "recording_consent_at"):
        op.drop_column("call", name)
