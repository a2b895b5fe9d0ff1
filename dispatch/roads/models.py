"""The routing service, what it said, and what it is still to be asked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Keyed, Model


class RoadProvider(Model):
    """One row; none while nobody set anything. `kind`: none, osrm, valhalla; `key_sealed`: "" without one; `key_in`: header, query.

    `generation` grows with every other service: what an earlier one said does not count. Since its last answer (`answered_at`) it failed `failures`
    times, for the first time at `failing_since`, the last time with `problem` (a code of `wording.PROBLEMS`) and `problem_text`; it is left alone
    until `rest_until`.
    """

    __tablename__ = "road_provider"
    __table_args__ = (
        CheckConstraint("id = 1", name="one"),
        CheckConstraint("kind IN ('none', 'osrm', 'valhalla')", name="kind"),
        CheckConstraint("key_in IN ('header', 'query')", name="key_in"),
        CheckConstraint("failures >= 0", name="failures"),
    )
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(default="none")
    address: Mapped[str] = mapped_column(default="")
    key_sealed: Mapped[str] = mapped_column(default="")
    key_in: Mapped[str] = mapped_column(default="header")
    generation: Mapped[int] = mapped_column(default=1)
    answered_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    rest_until: Mapped[datetime | None]
    problem: Mapped[str | None]
    problem_text: Mapped[str] = mapped_column(default="")


class Road(Model):
    """A way as the service said: from a place to another (`rules.key`), `seconds` of driving, `metres`. Without seconds there is none, or none that
    can be believed."""

    __tablename__ = "road"
    __table_args__ = (
        CheckConstraint("seconds >= 0 AND metres >= 0", name="length"),
        Index("ix_road_fetched", "fetched_at"),
    )
    origin: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    destination: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    generation: Mapped[int]
    seconds: Mapped[int | None]
    metres: Mapped[int | None]
    fetched_at: Mapped[datetime]


class RoadWish(Keyed, Model):
    """Ways that were reckoned by straight line because nobody knew them: from each of `origins` to the `destinations` at the same place of the list.

    Rows are only added, never unique: who reckons waits for nobody, and what is wished twice is asked once.
    """

    __tablename__ = "road_wish"
    origins: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    destinations: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
