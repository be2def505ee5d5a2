"""Reads statements about metadata, files and privileges; `ddl` and `alter_parser` read those of tables."""

from collections.abc import Callable

from tests.workspace.warehouse.unity import alter_parser, commands, ddl, errors
from tests.workspace.warehouse.unity.scanner import Kind, Scanner

Reader = Callable[[Scanner], commands.Command]
LISTS = {"CATALOGS", "SCHEMAS", "DATABASES", "TABLES", "VIEWS", "VOLUMES"}
SPACES = {"CATALOG": "CATALOG", "SCHEMA": "SCHEMA", "DATABASE": "SCHEMA", "VOLUME": "VOLUME"}
KINDS = {**SPACES, "TABLE": "TABLE", "VIEW": "VIEW", "METASTORE": "METASTORE", "COLUMN": "COLUMN"}


def read_command(sql: str) -> commands.Command | None:
    """What a statement says, if it is one of these.

    Raises:
        SqlError: it begins like one, and cannot be read.
    """
    scanner = Scanner(sql)
    reader = READERS.get(scanner.next.value.upper()) if scanner.next.kind is Kind.WORD else None
    if reader is None:
        return None
    scanner.take()
    found = reader(scanner)
    scanner.end()
    return found


def _show(scanner: Scanner) -> commands.Command:
    what = scanner.name().upper()
    match what:
        case "COLUMNS":
            return commands.ShowColumns(_of(scanner))
        case "CREATE":
            scanner.expect("TABLE")
            return commands.ShowCreate(scanner.parts())
        case "TBLPROPERTIES":
            return _properties(scanner)
        case "GRANTS" | "GRANT":
            return _grants(scanner)
        case _ if what in LISTS:
            return _list(scanner, what.replace("DATABASES", "SCHEMAS"))
        case _:
            raise errors.unsupported(f"SHOW {what}")


def _list(scanner: Scanner, what: str) -> commands.Show:
    within = scanner.parts() if scanner.accept("IN") or scanner.accept("FROM") else ()
    scanner.accept("LIKE")
    pattern = scanner.text() if scanner.next.kind is Kind.TEXT else None
    return commands.Show(what, within, pattern)


def _of(scanner: Scanner) -> tuple[str, ...]:
    if not scanner.accept("IN"):
        scanner.expect("FROM")
    return scanner.parts()


def _properties(scanner: Scanner) -> commands.ShowProperties:
    table = scanner.parts()
    if not scanner.accept("("):
        return commands.ShowProperties(table)
    key = ddl.property_key(scanner)
    scanner.expect(")")
    return commands.ShowProperties(table, key)


def _grants(scanner: Scanner) -> commands.ShowGrants:
    principal = None if scanner.at("ON") else scanner.name()
    scanner.expect("ON")
    return commands.ShowGrants(*_securable(scanner), principal)


def _securable(scanner: Scanner) -> tuple[str, tuple[str, ...]]:
    word = scanner.next.value.upper()
    kind = KINDS.get(word) if scanner.next.kind is Kind.WORD else None
    if kind is None:
        return "TABLE", scanner.parts()
    scanner.take()
    return kind, () if kind == "METASTORE" else scanner.parts()


def _describe(scanner: Scanner) -> commands.Describe:
    kind = SPACES.get(scanner.next.value.upper())
    if kind is not None and scanner.ahead(1).kind in {Kind.WORD, Kind.NAME}:
        scanner.take()
    else:
        kind = "TABLE"
        scanner.accept("TABLE")
    extended = scanner.ahead(1).kind is not Kind.END and scanner.accept("EXTENDED")
    return commands.Describe(kind, scanner.parts(), extended)


def _use(scanner: Scanner) -> commands.Use:
    kind = SPACES.get(scanner.next.value.upper())
    if kind in {"CATALOG", "SCHEMA"} and scanner.ahead(1).kind in {Kind.WORD, Kind.NAME}:
        scanner.take()
        return commands.Use(kind, scanner.parts())
    return commands.Use("SCHEMA", scanner.parts())


def _create(scanner: Scanner) -> commands.Command:
    replace = scanner.accept("OR", "REPLACE")
    scanner.accept("MANAGED")
    word = scanner.name().upper()
    if word in SPACES and not replace:
        return _space(scanner, SPACES[word])
    match word:
        case "TABLE":
            return ddl.create_table(scanner, replace=replace)
        case "VIEW":
            return ddl.create_view(scanner, replace=replace)
        case _:
            raise errors.unsupported(f"CREATE {word}")


def _space(scanner: Scanner, kind: str) -> commands.CreateSpace:
    tolerant = scanner.accept("IF", "NOT", "EXISTS")
    parts = scanner.parts()
    comment = scanner.text() if scanner.accept("COMMENT") else None
    if scanner.at("MANAGED") or scanner.at("LOCATION") or scanner.at("WITH"):
        raise errors.unsupported(f"CREATE {kind} ... {scanner.next.value.upper()}")
    return commands.CreateSpace(kind, parts, tolerant, comment)


def _drop(scanner: Scanner) -> commands.Drop:
    word = scanner.name().upper()
    if word not in KINDS or word in {"METASTORE", "COLUMN"}:
        raise errors.unsupported(f"DROP {word}")
    tolerant = scanner.accept("IF", "EXISTS")
    parts = scanner.parts()
    cascade = scanner.accept("CASCADE")
    _ = cascade or scanner.accept("RESTRICT")
    return commands.Drop(KINDS[word], parts, tolerant, cascade)


def _alter(scanner: Scanner) -> commands.Command:
    word = scanner.name().upper()
    if word not in KINDS or word in {"METASTORE", "COLUMN"}:
        raise errors.unsupported(f"ALTER {word}")
    parts = scanner.parts()
    if scanner.at("OWNER") or scanner.at("SET", "OWNER"):
        scanner.accept("SET")
        scanner.expect("OWNER", "TO")
        return commands.SetOwner(KINDS[word], parts, _principal(scanner))
    if word not in {"TABLE", "VIEW"}:
        raise errors.unsupported(f"ALTER {word} ... {scanner.next.value.upper()}")
    return commands.AlterTable(parts, alter_parser.change(scanner), word == "VIEW")


def _comment(scanner: Scanner) -> commands.CommentOn:
    scanner.expect("ON")
    kind, parts = _securable(scanner)
    scanner.expect("IS")
    comment = None if scanner.accept("NULL") else scanner.text()
    return commands.CommentOn(kind, parts, comment)


def _grant(scanner: Scanner) -> commands.Grant:
    return _privileges(scanner, "TO", revoke=False)


def _revoke(scanner: Scanner) -> commands.Grant:
    return _privileges(scanner, "FROM", revoke=True)


def _privileges(scanner: Scanner, preposition: str, *, revoke: bool) -> commands.Grant:
    privileges = [_privilege(scanner)]
    while scanner.accept(","):
        privileges.append(_privilege(scanner))
    scanner.expect("ON")
    kind, parts = _securable(scanner)
    scanner.expect(preposition)
    return commands.Grant(tuple(privileges), kind, parts, _principal(scanner), revoke)


def _privilege(scanner: Scanner) -> str:
    words = [scanner.name().upper()]
    while not scanner.at(",") and not scanner.at("ON"):
        words.append(scanner.name().upper())
    found = " ".join(words)
    return {"ALL": "ALL PRIVILEGES", "USAGE": "USE SCHEMA"}.get(found, found)


def _principal(scanner: Scanner) -> str:
    return scanner.text() if scanner.next.kind is Kind.TEXT else scanner.name()


def _put(scanner: Scanner) -> commands.Put:
    local_file = scanner.text()
    scanner.expect("INTO")
    return commands.Put(local_file, scanner.text(), scanner.accept("OVERWRITE"))


def _remove(scanner: Scanner) -> commands.Remove:
    return commands.Remove(scanner.text())


def _files(scanner: Scanner) -> commands.ListFiles:
    return commands.ListFiles(scanner.text())


def _copy(scanner: Scanner) -> commands.CopyInto:
    scanner.expect("INTO")
    table = scanner.parts()
    scanner.expect("FROM")
    if scanner.at("("):
        raise errors.unsupported("COPY INTO ... FROM a query")
    path = scanner.text()
    scanner.expect("FILEFORMAT", "=")
    form = scanner.name().upper()
    if form != "PARQUET":
        raise errors.unsupported(f"COPY INTO with FILEFORMAT = {form}")
    return commands.CopyInto(table, path, _is_forced(scanner))


def _is_forced(scanner: Scanner) -> bool:
    options: list[tuple[str, str]] = []
    for word in ("FORMAT_OPTIONS", "COPY_OPTIONS"):
        if scanner.accept(word):
            options += ddl.properties(scanner)
    unknown = next((key for key, _ in options if key.lower() != "force"), None)
    if unknown is not None:
        raise errors.unsupported(f"the option '{unknown}' of COPY INTO")
    return any(value.lower() == "true" for _, value in options)


READERS: dict[str, Reader] = {
    "SHOW": _show, "DESCRIBE": _describe, "DESC": _describe, "USE": _use, "CREATE": _create, "DROP": _drop,
    "ALTER": _alter, "COMMENT": _comment, "GRANT": _grant, "REVOKE": _revoke, "PUT": _put, "REMOVE": _remove,
    "LIST": _files, "COPY": _copy,
}  # fmt: skip
