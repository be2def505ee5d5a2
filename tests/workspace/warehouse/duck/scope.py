"""What an expression may refer to, and what it is compiled to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors
from tests.workspace.warehouse.unity.types import STRING, SqlType


@dataclass(frozen=True, slots=True)
class Typed:
    """An expression in DuckDB's SQL, with its type in Databricks'.

    Attributes:
        parameter: where this is nothing but a parameter, its place; its text may then be cast beforehand.
        constant: where this is nothing but a text, that text.
        foldable: it says the same for all rows.
    """

    sql: str
    type: SqlType
    parameter: int | None = None
    constant: str | None = None
    foldable: bool = False

    @property
    def shown(self) -> SqlType:
        """Its type in a result, where CHAR and VARCHAR are STRING."""
        return STRING if self.type.is_text else self.type


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a query: its name, and what it is within the query around it."""

    name: str
    type: SqlType
    sql: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """What stands in FROM under one name."""

    alias: str
    columns: tuple[Output, ...]
    qualifiers: tuple[str, ...] = ()

    def answers_to(self, parts: tuple[str, ...]) -> bool:
        """Whether it is meant by a column's qualifier: its alias, or the end of a table's full name."""
        lower = tuple(part.lower() for part in parts)
        if lower == (self.alias.lower(),):
            return True
        return bool(self.qualifiers) and self.qualifiers[-len(lower) :] == lower

    def find(self, name: str) -> list[Output]:
        """Its columns of a name, in whatever case."""
        lower = name.lower()
        return [column for column in self.columns if column.name.lower() == lower]


@dataclass(slots=True)
class Scope:
    """The relations of one FROM; what is not found there is sought in the query around.

    Attributes:
        aliases: what the SELECT calls its own columns, for ORDER BY, GROUP BY and HAVING.
    """

    relations: list[Relation] = field(default_factory=list)
    parent: Scope | None = None
    aliases: dict[str, Typed] = field(default_factory=dict)

    def columns(self) -> Iterator[Output]:
        """All columns, in order."""
        for relation in self.relations:
            yield from relation.columns

    def of(self, parts: tuple[str, ...]) -> Relation | None:
        """The relation of a name."""
        return next((relation for relation in self.relations if relation.answers_to(parts)), None)

    def find(self, parts: tuple[str, ...]) -> tuple[Typed, tuple[str, ...]] | None:
        """A column by its name of one part or more, and those parts that are fields within it.

        Raises:
            SqlError: the name may mean several columns.
        """
        found = self._qualified(parts) or self._plain(parts)
        if found is None and self.parent is not None:
            return self.parent.find(parts)
        return found

    def _qualified(self, parts: tuple[str, ...]) -> tuple[Typed, tuple[str, ...]] | None:
        for split in range(len(parts) - 1, 0, -1):
            matches = [
                column
                for relation in self.relations
                if relation.answers_to(parts[:split])
                for column in relation.find(parts[split])
            ]
            if matches:
                return self._single(matches, parts), parts[split + 1 :]
        return None

    def _plain(self, parts: tuple[str, ...]) -> tuple[Typed, tuple[str, ...]] | None:
        matches = [column for relation in self.relations for column in relation.find(parts[0])]
        return (self._single(matches, parts), parts[1:]) if matches else None

    def _single(self, matches: list[Output], parts: tuple[str, ...]) -> Typed:
        if len(matches) > 1:
            name = errors.quoted(*parts)
            could = ", ".join([name] * len(matches))
            raise SqlError(
                "AMBIGUOUS_REFERENCE", f"Reference {name} is ambiguous, could be: [{could}].", "42704"
            )
        return Typed(matches[0].sql, matches[0].type)
