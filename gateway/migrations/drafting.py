"""A revision written from a table that is there."""

import json
from collections.abc import Iterator

from backends.plan import Column, TableName
from backends.structure import Constant, Default, Now, Structure, condition_text
from backends.types import Integer


def draft(structure: Structure, usual: tuple[str, str]) -> tuple[str, str]:
    """The bodies of a revision's `upgrade` and `downgrade` that make a table and remove it.

    `usual` are the catalog and schema that need not be named. What the operations cannot say is
    there as comments.
    """
    name = structure.table.name
    lines = [f"    # left out: {' '.join(other.split())}" for other in _others(structure)]
    lines += ["    op.create_table(", *(f"        {part}," for part in _parts(structure, usual)), "    )"]
    return "\n".join(lines), f"    op.drop_table({_arguments(name, usual)})"


def _parts(structure: Structure, usual: tuple[str, str]) -> Iterator[str]:
    table = structure.table
    numbered = _numbered(structure)
    yield _text(table.name.table)
    for column in table.columns:
        default = structure.defaults.get(column.name)
        yield _column(column, default, in_key=column.name in table.primary_key, numbered=column in numbered)
    for check in structure.checks:
        yield f"op.check({_text(check.name)}, {_python(json.loads(condition_text(check.condition)))})"
    for key in structure.foreign_keys:
        target = _arguments(key.target, usual, list(key.target_columns))
        yield f"op.foreign_key({_text(key.name)}, {_python(list(key.columns))}, {target})"
    for index in structure.indexes:
        yield f"op.index({_text(index.name)}, {_python(list(index.columns))})"
    if table.primary_key:
        yield f"primary_key={_python(list(table.primary_key))}"
    if structure.comment:
        yield f"comment={_text(structure.comment)}"
    if structure.clustering:
        yield f"cluster_by={_python(list(structure.clustering))}"
    if (table.name.catalog, table.name.schema) != usual:
        yield f"schema={_text(table.name.schema)}"


def _others(structure: Structure) -> Iterator[str]:
    yield from structure.others
    if structure.identity is not None and not _numbered(structure):
        yield f'the column "{structure.identity.column}" is numbered by the database'


def _numbered(structure: Structure) -> tuple[Column, ...]:
    """The column that the database numbers, if every database would."""
    identity, table = structure.identity, structure.table
    if identity is None or table.primary_key != (identity.column,):
        return ()
    column = table.by_name[identity.column]
    return (column,) if column.type == Integer(64) else ()


def _column(column: Column, default: Default | None, *, in_key: bool, numbered: bool) -> str:
    parts = [_text(column.name), _text(str(column.type))]
    if not column.nullable and not in_key:
        parts.append("nullable=False")
    match default:
        case Now():
            parts.append("default=op.now")
        case Constant(value):
            parts.append(f"default={_python(value)}")
    if numbered:
        parts.append("identity=True")
    if column.comment:
        parts.append(f"comment={_text(column.comment)}")
    return f"op.column({', '.join(parts)})"


def _arguments(name: TableName, usual: tuple[str, str], *others: object) -> str:
    parts = [_text(name.table), *map(_python, others)]
    if (name.catalog, name.schema) != usual:
        parts.append(f"schema={_text(name.schema)}")
    return ", ".join(parts)


def _python(value: object) -> str:
    """A value as Python has it, texts in double quotes."""
    match value:
        case str():
            return _text(value)
        case list():
            return f"[{', '.join(map(_python, value))}]"
        case dict():
            return f"{{{', '.join(f'{_python(key)}: {_python(item)}' for key, item in value.items())}}}"
    return repr(value)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False) if text.isprintable() else repr(text)
