"""CREATE TABLE and ALTER TABLE for Spark, of what Unity Catalog keeps."""

from collections.abc import Iterator

from tests.workspace.warehouse.spark.names import physical_name, text_of
from tests.workspace.warehouse.unity import commands, errors
from tests.workspace.warehouse.unity.model import Column, Table

NOT_NULL = "lakegate_not_null_"  # and a column's number: the name of a CHECK in the place of NOT NULL


def create_table(table: Table) -> str:
    """CREATE TABLE; keys are Unity Catalog's alone."""
    columns = ", ".join(column_text(column) for column in table.columns)
    properties = ", ".join(f"{text_of(key)} = {text_of(value)}" for key, value in table.properties.items())
    tail = f" TBLPROPERTIES ({properties})" if properties else ""
    return f"CREATE TABLE {physical_name(table)} ({columns}) USING DELTA{tail}"


def column_text(column: Column) -> str:
    """A column as it stands in CREATE TABLE."""
    pieces = [errors.quoted(column.name), column.type.text]
    if not column.nullable and column.identity is None:
        pieces.append("NOT NULL")
    if column.identity is not None:
        pieces.append(column.identity.text)
    if column.default is not None:
        pieces.append(f"DEFAULT {column.default}")
    return " ".join(pieces)


def alter_table(before: Table, after: Table, change: commands.Change, checked: set[int]) -> Iterator[str]:
    """What changes the table as Spark has it; much of what changes is known to Unity Catalog alone.

    Delta Lake has SET NOT NULL on Databricks only; a CHECK is as strict. The numbers of the columns that
    have one are in `checked`; they come and go here.
    """
    start = f"ALTER TABLE {physical_name(before)}"
    match change:
        case commands.AddColumns(columns=columns):
            for column, place in columns:
                if before.find(column.name) is None:
                    yield f"{start} ADD COLUMNS ({column_text(column)}{_place(place)})"
        case commands.DropColumns():
            gone = [column for column in before.columns if after.find(column.name) is None]
            for column in gone:
                yield from _unchecked(start, column, checked)
            yield f"{start} DROP COLUMNS ({', '.join(errors.quoted(column.name) for column in gone)})"
        case commands.RenameColumn(old=old, new=new):
            yield from _renamed(start, before.column(old), after.column(new), checked)
        case commands.AlterColumn():
            yield from _alter_column(start, before.column(change.name), change, checked)
        case commands.AddConstraint(check=check) if check is not None:
            yield f"{start} ADD CONSTRAINT {errors.quoted(check.name)} CHECK ({check.condition})"
        case commands.DropConstraint(name=name) if len(after.checks) < len(before.checks):
            yield f"{start} DROP CONSTRAINT {errors.quoted(name or '')}"
        case commands.SetProperties(properties=properties):
            listed = ", ".join(f"{text_of(key)} = {text_of(value)}" for key, value in properties)
            yield f"{start} SET TBLPROPERTIES ({listed})"
        case commands.UnsetProperties(keys=keys):
            yield f"{start} UNSET TBLPROPERTIES IF EXISTS ({', '.join(map(text_of, keys))})"
        case _:
            return


def _place(place: str) -> str:
    if place.startswith("AFTER "):
        return f" AFTER {errors.quoted(place.removeprefix('AFTER '))}"
    return f" {place}" if place else ""


def _renamed(start: str, old: Column, new: Column, checked: set[int]) -> Iterator[str]:
    was_checked = old.number in checked
    yield from _unchecked(start, old, checked)
    yield f"{start} RENAME COLUMN {errors.quoted(old.name)} TO {errors.quoted(new.name)}"
    if was_checked:
        yield from _checked(start, new, checked)


def _alter_column(
    start: str, known: Column, change: commands.AlterColumn, checked: set[int]
) -> Iterator[str]:
    if change.what == "COMMENT":
        return
    column = errors.quoted(change.name)
    match change.what:
        case "SET NOT NULL":
            if known.nullable:
                yield from _checked(start, known, checked)
        case "DROP NOT NULL" if known.number in checked:
            yield from _unchecked(start, known, checked)
        case "SET DEFAULT" | "TYPE":
            yield f"{start} ALTER COLUMN {column} {change.what} {change.text}"
        case _:
            yield f"{start} ALTER COLUMN {column} {change.what}"


def _checked(start: str, column: Column, checked: set[int]) -> Iterator[str]:
    name = errors.quoted(column.name)
    yield f"{start} ADD CONSTRAINT {NOT_NULL}{column.number} CHECK ({name} IS NOT NULL)"
    checked.add(column.number)


def _unchecked(start: str, column: Column, checked: set[int]) -> Iterator[str]:
    if column.number in checked:
        yield f"{start} DROP CONSTRAINT {NOT_NULL}{column.number}"
        checked.discard(column.number)
