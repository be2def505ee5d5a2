"""All that a table of Unity Catalog is made of, in the contract's words."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

from backends import errors
from backends.numbering import next_number
from backends.plan import Column, Table, TableName
from backends.structure import (
    Check,
    Default,
    ForeignKey,
    Identity,
    Index,
    Structure,
    columns_in,
    condition_of,
)
from backends.warehouse.catalog import IDENTITY, Numbered, described, spelled_name
from backends.warehouse.clauses import KEY_MARK
from backends.warehouse.constants import default_of
from backends.warehouse.defining import CHECK, INDEX, full_name, kept_in
from backends.warehouse.driver import Session
from backends.warehouse.inlining import quoted

_CONSTRAINT = "delta.constraints."  # and the check's name in lower case: Delta keeps them so
_CLUSTERING, _PARTITIONS, _CONSTRAINTS = (
    "# Clustering Information", "# Partition Information", "# Constraints",
)  # fmt: skip
_HEADING = "# col_name"
_NAME = r"`(?:[^`]|``)*`"
_LIST = rf"\(({_NAME}(?:, ?{_NAME})*)\)"
_NAMES = re.compile(_NAME)
_KEY = re.compile(rf"FOREIGN KEY {_LIST} REFERENCES ({_NAME}(?:\.{_NAME}){{2}}) ?{_LIST}")
_MARKED = re.compile(rf"(.+){KEY_MARK}[0-9a-f]{{8}}", re.DOTALL)

Sections = Mapping[str, list[tuple[str, str]]]


class _Checks(NamedTuple):
    """Those that were asked for, and what is told of others."""

    asked: tuple[Check, ...]
    others: tuple[str, ...]


def structure(session: Session, name: TableName) -> Structure:
    """See `Backend.structure`."""
    table, comment, numbered = described(session, name)
    if table.kind == "view":
        raise errors.Unsupported(f'"{name}" is a view')
    properties = _properties(session, name)
    sections = _sections(session, name)
    checks = _checks(table, properties)
    keys, odd = _keys(session, sections)
    defaults = {column.name: found for column in table.columns if (found := _default(column))}
    identity = _identity(session, table, numbered)
    return Structure(
        table,
        comment,
        defaults,
        checks.asked,
        keys,
        _indexes(table, properties),
        tuple(_unquoted(each) for each, _ in sections.get(_CLUSTERING, ())),
        (*_other_columns(table, defaults, identity, numbered), *checks.others, *odd, *_partitions(sections)),
        identity,
    )


def _identity(session: Session, table: Table, numbered: Mapping[str, Numbered]) -> Identity | None:
    """The column that the table numbers, of which nobody tells which number is next."""
    for name in numbered:
        column = table.by_name[name]
        if not column.nullable:
            ((highest,),) = session.run(f"SELECT max({quoted(name)}) FROM {full_name(table.name)}")  # noqa: S608 - quoted
            return Identity(name, next_number(column.type, numbered[name].start - 1, highest))
    return None


def _properties(session: Session, name: TableName) -> dict[str, str]:
    return {row[0]: row[1] for row in session.run(f"SHOW TBLPROPERTIES {full_name(name)}")}


def _sections(session: Session, name: TableName) -> Sections:
    """What DESCRIBE tells below the columns, by its headings."""
    rows = session.run(f"DESCRIBE TABLE EXTENDED {full_name(name)}")
    found: dict[str, list[tuple[str, str]]] = {}
    section: list[tuple[str, str]] = []
    below = next((at for at, row in enumerate(rows) if row[0] == "" or row[0].startswith("# ")), len(rows))
    for label, text, *_ in islice(rows, below, None):
        if label.startswith("# ") and label != _HEADING:
            section = found[label] = []
        elif label and label != _HEADING:
            section.append((label, text or ""))
    return found


def _default(column: Column) -> Default | None:
    return None if column.default in (None, IDENTITY) else default_of(column.type, str(column.default))


def _other_columns(
    table: Table,
    defaults: Mapping[str, Default],
    identity: Identity | None,
    numbered: Mapping[str, Numbered],
) -> Iterator[str]:
    for column in table.columns:
        if identity is not None and identity.column == column.name:
            if column.generated:
                yield f'the column "{column.name}" takes no number but the table\'s own (GENERATED ALWAYS)'
            if (step := numbered[column.name].step) != 1:
                yield f'the column "{column.name}" is numbered in steps of {step}'
        elif column.default == IDENTITY:
            yield f'the column "{column.name}" is numbered by the table'
        elif column.default is not None and column.default.upper() != "NULL" and column.name not in defaults:
            yield f'the column "{column.name}" has the default {column.default}'


def _checks(table: Table, properties: Mapping[str, str]) -> _Checks:
    told = kept_in(properties, CHECK)
    names = {name.lower(): name for name in told}
    asked, others = [], []
    for key, text in sorted(properties.items()):
        if key.startswith(_CONSTRAINT):
            own = key.removeprefix(_CONSTRAINT)
            check = _check(table, names.get(own.lower(), ""), told)
            if check is None:
                others.append(f'the check "{own}": {text}')
            else:
                asked.append(check)
    return _Checks(tuple(sorted(asked, key=lambda check: check.name)), tuple(others))


def _check(table: Table, name: str, told: Mapping[str, str]) -> Check | None:
    """A check as it was asked for, if it was."""
    try:
        condition = condition_of(told.get(name, ""))
    except ValueError:
        return None
    return Check(name, condition) if columns_in(condition) <= set(table.names) else None


def _indexes(table: Table, properties: Mapping[str, str]) -> tuple[Index, ...]:
    found = []
    for name, text in sorted(kept_in(properties, INDEX).items()):
        if (columns := _columns(text)) and columns <= set(table.names):
            found.append(Index(name, tuple(json.loads(text))))
    return tuple(found)


def _columns(text: str) -> set[str]:
    """The columns of an index; none where somebody else has written what cannot be read."""
    try:
        return set(map(str, json.loads(text)))
    except (ValueError, TypeError):
        return set()


def _keys(session: Session, sections: Sections) -> tuple[tuple[ForeignKey, ...], tuple[str, ...]]:
    """The foreign keys, and what is told of those that cannot be read."""
    keys, others = [], []
    for name, text in sections.get(_CONSTRAINTS, ()):
        if match := _KEY.match(text):
            columns, target, targets = (_unquoted_all(part) for part in match.groups())
            marked = _MARKED.fullmatch(name)
            parent = spelled_name(session, TableName(*target))
            keys.append(ForeignKey(marked[1] if marked else name, columns, parent, targets))
        elif text.startswith("FOREIGN KEY"):
            others.append(f'the foreign key "{name}": {text}')
    return tuple(sorted(keys, key=lambda key: key.name)), tuple(others)


def _partitions(sections: Sections) -> Iterator[str]:
    if names := [f'"{_unquoted(name)}"' for name, _ in sections.get(_PARTITIONS, ())]:
        yield f"it is partitioned by {', '.join(names)}"


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if _NAMES.fullmatch(name) else name


def _unquoted_all(names: str) -> tuple[str, ...]:
    return tuple(map(_unquoted, _NAMES.findall(names)))
