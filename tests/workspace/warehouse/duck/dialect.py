"""DuckDB's names for Databricks' types, and how names and texts are quoted for it."""

from functools import lru_cache

from tests.workspace.warehouse.unity.types import SqlType

TYPES = {
    "boolean": "BOOLEAN", "tinyint": "TINYINT", "smallint": "SMALLINT", "int": "INTEGER", "bigint": "BIGINT",
    "float": "FLOAT", "double": "DOUBLE", "string": "VARCHAR", "char": "VARCHAR", "varchar": "VARCHAR",
    "binary": "BLOB", "date": "DATE", "timestamp": "TIMESTAMPTZ",
    "timestamp_ntz": "TIMESTAMP", "void": "INTEGER",
}  # fmt: skip


@lru_cache(4096)
def duck_type(kind: SqlType) -> str:
    """The type that keeps such values in DuckDB."""
    match kind.name:
        case "decimal":
            return f"DECIMAL({kind.precision}, {kind.scale})"
        case "array":
            return f"{duck_type(kind.parts[0])}[]"
        case "map":
            return f"MAP({duck_type(kind.parts[0])}, {duck_type(kind.parts[1])})"
        case "struct":
            fields = (
                f"{quoted(n)} {duck_type(part)}" for n, part in zip(kind.names, kind.parts, strict=True)
            )
            return f"STRUCT({', '.join(fields)})"
        case _:
            return TYPES[kind.name]


def quoted(name: str) -> str:
    """A name that DuckDB takes for nothing else."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text that DuckDB takes for nothing else."""
    if "\0" in text:
        return "(" + " || chr(0) || ".join(literal(piece) for piece in text.split("\0")) + ")"
    return "'" + text.replace("'", "''") + "'"
