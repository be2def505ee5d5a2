"""The benchmark's tables as SQLAlchemy has them, for the peers that are built on it."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Numeric
from sqlalchemy.orm import Mapped, declarative_mixin, mapped_column
from sqlalchemy.types import DateTime


@declarative_mixin
class Columns:
    """The nine columns."""

    __table_args__ = {"schema": "bench"}

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str]
    price: Mapped[Decimal] = mapped_column(Numeric(12, 2))
    score: Mapped[float | None]
    active: Mapped[bool]
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    quantity: Mapped[int]
    grade: Mapped[int | None]
    category: Mapped[str]
