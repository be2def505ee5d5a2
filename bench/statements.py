"""What the gateway was seen to send to Postgres, to be sent again by the driver alone."""

from dataclasses import dataclass
from typing import Any

from psycopg2.extensions import connection, cursor

from bench.items import SLOT

Answer = list[tuple[Any, ...]] | int  # the rows; or how many were written


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, and what it gave when it was recorded."""

    arguments: tuple[Any, ...]  # of `cursor.execute`
    answer: Answer

    def numbered(self, number: int) -> tuple[Any, ...]:
        """The arguments with the slot, wherever it stands, replaced by a number."""
        if len(self.arguments) < 2:
            return self.arguments
        slot, new = SLOT.decode(), f"1{number:06d}"
        sql, values = self.arguments
        return sql, tuple([_replaced(value, slot, new) for value in values])


@dataclass(frozen=True, slots=True)
class Request:
    """The statements of one request; `slotted` if its values have slots for a number."""

    statements: tuple[Statement, ...]
    slotted: bool

    def send(self, by: connection, number: int) -> list[Answer]:
        """Run the statements."""
        with by.cursor() as found:
            return [
                answer(found, *(each.numbered(number) if self.slotted else each.arguments))
                for each in self.statements
            ]

    def was_answered(self, by: connection, number: int) -> bool:
        """Run the statements; whether they give what they gave when they were recorded."""
        return self.send(by, number) == [each.answer for each in self.statements]


def answer(found: cursor, *arguments: Any) -> Answer:
    """What a statement gives."""
    found.execute(*arguments)
    return found.fetchall() if found.description else found.rowcount


def _replaced(value: object, slot: str, new: str) -> object:
    if isinstance(value, str):
        return value.replace(slot, new)
    return int(new) if value == int(slot) else value
