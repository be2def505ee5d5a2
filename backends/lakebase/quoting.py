"""Names and text as Postgres's SQL has them, where there is no connection to ask."""

from collections.abc import Iterable

from backends.plan import TableName


def name(text: str) -> str:
    """An identifier."""
    return '"' + text.replace('"', '""') + '"'


def names(texts: Iterable[str]) -> str:
    """A list of identifiers."""
    return ", ".join(map(name, texts))


def place(table: TableName) -> str:
    """A table on a connection to its catalog."""
    return f"{name(table.schema)}.{name(table.table)}"


def text(value: str) -> str:
    """A string, whatever a database makes of backslashes."""
    quoted = "'" + value.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in quoted else quoted


def block(body: str) -> str:
    """A statement that runs a body of PL/pgSQL."""
    tag = "$$"
    while tag in body:
        tag = f"$_{tag[1:]}"
    return f"DO {tag}{body}{tag}"


def remark(words: str) -> str:
    """What is told beside the statements, in one line whatever names stand in it."""
    return f"-- {' '.join(words.split())}"
