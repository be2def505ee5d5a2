"""What revisions are written in: every operation runs on every backend, types are the contract's.

Names of tables may be given with their schema, as `schema="sales"`; else they are in the gateway's own.
Conditions are written as requests have them: `{"column": "age", "op": ">=", "value": 18}`.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backends import changes, errors
from backends.changes import Change
from backends.plan import Column, OnConflict, Table, TableName
from backends.structure import Check, Default, ForeignKey, Index, Now, Structure
from gateway.migrations import filling, reading
from gateway.migrations.reading import KEEP, CheckDefinition, ColumnDefinition, ForeignKeyDefinition
from gateway.migrations.steps import Changing, Filling, Operation, Speaking

NOW = Now()
Condition = Mapping[str, Any]
Part = ColumnDefinition | CheckDefinition | ForeignKeyDefinition | Index


class Operations:
    """What a revision's `upgrade` and `downgrade` are given. Each operation is noted, and carried out later.

    All of them raise Invalid where what they are given cannot be meant, whatever the database holds.
    """

    now = NOW

    def __init__(self, backend: str, catalog: str, schema: str) -> None:
        self.noted: list[Operation] = []
        self._backend = backend
        self._catalog = catalog
        self._schema = schema

    @staticmethod
    def column(
        name: str,
        type: str,
        *,
        nullable: bool = True,
        default: object = None,
        comment: str | None = None,
        identity: bool = False,
    ) -> ColumnDefinition:
        """A column. `default` is a value in canonical JSON, or `op.now`; None is to have none.

        With `identity` the database numbers rows that bring no value. It is BIGINT and a new table's
        whole primary key.
        """
        column = Column(reading.new_name(name), reading.type_of(type), nullable, comment or None)
        defined = ColumnDefinition(column, reading.default_of(default, column), identity)
        reading.refuse_unnumbered(defined)
        return defined

    @staticmethod
    def check(name: str, condition: Condition) -> CheckDefinition:
        """A condition that no row may fail."""
        return CheckDefinition(reading.new_name(name), reading.condition_of(condition))

    @staticmethod
    def foreign_key(
        name: str,
        columns: Sequence[str],
        table: str,
        target_columns: Sequence[str],
        *,
        schema: str | None = None,
    ) -> ForeignKeyDefinition:
        """Columns that are another table's primary key. The warehouse knows of it, and checks nothing."""
        return ForeignKeyDefinition(
            reading.new_name(name),
            reading.columns_of(columns, least=1),
            schema,
            table,
            reading.columns_of(target_columns, least=1),
        )

    @staticmethod
    def index(name: str, columns: Sequence[str]) -> Index:
        """An index. The warehouse, which has none, keeps in mind that it was asked for."""
        return Index(reading.new_name(name), reading.columns_of(columns, least=1))

    def create_table(
        self,
        table: str,
        *parts: Part,
        primary_key: Sequence[str] = (),
        comment: str | None = None,
        cluster_by: Sequence[str] = (),
        schema: str | None = None,
    ) -> None:
        """Create a table of columns, checks, foreign keys and indexes; and its schema, if it is missing."""
        name = self._name(reading.new_name(table), schema)
        key = reading.columns_of(primary_key)
        reading.refuse_other_parts(parts)
        defined = [part for part in parts if isinstance(part, ColumnDefinition)]
        columns = [
            replace(d.column, nullable=d.column.nullable and d.column.name not in key) for d in defined
        ]
        made = Table(name, tuple(columns), key)
        structure = Structure(
            made,
            comment or None,
            {each.column.name: each.default for each in defined if each.default is not None},
            tuple(part.check(made) for part in parts if isinstance(part, CheckDefinition)),
            tuple(self._key(part) for part in parts if isinstance(part, ForeignKeyDefinition)),
            tuple(part for part in parts if isinstance(part, Index)),
            reading.columns_of(cluster_by),
            identity=reading.identity_of(defined, key),
        )
        reading.refuse_repeated(made)
        self._note(f"create_table({structure!r})", name, lambda _: changes.CreateTable(structure))

    def drop_table(self, table: str, *, schema: str | None = None) -> None:
        """Remove a table with all it holds."""
        name = self._name(table, schema)
        self._change(changes.DropTable(name))

    def rename_table(self, table: str, to: str, *, schema: str | None = None) -> None:
        """Give a table another name."""
        self._change(changes.RenameTable(self._name(table, schema), reading.new_name(to)))

    def comment_table(self, table: str, comment: str | None, *, schema: str | None = None) -> None:
        """Say something about a table; None says nothing."""
        self._change(changes.SetComment(self._name(table, schema), None, comment or None))

    def add_column(self, table: str, column: ColumnDefinition, *, schema: str | None = None) -> None:
        """Add a column after the others; rows that are there get its default."""
        if column.identity:
            raise errors.Invalid(f'"{column.column.name}": only a new table numbers a column')
        self._change(changes.AddColumn(self._name(table, schema), column.column, column.default))

    def drop_column(self, table: str, column: str, *, schema: str | None = None) -> None:
        """Remove a column with what it holds."""
        self._change(changes.DropColumn(self._name(table, schema), column))

    def rename_column(self, table: str, column: str, to: str, *, schema: str | None = None) -> None:
        """Give a column another name."""
        self._change(changes.RenameColumn(self._name(table, schema), column, reading.new_name(to)))

    def alter_column(  # noqa: PLR0913 - a column's four sides, by their names
        self,
        table: str,
        column: str,
        *,
        type: str | None = None,
        nullable: bool | None = None,
        default: object = KEEP,
        comment: object = KEEP,
        schema: str | None = None,
    ) -> None:
        """Change a column: what is not given stays. `default=None` and `comment=None` take them away."""
        name = self._name(table, schema)
        if type is not None:
            self._change(changes.RetypeColumn(name, column, reading.type_of(type)))
        if default is not KEEP:
            self._note(
                f"set_default({name}, {column!r}, {default!r})",
                name,
                lambda found: changes.SetDefault(name, column, _default(default, column, found)),
            )
        if nullable is not None:
            self._change(changes.SetNullable(name, column, nullable))
        if comment is not KEEP:
            self._change(changes.SetComment(name, column, str(comment) if comment else None))

    def advance_identity(self, table: str, next: int = 1, *, schema: str | None = None) -> None:
        """Let the numbers of a table go on beyond those that are there, and from `next` at least."""
        self._change(changes.AdvanceIdentity(self._name(table, schema), next))

    def create_primary_key(self, table: str, columns: Sequence[str], *, schema: str | None = None) -> None:
        """Set a table's primary key, in the place of the one it has; its columns become NOT NULL."""
        self._change(changes.SetPrimaryKey(self._name(table, schema), reading.columns_of(columns, least=1)))

    def drop_primary_key(self, table: str, *, schema: str | None = None) -> None:
        """Take a table's primary key away; its columns stay NOT NULL."""
        self._change(changes.SetPrimaryKey(self._name(table, schema), ()))

    def create_check(self, table: str, check: CheckDefinition, *, schema: str | None = None) -> None:
        """Add a check; a row that fails it refuses it."""
        name = self._name(table, schema)

        def made(found: Structure | None) -> Change:
            return changes.AddCheck(name, _check(check, name, found))

        self._note(f"create_check({name}, {check!r})", name, made)

    def create_foreign_key(self, table: str, key: ForeignKeyDefinition, *, schema: str | None = None) -> None:
        """Add a foreign key."""
        self._change(changes.AddForeignKey(self._name(table, schema), self._key(key)))

    def drop_constraint(self, table: str, name: str, *, schema: str | None = None) -> None:
        """Remove a check or a foreign key."""
        self._change(changes.DropConstraint(self._name(table, schema), name))

    def create_index(self, table: str, index: Index, *, schema: str | None = None) -> None:
        """Create an index."""
        self._change(changes.CreateIndex(self._name(table, schema), index))

    def drop_index(self, table: str, name: str, *, schema: str | None = None) -> None:
        """Remove an index."""
        self._change(changes.DropIndex(self._name(table, schema), name))

    def cluster_by(self, table: str, columns: Sequence[str], *, schema: str | None = None) -> None:
        """Keep rows that are alike together, on the warehouse; with no columns, as they come."""
        self._change(changes.ClusterBy(self._name(table, schema), reading.columns_of(columns)))

    def write(
        self,
        table: str,
        rows: Sequence[Mapping[str, object]],
        *,
        on_conflict: OnConflict = "error",
        schema: str | None = None,
    ) -> None:
        """Write rows, as a request to write them does."""
        name = self._name(table, schema)
        data = filling.encoded(rows)
        digest = hashlib.sha256(data).hexdigest()[:12]
        words = f"write({name}, {len(rows)} rows, on_conflict={on_conflict!r}, sha256={digest})"
        self.noted.append(Filling(words, filling.writer(name, data, on_conflict)))

    def update(
        self,
        table: str,
        updates: Mapping[str, object],
        filters: Sequence[Condition],
        *,
        schema: str | None = None,
    ) -> None:
        """Update the rows that meet all of the conditions; with none, every row."""
        name = self._name(table, schema)
        run = filling.updater(name, updates, filters)
        self.noted.append(Filling(f"update({name}, {dict(updates)!r}, {list(filters)!r})", run))

    def delete(self, table: str, filters: Sequence[Condition], *, schema: str | None = None) -> None:
        """Remove the rows that meet all of the conditions; with none, every row."""
        name = self._name(table, schema)
        self.noted.append(Filling(f"delete({name}, {list(filters)!r})", filling.remover(name, filters)))

    def execute(self, sql: str | Mapping[str, str]) -> None:
        """Run a database's own SQL: one text for all, or texts by the backend's name in `GATEWAY_BACKEND`.

        A backend that is not named gets none.
        """
        text = sql if isinstance(sql, str) else reading.text_for(self._backend, sql)
        told = text if text is not None else f"-- nothing for {self._backend}"
        self.noted.append(Speaking(f"execute({told!r})", (told,), remark=text is None))

    def _name(self, table: str, schema: str | None) -> TableName:
        return TableName(self._catalog, schema or self._schema, table)

    def _key(self, key: ForeignKeyDefinition) -> ForeignKey:
        return ForeignKey(key.name, key.columns, self._name(key.table, key.schema), key.target_columns)

    def _change(self, change: Change) -> None:
        self._note(repr(change), change.name, lambda _: change)

    def _note(self, words: str, name: TableName, make: Callable[[Structure | None], Change]) -> None:
        self.noted.append(Changing(words, name, make))


def _default(default: object, column: str, found: Structure | None) -> Default | None:
    known = found.table.by_name.get(column) if found else None
    return reading.default_of(default, known) if known else None


def _check(check: CheckDefinition, name: TableName, found: Structure | None) -> Check:
    if found is None:
        raise errors.NotFound(f'there is no table "{name}"')
    return check.check(found.table)
