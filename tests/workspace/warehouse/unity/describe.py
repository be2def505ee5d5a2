"""Tables, schemas and catalogs told in words: DESCRIBE and SHOW CREATE TABLE."""

from collections.abc import Iterator

from tests.workspace.warehouse.unity.errors import quoted
from tests.workspace.warehouse.unity.information import moment
from tests.workspace.warehouse.unity.model import Catalog, Column, Key, Securable, Table, kind_of
from tests.workspace.warehouse.unity.types import SqlType, field_name

Row = tuple[str, str | None, str | None]
BUILT_IN = {"delta.minReaderVersion": "1", "delta.minWriterVersion": "2"}


def properties(table: Table) -> dict[str, str]:
    """A table's properties, with those that Delta has by itself."""
    own = dict(table.properties) | {
        f"delta.constraints.{check.name.lower()}": check.condition for check in table.checks
    }
    return dict(sorted((own if table.is_view else BUILT_IN | own).items()))


def table_rows(table: Table, *, extended: bool) -> list[Row]:
    """DESCRIBE TABLE: columns, then what they are clustered by; EXTENDED more."""
    rows: list[Row] = [(column.name, column.type.text, column.comment) for column in table.columns]
    if table.clustered:
        rows += [("# Clustering Information", "", ""), ("# col_name", "data_type", "comment")]
        rows += [(name, table.column(name).type.text, None) for name in table.clustered]
    return [*rows, *_details(table)] if extended else rows


def _details(table: Table) -> Iterator[Row]:
    yield "", "", ""
    yield "# Detailed Table Information", "", ""
    yield "Catalog", table.catalog, ""
    yield "Database", table.schema, ""
    yield "Table", table.name, ""
    yield "Created Time", moment(table.created).strftime("%a %b %d %H:%M:%S UTC %Y"), ""
    yield "Last Access", "UNKNOWN", ""
    yield "Created By", "Spark ", ""
    yield "Type", table.kind, ""
    if table.comment is not None:
        yield "Comment", table.comment, ""
    if table.is_view:
        yield "View Text", table.query, ""
    else:
        yield "Provider", "delta", ""
    yield "Owner", table.owner, ""
    shown = ",".join(f"{key}={value}" for key, value in properties(table).items())
    yield "Table Properties", f"[{shown}]", ""
    yield from _constraints(table)


def _constraints(table: Table) -> Iterator[Row]:
    if table.primary_key is None and not table.foreign_keys:
        return
    yield "", "", ""
    yield "# Constraints", "", ""
    if table.primary_key is not None:
        yield table.primary_key.name, f"PRIMARY KEY ({_names(table.primary_key.columns)})", ""
    for key in table.foreign_keys:
        yield key.name, _foreign_key(key), ""


def space_rows(securable: Securable) -> list[tuple[str, str | None]]:
    """DESCRIBE CATALOG, SCHEMA or VOLUME."""
    kind = "Namespace" if kind_of(securable) == "Schema" else kind_of(securable)
    rows: list[tuple[str, str | None]] = []
    if not isinstance(securable, Catalog):
        rows.append(("Catalog Name", securable.full_name.split(".")[0]))
    rows.append((f"{kind} Name", securable.name))
    rows.append(("Comment", getattr(securable, "comment", None) or ""))
    return [*rows, ("Owner", securable.owner)]


def create_statement(table: Table) -> str:
    """The statement that would make the table again."""
    if table.is_view:
        names = ",\n  ".join(quoted(column.name) + _comment(column.comment) for column in table.columns)
        return f"CREATE VIEW {quoted(*table.parts)} (\n  {names})\nAS {table.query}\n"
    entries = [_column(column) for column in table.columns]
    if table.primary_key is not None:
        columns = _names(table.primary_key.columns)
        entries.append(f"CONSTRAINT {quoted(table.primary_key.name)} PRIMARY KEY ({columns})")
    entries += [f"CONSTRAINT {quoted(key.name)} {_foreign_key(key)}" for key in table.foreign_keys]
    lines = [f"CREATE TABLE {quoted(*table.parts)} (\n  {f',{chr(10)}  '.join(entries)})", "USING delta"]
    if table.clustered:
        lines.append(f"CLUSTER BY ({_names(table.clustered)})")
    if table.comment is not None:
        lines.append(f"COMMENT {literal(table.comment)}")
    pairs = [f"{literal(key)} = {literal(value)}" for key, value in properties(table).items()]
    if pairs:
        lines.append(f"TBLPROPERTIES (\n  {f',{chr(10)}  '.join(pairs)})")
    return "\n".join(lines) + "\n"


def literal(text: str) -> str:
    """A text in quotes."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _column(column: Column) -> str:
    words = [quoted(column.name), _spelled(column.type)]
    if not column.nullable:
        words.append("NOT NULL")
    if column.identity is not None:
        words.append(column.identity.text)
    if column.default is not None:
        words.append(f"DEFAULT {column.default}")
    return " ".join(words) + _comment(column.comment)


def _spelled(kind: SqlType) -> str:
    """A type in capitals; fields' names as they are."""
    match kind.name:
        case "array" | "map":
            return f"{kind.name.upper()}<{', '.join(map(_spelled, kind.parts))}>"
        case "struct":
            fields = (
                f"{field_name(n)}: {_spelled(part)}" for n, part in zip(kind.names, kind.parts, strict=True)
            )
            return f"STRUCT<{', '.join(fields)}>"
        case _:
            return kind.text.upper()


def _comment(comment: str | None) -> str:
    return f" COMMENT {literal(comment)}" if comment is not None else ""


def _foreign_key(key: Key) -> str:
    parent = f"{quoted(*key.parent)} ({_names(key.parent_columns)})"
    return f"FOREIGN KEY ({_names(key.columns)}) REFERENCES {parent}"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(quoted(name) for name in names)
