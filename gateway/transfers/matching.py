"""The columns of two tables beside each other: whether rows of one can be written to the other."""

from collections.abc import Iterator

from backends import errors, types
from backends.errors import Fault, Invalid
from backends.plan import Column, Table
from gateway.transfers.asked import Mode


def refuse_misfit(source: Table, target: Table, mode: Mode) -> None:
    """Refuse a table that rows cannot be written to, by what its columns are.

    Raises:
        Unsupported: it is a view.
        Invalid: it lacks a column, or needs one that the rows do not bring; or the keys differ.
    """
    if target.kind == "view":
        raise errors.Unsupported(f'"{target.name}" is a view, which cannot be written to')
    faults = [
        Fault((target.name.table, name), "the target has no such column")
        for name in source.names
        if name not in target.by_name
    ]
    faults += [
        Fault((target.name.table, column.name), "the target needs this column, which the source lacks")
        for column in target.columns
        if _is_needed(column) and column.name not in source.by_name
    ]
    faults += [
        Fault((target.name.table, name), f"the key is {source.by_name[name].type}, and another type there")
        for name in source.key
        if name in target.by_name and not _alike(source.by_name[name].type, target.by_name[name].type)
    ]
    faults += [
        Fault((target.name.table, name), "the target computes this column, which is the source's key")
        for name in source.key
        if name in target.by_name and target.by_name[name].generated
    ]
    if mode == "sync" and (not source.key or source.key != target.key):
        faults.append(Fault((target.name.table,), "sync needs the same primary key on both sides"))
    if faults:
        raise Invalid.of(faults)


def written_columns(source: Table, target: Table) -> tuple[str, ...]:
    """The columns whose values are moved: all but those that the target computes."""
    return tuple(name for name in source.names if not target.by_name[name].generated)


def not_written(source: Table, target: Table) -> Iterator[str]:
    """What is not moved, each a sentence for people."""
    for name in source.names:
        if target.by_name[name].generated:
            yield f'"{name}" is computed by the target, and not moved'


def _alike(one: types.Type, other: types.Type) -> bool:
    """Whether two types' values are compared in the same way."""
    text = types.String | types.Varchar
    both = one, other
    return (
        one == other
        or all(isinstance(each, types.Integer) for each in both)
        or all(isinstance(each, text) for each in both)
    )


def _is_needed(column: Column) -> bool:
    return not column.nullable and column.default is None and not column.generated
