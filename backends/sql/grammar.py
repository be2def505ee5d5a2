"""How one database spells what the contract says: the few places where their SQL differs."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from backends.plan import Column, TableName
from backends.sql.shape import Binds
from backends.types import Type

Expression = sa.ColumnElement[Any]
Version = tuple[object, ...]


class Grammar(ABC):
    """What `backends.sql.statements` asks of a database's dialect. One grammar serves one table."""

    dialect: sa.Dialect
    version: Version = ()  # at which the table was last seen to be as described; `unchanged` binds it

    def same(self, other: "Grammar") -> bool:
        """Whether statements made in this grammar are good in the other; its version does not matter."""
        return True

    @abstractmethod
    def place(self, name: TableName) -> tuple[str | None, str]:
        """The schema and the table as the database names them on a connection to the catalog."""

    @abstractmethod
    def read(self, column: Column, expression: Expression) -> Expression:
        """What is selected for a column, so that the driver gives its canonical value."""

    @abstractmethod
    def label(self, column: Column, position: int) -> str:
        """The name of a selected column in the answer."""

    @abstractmethod
    def compared(self, column: Column, expression: Expression) -> Expression:
        """What stands for a column where it is ordered by, or compared with `<` and `>`."""

    def bound(self, column: Column, bind: Expression) -> Expression:
        """What stands for a bound value beside `compared(column)` or `equated(column)`."""
        return bind

    @abstractmethod
    def equated(self, column: Column, expression: Expression) -> Expression:
        """What stands for a column where it is compared for equality with a bound value."""

    @abstractmethod
    def within(self, column: Column, equated: Expression, bind: Expression) -> Expression:
        """Whether `equated(column)` is one of a bound list."""

    def assigned(self, column: Column, bind: Expression) -> Expression:
        """What a column is set to, given the bind parameter of its value."""
        return bind

    def unchanged(self, binds: Binds) -> Expression:
        """Whether the table is still as it was described, where the database can tell by `version`."""
        return sa.true()

    @abstractmethod
    def like(self, expression: Expression, bind: Expression) -> Expression:
        """Whether text is like a bound pattern, case told apart."""

    @abstractmethod
    def ilike(self, expression: Expression, bind: Expression) -> Expression:
        """Whether text is like a bound pattern, in any case."""

    @abstractmethod
    def adapt(self, type_: Type, op: str) -> Callable[[Any], object]:
        """What makes a canonical value fit for the driver, as the operand of `op`."""
