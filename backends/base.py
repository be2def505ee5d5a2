"""The contract: what every backend does, in the same words and with the same errors.

Rows cross it as canonical JSON bytes, in both directions. Every method may raise
`errors.Unavailable` (the database cannot be reached), `errors.Timeout` (it took too long),
`errors.Forbidden` (its grants refuse) and, for what none of them describes, `errors.BackendError`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self

from backends.changes import Change
from backends.plan import Plan, Result, Select, Table, TableName, TableSummary
from backends.preflight import Check, Finding, NotAsked, fail, looked_at, ok, sql
from backends.structure import Structure

AWAKE = ("ready", "idle")  # such a database may be asked without being woken


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of a database without touching it.

    A "ready" one may be asked how it is; an "idle" one answers too, but asking would keep it from
    going to sleep; a "sleeping" one wakes when it is used.
    """

    state: Literal["ready", "idle", "sleeping", "starting", "stopped"] = "ready"
    message: str | None = None


class Backend(ABC):
    """One database. Safe to use from many threads; connects lazily, in the process that asks."""

    catalog: str  # where a request that names no catalog goes
    schema: str  # where a request that names no schema goes
    settings: Mapping[str, str] = MappingProxyType(
        {}
    )  # those it reads itself, as they are in force; no secrets

    @classmethod
    @abstractmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """A backend as the environment describes it; nothing is connected yet.

        Raises:
            SettingError: a variable is missing or malformed.
        """

    def acting_for(self, token: str | None) -> "Backend":
        """The database as a caller may use it, whose own bearer token is given.

        Returns:
            This backend itself, where statements run as the gateway whoever calls.

        Raises:
            Unauthenticated: statements run as the caller, and there is no token.
        """
        return self

    @abstractmethod
    def catalogs(self) -> tuple[str, ...]:
        """The catalogs' names, sorted by code point."""

    @abstractmethod
    def schemas(self, catalog: str) -> tuple[str, ...]:
        """The names of a catalog's schemas, sorted by code point.

        Raises:
            NotFound: there is no such catalog.
        """

    @abstractmethod
    def tables(self, catalog: str, schema: str) -> tuple[TableSummary, ...]:
        """A schema's tables and views, sorted by name, by code point.

        Raises:
            NotFound: there is no such catalog or schema.
        """

    @abstractmethod
    def table(self, name: TableName, *, fresh: bool = False) -> Table:
        """A table as the database describes it; from a cache, unless it must be `fresh`.

        Raises:
            NotFound: there is no such catalog, schema or table.
            Unsupported: a column has a type that none of the contract's can hold.
        """

    @abstractmethod
    def create_table(self, table: Table) -> bool:
        """Create a table, and the catalog and schema it names where they are missing.

        Returns:
            True if it was created; False if a table or view of that name was there, which is left
            as it is. Of several callers at once exactly one gets True.

        Raises:
            Conflict: a table is there whose name differs in case only: some databases cannot tell them apart.
            Unsupported: the database takes no such name, or not so many columns.
        """

    @abstractmethod
    def drop_table(self, name: TableName) -> None:
        """Remove a table or view with all it holds.

        Raises:
            NotFound: there is no such catalog, schema or table.
            Conflict: something else depends on it.
        """

    @abstractmethod
    def execute(self, plan: Plan) -> Result:
        """Carry out one plan, all of it or nothing.

        Returns:
            For a Select the rows, whether more follow, and the total if asked; for the others the
            number of rows written, changed or removed.

        Raises:
            NotFound: the table, or a column of it, is gone.
            Invalid: a value is longer than the database can hold.
            Conflict: a key or constraint refused a row, or more than `max_affected` rows matched.
            Unsupported: the table cannot be written, or holds a value outside its column's type.
        """

    @abstractmethod
    def stream(self, select: Select) -> Iterator[bytes]:
        """The rows of a Select as NDJSON, in chunks of whole lines and in constant memory.

        The plan is checked and its first rows are read before this returns, so that what can be
        refused is refused before an answer has begun. Closing the iterator frees the connection.

        Raises:
            NotFound: the table, or a column of it, is gone.
            Unsupported: the table holds a value outside its column's type.
        """

    @abstractmethod
    def structure(self, name: TableName) -> Structure:
        """All that a table is made of, as the database has it now.

        What was made by `ddl` comes back as it was asked for: its checks, keys, indexes, comments and
        defaults, in all databases. Of what others made, the rest is told in `Structure.others`.

        Raises:
            NotFound: there is no such catalog, schema or table.
            Unsupported: it is a view, or a column has a type that none of the contract's can hold.
        """

    @abstractmethod
    def ddl(self, change: Change, before: Structure | None) -> tuple[str, ...]:
        """The statements that a change is, to a table that is as `before` says; nothing is run or asked.

        A statement that begins with "--" tells of what this database does not have, and what is kept
        in mind instead.

        Raises:
            NotFound, Conflict, Invalid: as `outcome.outcome` does.
            Unsupported: the database cannot do it.
        """

    @abstractmethod
    def run(self, catalog: str, statement: str, *, again: bool = False) -> None:
        """Run one statement of `ddl`, or of a migration's own.

        Where it is known to have been sent before, `again`, that it is already so is no error.

        Raises:
            Conflict: rows that are there refuse it, or something else depends on what is to go.
            NotFound: what it names is not there.
            Invalid: the database does not understand it; the log has its own words.
        """

    @abstractmethod
    def transaction(self, catalog: str, lock: str) -> AbstractContextManager[None]:
        """Everything that this thread asks within is one transaction, where the database has them.

        Of all processes that name the same lock, one at a time is within; it waits for the others.
        An exception undoes what was done, or where there are no transactions leaves it, so that
        what is done step by step keeps a record of its steps.

        Raises:
            Unavailable: others were within for too long.
        """

    @abstractmethod
    def atomic(self, catalog: str) -> AbstractContextManager[None]:
        """The plans that this thread executes within are one transaction, where the database has them.

        Structure is not changed within. An exception undoes what was done; without transactions each
        plan is done for good, all of it or nothing, when `execute` returns.

        Raises:
            Unavailable: others wrote for too long.
        """

    @abstractmethod
    def status(self) -> Status:
        """Whether the database is ready, asked in a way that never wakes a sleeping one."""

    def missing_grants(self) -> tuple[str, ...]:
        """The SQL that an administrator would run so that this service may use all of its usual schema."""
        return ()

    def preflight(self) -> dict[str, Finding]:
        """What each of `preflight.CHECKS` finds, in their order; no error stops it, and no sleeper is woken.

        It takes `preflight.SECONDS` at most. Nothing is written.
        """
        return looked_at(self.checks())

    def checks(self) -> Mapping[str, Check]:
        """How this database looks at each of `preflight.CHECKS`; here, what the contract can tell."""
        return {"state": self._awake, "database": self._answers, "grants": self._granted}

    def _awake(self) -> Finding:
        found = self.status()
        state = ok if found.state in AWAKE else fail
        return state(f"the database is {found.state}" + (f": {found.message}" if found.message else ""))

    def _answers(self) -> Finding:
        if (found := self.status()).state not in AWAKE:
            raise NotAsked(found.message or f"the database is {found.state}")
        self.ping()
        return ok("the database answers")

    def _granted(self) -> Finding:
        missing = self.missing_grants()
        return fail("grants are missing", *sql(missing)) if missing else ok("no grant is missing")

    def admission(self, schema: str, principal: str) -> tuple[str, ...]:
        """The SQL that is missing so that a principal may use a schema, and all that comes to be in it.

        The schema is made by the first statement where there is none; `run` runs them, for the usual catalog.

        Raises:
            NotFound: there is no such principal, or no such catalog.
        """
        return ()

    @abstractmethod
    def ping(self) -> None:
        """Ask the database something trivial; returns when it has answered."""

    @abstractmethod
    def close(self) -> None:
        """Let every connection go. Using the backend afterwards connects anew."""
