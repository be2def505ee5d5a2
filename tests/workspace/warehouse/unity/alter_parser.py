"""Reads the changes of ALTER TABLE."""

from tests.workspace.warehouse.unity import commands, errors
from tests.workspace.warehouse.unity.ddl import constraint, names, properties, property_key, read_column
from tests.workspace.warehouse.unity.model import Check, Column, Key
from tests.workspace.warehouse.unity.scanner import Scanner
from tests.workspace.warehouse.unity.types import read_type


def change(scanner: Scanner) -> commands.Change:
    """What follows ALTER TABLE and a name."""
    match scanner.name().upper():
        case "ADD":
            return _add(scanner)
        case "DROP":
            return _drop(scanner)
        case "RENAME":
            return _rename(scanner)
        case "ALTER" | "CHANGE":
            scanner.accept("COLUMN")
            return _alter_column(scanner)
        case "SET":
            scanner.expect("TBLPROPERTIES")
            return commands.SetProperties(properties(scanner))
        case "UNSET":
            scanner.expect("TBLPROPERTIES")
            tolerant = scanner.accept("IF", "EXISTS")
            return commands.UnsetProperties(_keys(scanner), tolerant)
        case "CLUSTER":
            scanner.expect("BY")
            return commands.ClusterBy(() if scanner.accept("NONE") else names(scanner))
        case word:
            raise errors.unsupported(f"ALTER TABLE ... {word}")


def _keys(scanner: Scanner) -> tuple[str, ...]:
    scanner.expect("(")
    found = [property_key(scanner)]
    while scanner.accept(","):
        found.append(property_key(scanner))
    scanner.expect(")")
    return tuple(found)


def _add(scanner: Scanner) -> commands.Change:
    if scanner.at("CONSTRAINT") or scanner.at("PRIMARY", "KEY") or scanner.at("FOREIGN", "KEY"):
        match constraint(scanner):
            case Check() as check:
                return commands.AddConstraint(check=check)
            case Key(parent=()) as key:
                return commands.AddConstraint(primary_key=key)
            case key:
                return commands.AddConstraint(foreign_key=key)
    _ = scanner.accept("COLUMN") or scanner.accept("COLUMNS")
    tolerant = scanner.accept("IF", "NOT", "EXISTS")
    bracket = scanner.accept("(")
    columns = [_placed(scanner)]
    while scanner.accept(","):
        columns.append(_placed(scanner))
    if bracket:
        scanner.expect(")")
    return commands.AddColumns(tuple(columns), tolerant)


def _placed(scanner: Scanner) -> tuple[Column, str]:
    column = read_column(scanner)
    if scanner.accept("FIRST"):
        return column, "FIRST"
    return column, f"AFTER {scanner.name()}" if scanner.accept("AFTER") else ""


def _drop(scanner: Scanner) -> commands.Change:
    if scanner.accept("PRIMARY", "KEY"):
        return commands.DropConstraint(None, scanner.accept("IF", "EXISTS"), _cascades(scanner))
    if scanner.accept("FOREIGN", "KEY"):
        tolerant = scanner.accept("IF", "EXISTS")
        return commands.DropForeignKey(names(scanner), tolerant)
    if scanner.accept("CONSTRAINT"):
        tolerant = scanner.accept("IF", "EXISTS")
        return commands.DropConstraint(scanner.name(), tolerant, _cascades(scanner))
    _ = scanner.accept("COLUMN") or scanner.accept("COLUMNS")
    tolerant = scanner.accept("IF", "EXISTS")
    return commands.DropColumns(names(scanner) if scanner.at("(") else (scanner.name(),), tolerant)


def _cascades(scanner: Scanner) -> bool:
    if scanner.accept("CASCADE"):
        return True
    scanner.accept("RESTRICT")
    return False


def _rename(scanner: Scanner) -> commands.Change:
    if scanner.accept("TO"):
        return commands.RenameTable(scanner.parts())
    scanner.expect("COLUMN")
    old = scanner.name()
    scanner.expect("TO")
    return commands.RenameColumn(old, scanner.name())


def _alter_column(scanner: Scanner) -> commands.AlterColumn:
    name = scanner.name()
    for what in ("SET NOT NULL", "DROP NOT NULL", "DROP DEFAULT", "SYNC IDENTITY"):
        if scanner.accept(*what.split()):
            return commands.AlterColumn(name, what)
    if scanner.accept("SET", "DEFAULT"):
        return commands.AlterColumn(name, "SET DEFAULT", scanner.expression())
    if scanner.accept("COMMENT"):
        return commands.AlterColumn(name, "COMMENT", scanner.text())
    if scanner.accept("TYPE"):
        return commands.AlterColumn(name, "TYPE", read_type(scanner).text)
    raise errors.unsupported(f"ALTER COLUMN ... {scanner.next.value.upper()}")
