"""Which columns a database may number, and from which number on."""

from dataclasses import replace

from backends import types
from backends.errors import Invalid, NotFound
from backends.structure import Identity, Structure


def numbered(structure: Structure, identity: Identity | None) -> Structure:
    """The structure with its identity column.

    Raises:
        Invalid: there is no such column, or it is one that no database numbers.
    """
    if identity is None:
        return structure
    column = structure.table.by_name.get(identity.column)
    if column is None:
        raise Invalid(f'there is no column "{identity.column}" to be numbered')
    if not isinstance(column.type, types.Integer):
        raise Invalid(f'"{column.name}" is {column.type}: only whole numbers are given by the database')
    if column.nullable:
        raise Invalid(f'"{column.name}" is numbered by the database, and cannot be NULL')
    if column.name in structure.defaults:
        raise Invalid(f'"{column.name}" is numbered by the database, and has no default')
    if not 1 <= identity.next <= column.type.most:
        raise Invalid(f'"{column.name}" is numbered from 1 to {column.type.most}, not from {identity.next}')
    return replace(structure, identity=identity)


def advanced(structure: Structure, next_: int) -> Structure:
    """The structure with its numbers going on from one, or from where they are if that is beyond.

    Raises:
        NotFound: it has no identity column.
        Invalid: the column cannot hold the number.
    """
    identity = structure.identity
    if identity is None:
        raise NotFound(f'"{structure.table.name}" has no column that the database numbers')
    numbered(structure, replace(identity, next=next_))
    return replace(structure, identity=replace(identity, next=max(identity.next, next_)))


def next_number(type_: types.Type, *found: int | None) -> int:
    """The number after all of some that were found; where the column can hold none, its last."""
    beyond = 1 + max((each for each in found if each is not None), default=0)
    most = type_.most if isinstance(type_, types.Integer) else beyond
    return min(max(beyond, 1), most)


def refuse_numbered(structure: Structure, column: str) -> None:
    """Refuse to change a column in what makes it an identity column. Raises Invalid."""
    if structure.identity is not None and structure.identity.column == column:
        raise Invalid(f'"{column}" is numbered by the database')
