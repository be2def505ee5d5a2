"""The table that a load makes, or finds."""

from collections.abc import Mapping, Sequence

import click

from backends import errors
from backends.plan import Column, Table
from backends.types import Type
from gateway.audit import AUDIT
from gateway.cli.output import safe
from gateway.cli.progress import progress
from gateway.files.base import Hints, RowFile, keyed
from gateway.requests import DefineTable, Target
from gateway.schemas import DefineTableSchema
from gateway.schemas import load as checked
from gateway.service import Gateway


def same(table: Table, types: Mapping[str, Type], key: Sequence[str]) -> Table:
    """A table that is there, once it is known to be as the command line wants it.

    Raises:
        Conflict: it has another key, or another type.
    """
    if key and tuple(key) != table.primary_key:
        raise errors.Conflict(f"{table.name} has the primary key ({', '.join(table.primary_key)})")
    for name, type_ in types.items():
        if name in table.by_name and table.by_name[name].type != type_:
            raise errors.Conflict(f'"{name}" of {table.name} is {table.by_name[name].type}, not {type_}')
    return table


def created(
    gateway: Gateway, target: Target, rows: RowFile, types: Mapping[str, Type], key: Sequence[str]
) -> Table:
    """A new table that holds every row of a file exactly.

    Raises:
        Invalid: the file cannot be read, or no table can be made for it.
    """
    with progress(f"{rows.name}: types", rows.size) as report:
        found = rows.infer(Hints(types, AUDIT), lambda position: report(position, 0))
    columns = keyed(found, key)
    try:
        _check_names(columns)
        gateway.define(DefineTable(target, columns, tuple(key)))
    except errors.Invalid as error:
        raise _named(error, columns) from error
    table = gateway.table(target)
    listed = ", ".join(_described(column) for column in columns)
    click.echo(f"created {safe(f'{table.name} ({listed})')}", err=True)
    return table


def _check_names(columns: Sequence[Column]) -> None:
    """Make sure that columns may have these names.

    Raises:
        Invalid: one may not.
    """
    definition = [{"name": column.name, "data_type": str(column.type)} for column in columns]
    checked(DefineTableSchema, {"columns": definition})


def _named(error: errors.Invalid, columns: Sequence[Column]) -> errors.Invalid:
    """The same error, with columns by their names."""

    def named(fault: errors.Fault) -> errors.Fault:
        match fault.loc:
            case ("columns", int(at), *_):
                return errors.Fault((f'column "{columns[at].name}"',), fault.msg)
        return fault

    return errors.Invalid.of(map(named, error.faults)) if error.faults else error


def _described(column: Column) -> str:
    return f"{column.name} {column.type}{'' if column.nullable else ' NOT NULL'}"
