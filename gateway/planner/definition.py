"""Tables as a client defines them, and how they differ from those that are there."""

from dataclasses import replace

from backends.errors import Conflict, Fault, Invalid
from backends.plan import Column, Table, TableName
from gateway.planner.audit import AUDIT
from gateway.requests import DefineTable


def plan_table(request: DefineTable, name: TableName, place: str) -> Table:
    """The table that a definition means, with the audit columns that it lacks; `place` has its columns.

    Raises:
        Invalid: a column is named twice, or the key names one that is not there.
    """
    named = [column.name.lower() for column in request.columns]
    faults = [
        Fault((place, at, "name"), "a column of this name, in any case, comes before")
        for at, each in enumerate(named)
        if each in named[:at]
    ]
    by_name = {column.name: column for column in request.columns}
    for at, key in enumerate(request.primary_key):
        if key not in by_name or key in request.primary_key[:at]:
            faults.append(Fault(("primary_key", at), "not a column, or one named before"))
        elif by_name[key].type.nested:
            faults.append(Fault(("primary_key", at), f"a key cannot be {by_name[key].type}"))
    if faults:
        raise Invalid.of(faults)
    columns = [
        replace(column, nullable=column.nullable and column.name not in request.primary_key)
        for column in request.columns
    ]
    columns += [Column(each, type_) for each, type_ in AUDIT.items() if each not in named]
    return Table(name, tuple(columns), request.primary_key)


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
