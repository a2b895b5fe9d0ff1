"""The firm's settings of visits."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Model

CHANGE_HOURS = 24


class VisitSettings(Model):
    """One row; none while nobody changed anything. `own_booking`: customers book on their ticket's page; `own_booking_hours`: until so long before
    the promised window they change or call off themselves; `names_shown`: they are told the technician's name."""

    __tablename__ = "visit_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("own_booking_hours BETWEEN 0 AND 336", name="own_booking_hours"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    own_booking: Mapped[bool] = mapped_column(default=False)
    own_booking_hours: Mapped[int] = mapped_column(default=CHANGE_HOURS)
    names_shown: Mapped[bool] = mapped_column(default=False)
