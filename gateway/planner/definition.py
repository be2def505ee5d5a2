"""Tables as a client defines them, and how they differ from those that are there."""

from collections.abc import Iterator
from dataclasses import replace

from backends.errors import Conflict, Fault, Invalid
from backends.plan import Column, Table, TableName
from gateway.audit import AUDIT
from gateway.requests import DefineTable


def plan_table(request: DefineTable, name: TableName, place: str) -> Table:
    """The table that a definition means, with the audit columns that it lacks; `place` has its columns.

    Raises:
        Invalid: a column is named twice, or the key names one that is not there.
    """
    faults = [*_name_faults(request, place), *_key_faults(request)]
    if faults:
        raise Invalid.of(faults)
    named = {column.name.lower() for column in request.columns}
    key = set(request.primary_key)
    columns = [
        replace(column, nullable=column.nullable and column.name not in key) for column in request.columns
    ]
    columns += [Column(each, type_) for each, type_ in AUDIT.items() if each not in named]
    return Table(name, tuple(columns), request.primary_key)


def _name_faults(request: DefineTable, place: str) -> Iterator[Fault]:
    named = set()
    for at, column in enumerate(request.columns):
        if column.name.lower() in named:
            yield Fault((place, at, "name"), "a column of this name, in any case, comes before")
        named.add(column.name.lower())


def _key_faults(request: DefineTable) -> Iterator[Fault]:
    left = {column.name: column for column in request.columns}
    for at, key in enumerate(request.primary_key):
        column = left.pop(key, None)
        if column is None:
            yield Fault(("primary_key", at), "not a column, or one named before")
        elif column.type.nested:
            yield Fault(("primary_key", at), f"a key cannot be {column.type}")


def refuse_differences(wanted: Table, found: Table, place: str) -> None:
    """Compare a definition with the table that is there, which may have more columns.

    Raises:
        Conflict: they differ; each difference is listed.
    """
    faults = []
    for at, column in enumerate(wanted.columns):
        there = found.by_name.get(column.name)
        if there is None:
            if column.name not in AUDIT:
                faults.append(Fault((place, at), f'there is no column "{column.name}"'))
        elif (there.type, there.nullable) != (column.type, column.nullable) and column.name not in AUDIT:
            faults.append(
                Fault((place, at), f'"{column.name}" is {_described(there)}, not {_described(column)}')
            )
    if wanted.primary_key and wanted.primary_key != found.primary_key:
        key = ", ".join(found.primary_key) or "none"
        faults.append(Fault(("primary_key",), f"the primary key is {key}"))
    if faults:
        listed = [{"loc": list(fault.loc), "msg": fault.msg} for fault in faults[: Invalid.LISTED]]
        raise Conflict(f'"{found.name}" exists and differs: {faults[0].msg}', errors=listed)


def _described(column: Column) -> str:
    return f"{column.type}{'' if column.nullable else ' NOT NULL'}"
