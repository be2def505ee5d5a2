"""Reads CREATE TABLE and CREATE VIEW."""

from dataclasses import dataclass, field

from tests.workspace.warehouse.unity import commands, errors
from tests.workspace.warehouse.unity.model import Check, Column, Identity, Key
from tests.workspace.warehouse.unity.scanner import Kind, Scanner
from tests.workspace.warehouse.unity.types import read_type

COLUMN_ENDS = ("NOT", "COMMENT", "DEFAULT", "GENERATED", "CONSTRAINT", "PRIMARY", "FIRST", "AFTER")
ENDS_QUERY = {"SELECT", "WITH", "VALUES", "TABLE", "FROM"}


@dataclass(slots=True)
class _Body:
    """What stands between the brackets of CREATE TABLE."""

    columns: list[Column] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    primary_key: Key | None = None
    foreign_keys: list[Key] = field(default_factory=list)

    def add(self, constraint: Check | Key, scanner: Scanner) -> None:
        """Keep one constraint; there is one primary key at most."""
        match constraint:
            case Check():
                self.checks.append(constraint)
            case Key(parent=()) if self.primary_key is None:
                self.primary_key = constraint
            case Key(parent=()):
                raise scanner.unexpected()
            case Key():
                self.foreign_keys.append(constraint)


@dataclass(slots=True)
class _Tail:
    """What stands behind the brackets."""

    comment: str | None = None
    properties: tuple[tuple[str, str], ...] = ()
    clustered: tuple[str, ...] = ()


def create_table(scanner: Scanner, *, replace: bool) -> commands.CreateTable:
    """What follows CREATE TABLE."""
    tolerant = scanner.accept("IF", "NOT", "EXISTS")
    parts = scanner.parts()
    body = _body(scanner) if scanner.accept("(") else _Body()
    tail = _tail(scanner)
    query = _query(scanner)
    if query is not None and body.columns:
        raise errors.unsupported("CREATE TABLE with both columns and a query")
    return commands.CreateTable(
        parts, tuple(body.columns), tolerant, replace, tail.comment, tail.properties, tuple(body.checks),
        body.primary_key, tuple(body.foreign_keys), tail.clustered, query,
    )  # fmt: skip


def create_view(scanner: Scanner, *, replace: bool) -> commands.CreateView:
    """What follows CREATE VIEW."""
    tolerant = scanner.accept("IF", "NOT", "EXISTS")
    parts = scanner.parts()
    columns: list[tuple[str, str | None]] = []
    if scanner.accept("("):
        columns.append(_view_column(scanner))
        while scanner.accept(","):
            columns.append(_view_column(scanner))
        scanner.expect(")")
    tail = _tail(scanner)
    query = _query(scanner)
    if query is None:
        raise scanner.unexpected()
    return commands.CreateView(parts, query, tuple(columns), tolerant, replace, tail.comment, tail.properties)


def names(scanner: Scanner) -> tuple[str, ...]:
    """Names in brackets."""
    scanner.expect("(")
    found = [scanner.name()]
    while scanner.accept(","):
        found.append(scanner.name())
    scanner.expect(")")
    return tuple(found)


def properties(scanner: Scanner) -> tuple[tuple[str, str], ...]:
    """Keys and values in brackets."""
    scanner.expect("(")
    found = [_property(scanner)]
    while scanner.accept(","):
        found.append(_property(scanner))
    scanner.expect(")")
    return tuple(found)


def property_key(scanner: Scanner) -> str:
    """A property's name: a text, or words parted by dots."""
    return scanner.text() if scanner.next.kind is Kind.TEXT else ".".join(scanner.parts())


def _property(scanner: Scanner) -> tuple[str, str]:
    key = property_key(scanner)
    scanner.accept("=")
    return key, scanner.text() if scanner.next.kind is Kind.TEXT else scanner.take().value


def _body(scanner: Scanner) -> _Body:
    body = _Body()
    _entry(scanner, body)
    while scanner.accept(","):
        _entry(scanner, body)
    scanner.expect(")")
    return body


def _entry(scanner: Scanner, body: _Body) -> None:
    if scanner.at("CONSTRAINT") or scanner.at("PRIMARY", "KEY") or scanner.at("FOREIGN", "KEY"):
        body.add(constraint(scanner), scanner)
        return
    column = read_column(scanner)
    body.columns.append(column)
    if scanner.at("CONSTRAINT") or scanner.at("PRIMARY", "KEY"):
        name = scanner.name() if scanner.accept("CONSTRAINT") else ""
        scanner.expect("PRIMARY", "KEY")
        body.add(Key(name, (column.name,)), scanner)


def read_column(scanner: Scanner) -> Column:
    """A column: its name, type, and what is said of it."""
    name, found = scanner.name(), read_type(scanner)
    nullable, default, comment, identity = True, None, None, None
    while True:
        if scanner.accept("NOT", "NULL"):
            nullable = False
        elif scanner.accept("COMMENT"):
            comment = scanner.text()
        elif scanner.accept("DEFAULT"):
            default = scanner.expression(*COLUMN_ENDS)
        elif scanner.accept("GENERATED"):
            identity = _identity(scanner)
        else:
            return Column(name, found, nullable, default, comment, identity)


def _identity(scanner: Scanner) -> Identity:
    always = scanner.accept("ALWAYS")
    if not always:
        scanner.expect("BY", "DEFAULT")
    scanner.expect("AS")
    if not scanner.accept("IDENTITY"):
        raise errors.unsupported("GENERATED ALWAYS AS an expression")
    start, step = 1, 1
    if scanner.accept("("):
        start = scanner.number() if scanner.accept("START", "WITH") else 1
        step = scanner.number() if scanner.accept("INCREMENT", "BY") else 1
        scanner.expect(")")
    return Identity(always, start, step)


def constraint(scanner: Scanner) -> Check | Key:
    """A constraint, with its name or without."""
    name = scanner.name() if scanner.accept("CONSTRAINT") else ""
    if scanner.accept("CHECK"):
        scanner.expect("(")
        condition = scanner.expression()
        scanner.expect(")")
        return Check(name, condition)
    if scanner.accept("PRIMARY", "KEY"):
        key = Key(name, names(scanner))
        _options(scanner)
        return key
    scanner.expect("FOREIGN", "KEY")
    columns = names(scanner)
    scanner.expect("REFERENCES")
    parent = scanner.parts()
    parent_columns = names(scanner) if scanner.at("(") else ()
    _options(scanner)
    return Key(name, columns, parent, parent_columns)


def _options(scanner: Scanner) -> None:
    while any(
        scanner.accept(*words)
        for words in (
            ("NOT", "ENFORCED"), ("DEFERRABLE",), ("INITIALLY", "DEFERRED"), ("NORELY",), ("RELY",),
            ("MATCH", "FULL"), ("ON", "UPDATE", "NO", "ACTION"), ("ON", "DELETE", "NO", "ACTION"),
        )
    ):  # fmt: skip
        pass


def _tail(scanner: Scanner) -> _Tail:
    tail = _Tail()
    while True:
        if scanner.accept("USING"):
            form = scanner.name().upper()
            if form != "DELTA":
                raise errors.unsupported(f"USING {form}")
        elif scanner.accept("COMMENT"):
            tail.comment = scanner.text()
        elif scanner.accept("TBLPROPERTIES"):
            tail.properties = properties(scanner)
        elif scanner.accept("CLUSTER", "BY") or scanner.accept("PARTITIONED", "BY"):
            tail.clustered = names(scanner)
        elif scanner.at("LOCATION"):
            raise errors.unsupported("LOCATION")
        else:
            return tail


def _query(scanner: Scanner) -> str | None:
    has_as = scanner.accept("AS")
    if has_as or scanner.next.value.upper() in ENDS_QUERY or scanner.at("("):
        return scanner.rest()
    return None


def _view_column(scanner: Scanner) -> tuple[str, str | None]:
    return scanner.name(), scanner.text() if scanner.accept("COMMENT") else None
