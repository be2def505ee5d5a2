"""What a principal may do in the usual schema, as INFORMATION_SCHEMA tells it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from backends.plan import TableName
from backends.warehouse.defining import full_name
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_schema
from backends.warehouse.inlining import quoted
from backends.warehouse.settings import Settings

ALL = "ALL_PRIVILEGES"
IN_SCHEMA = ("USE SCHEMA", "CREATE TABLE")
_PRIVILEGES = (
    "SELECT {columns} FROM system.information_schema.{kind}_privileges"
    " WHERE (grantee = current_user() OR is_account_group_member(grantee)) AND {where}"
)
_OWNED = (
    "SELECT {owner} FROM system.information_schema.{relation}"
    " WHERE {where} AND ({owner} = current_user() OR is_account_group_member({owner}))"
)
_TABLES = (
    "SELECT table_name, table_type, table_owner FROM system.information_schema.tables"
    " WHERE table_catalog = ? AND table_schema = ? AND table_owner <> current_user()"
    " AND NOT is_account_group_member(table_owner) ORDER BY table_name"
)


class Privileges:
    """What the principal of a session has: on its own, by its groups, or as an owner."""

    def __init__(self, session: Session, settings: Settings) -> None:
        self._session = session
        self._catalog = settings.catalog.lower()  # as INFORMATION_SCHEMA has it
        self._schema = settings.schema.lower()
        ((self.user,),) = session.run("SELECT current_user()")

    def missing(self) -> Iterator[str]:
        """The grants that are missing to make tables in the schema, and to read and write those it has."""
        if not self._owns_catalog():
            yield from self._lacking_in_catalog()
        if not self._is_there or self.owns_schema():
            return
        place = f"{quoted(self._catalog)}.{quoted(self._schema)}"
        yield from self._lacking(IN_SCHEMA, self._on_schema, f"SCHEMA {place}")
        for kind, name, table in self.others():
            wanted = ("SELECT",) if kind == "VIEW" else ("SELECT", "MODIFY")
            yield from self._lacking(wanted, self._on_tables.get(table, set()), f"{kind} {name}")

    def owns_schema(self) -> bool:
        """Whether the schema is the principal's own, or it manages it: then all in it is."""
        owned = self._owns("schema_owner", "schemata", "catalog_name = ? AND schema_name = ?", self._place)
        return owned or "MANAGE" in self._on_schema

    def others(self) -> list[tuple[str, str, str]]:
        """The tables and views that are others': what each is, its full name in SQL, and its name."""
        found = self._session.run(_TABLES, self._place)
        return [
            ("VIEW" if "VIEW" in kind else "TABLE", full_name(TableName(*self._place, name)), name)
            for name, kind, _ in found
        ]

    @property
    def _place(self) -> tuple[str, str]:
        return self._catalog, self._schema

    def _lacking_in_catalog(self) -> Iterator[str]:
        wanted = ["USE CATALOG"] if self._is_there else ["USE CATALOG", "CREATE SCHEMA"]
        yield from self._lacking(wanted, self._on_catalog, f"CATALOG {quoted(self._catalog)}")

    def _lacking(self, wanted: Iterable[str], had: set[str], on: str) -> Iterator[str]:
        for privilege in wanted:
            if not had & {ALL, privilege.replace(" ", "_")}:
                yield f"GRANT {privilege} ON {on} TO {quoted(self.user)}"

    @cached_property
    def _is_there(self) -> bool:
        """Whether the schema is, of which nothing may be shown to the principal."""
        place = f"{quoted(self._catalog)}.{quoted(self._schema)}"
        try:
            self._session.run(f"SHOW TABLES IN {place}")
        except Failed as error:
            return not is_missing_schema(error)
        return True

    def _owns_catalog(self) -> bool:
        owned = self._owns("catalog_owner", "catalogs", "catalog_name = ?", (self._catalog,))
        return owned or "MANAGE" in self._on_catalog

    @cached_property
    def _on_catalog(self) -> set[str]:
        return {name for (name,) in self._given("catalog", "catalog_name = ?", (self._catalog,))}

    @cached_property
    def _on_schema(self) -> set[str]:
        where = "catalog_name = ? AND schema_name = ?"
        return {name for (name,) in self._given("schema", where, self._place)}

    @cached_property
    def _on_tables(self) -> Mapping[str, set[str]]:
        """What is given on the schema's tables and views, by their names."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        where = "table_catalog = ? AND table_schema = ?"
        for table, name in self._given("table", where, self._place, "table_name, privilege_type"):
            found[table].add(name)
        return found

    def _given(
        self, kind: str, where: str, values: tuple[str, ...], columns: str = "privilege_type"
    ) -> list[tuple[str, ...]]:
        statement = _PRIVILEGES.format(columns=columns, kind=kind, where=where)
        return [tuple(map(str, row)) for row in self._session.run(statement, values)]

    def _owns(self, owner: str, relation: str, where: str, values: tuple[str, ...]) -> bool:
        """Whether the owner is the principal, or a group that it is in."""
        return bool(self._session.run(_OWNED.format(owner=owner, relation=relation, where=where), values))
