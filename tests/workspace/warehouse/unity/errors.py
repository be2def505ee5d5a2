"""The errors of names, privileges and metadata, in Databricks' words."""

from collections.abc import Iterable

from tests.workspace.warehouse.engine import SqlError


def quoted(*parts: str) -> str:
    """A name in backticks, its parts parted by dots."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def unsupported(what: str) -> SqlError:
    """What Databricks may know, and this warehouse does not."""
    return SqlError("UNSUPPORTED_FEATURE.LOCAL_WAREHOUSE", f"The feature is not supported: {what}.", "0A000")


def syntax(near: str) -> SqlError:
    """A statement that cannot be read, from here on."""
    where = f"'{near}'" if near else "end of input"
    return SqlError("PARSE_SYNTAX_ERROR", f"Syntax error at or near {where}.", "42601")


def no_catalog(name: str) -> SqlError:
    """There is none of this name."""
    return SqlError("NO_SUCH_CATALOG_EXCEPTION", f"Catalog '{name}' was not found.", "42704")


def no_schema(*parts: str) -> SqlError:
    """There is none of this name."""
    message = (
        f"The schema {quoted(*parts)} cannot be found. Verify the spelling and correctness of the schema and "
        "catalog.\nIf you did not qualify the name with a catalog, verify the current_schema() output, or "
        "qualify the name with the correct catalog.\nTo tolerate the error on drop use DROP SCHEMA IF EXISTS."
    )
    return SqlError("SCHEMA_NOT_FOUND", message, "42704")


def no_table(*parts: str) -> SqlError:
    """There is neither table nor view of this name."""
    message = (
        f"The table or view {quoted(*parts)} cannot be found. Verify the spelling and correctness of the "
        "schema and catalog.\nIf you did not qualify the name with a schema, verify the current_schema() "
        "output, or qualify the name with the correct schema and catalog.\nTo tolerate the error on drop use "
        "DROP VIEW IF EXISTS or DROP TABLE IF EXISTS."
    )
    return SqlError("TABLE_OR_VIEW_NOT_FOUND", message, "42P01")


def no_volume(*parts: str) -> SqlError:
    """There is none of this name."""
    return SqlError("VOLUME_NOT_FOUND", f"Volume '{'.'.join(parts)}' does not exist.", "42704")


def no_file(path: str) -> SqlError:
    """A volume has nothing there."""
    return SqlError("PATH_NOT_FOUND", f"Path does not exist: dbfs:{path}.", "42K03")


def catalog_exists(name: str) -> SqlError:
    """One of this name is there."""
    return SqlError("CATALOG_ALREADY_EXISTS", f"Catalog '{name}' already exists.", "42710")


def schema_exists(*parts: str) -> SqlError:
    """One of this name is there."""
    message = (
        f"Cannot create schema {quoted(*parts)} because it already exists.\nChoose a "
        "different name, drop the "
        "existing schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema."
    )
    return SqlError("SCHEMA_ALREADY_EXISTS", message, "42P06")


def table_exists(*parts: str) -> SqlError:
    """A table or view of this name is there."""
    message = (
        f"Cannot create table or view {quoted(*parts)} because it already exists.\nChoose a different name, "
        "drop or replace the existing object, or add the IF NOT EXISTS clause to tolerate "
        "pre-existing objects."
    )
    return SqlError("TABLE_OR_VIEW_ALREADY_EXISTS", message, "42P07")


def volume_exists(*parts: str) -> SqlError:
    """One of this name is there."""
    message = f"Cannot create volume {quoted(*parts)} because it already exists."
    return SqlError("VOLUME_ALREADY_EXISTS", message, "42000")


def schema_not_empty(*parts: str) -> SqlError:
    """A schema that has objects is dropped with CASCADE only."""
    message = (
        f"Cannot drop a schema {quoted(*parts)} because it contains objects.\n"
        "Use DROP SCHEMA ... CASCADE to drop the schema and all its objects."
    )
    return SqlError("SCHEMA_NOT_EMPTY", message, "2BP01")


def catalog_not_empty(name: str) -> SqlError:
    """A catalog that has schemas of its users is dropped with CASCADE only."""
    message = f"Catalog '{name}' is not empty. The catalog has at least one schema with objects."
    return SqlError("UC_CATALOG_NOT_EMPTY", message, "2BP01")


def no_privilege(privilege: str, kind: str, name: str) -> SqlError:
    """The principal may not do this.

    Args:
        privilege: "SELECT", "USE SCHEMA".
        kind: "Table", "Schema", "Catalog", "Metastore".
        name: with its parents', parted by dots.
    """
    message = f"Insufficient privileges: User does not have {privilege} on {kind} '{name}'."
    return SqlError("INSUFFICIENT_PERMISSIONS", message, "42501")


def not_owner(kind: str, name: str) -> SqlError:
    """Only its owner, or a parent's, may do this."""
    message = f"Insufficient privileges: User is not an owner of {kind} '{name}'."
    return SqlError("INSUFFICIENT_PERMISSIONS", message, "42501")


def no_principal(name: str) -> SqlError:
    """A grant's principal that nobody knows."""
    return SqlError("PRINCIPAL_DOES_NOT_EXIST", f"Could not find principal with name {name}.", "42704")


def bad_name(name: str) -> SqlError:
    """A name that Unity Catalog refuses."""
    message = (
        f'Invalid input: RPC CreateTable Field name: name "{name}" is not a valid name: it '
        "may not be empty, have "
        "blanks, periods, slashes or control characters, or be longer than 255 characters."
    )
    return SqlError("INVALID_PARAMETER_VALUE", message, "22023")


def table_needed(operation: str, *parts: str) -> SqlError:
    """A view where only a table will do."""
    message = f"'{operation}' expects a table but {quoted(*parts)} is a view."
    return SqlError("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", message, "42809")


def view_needed(operation: str, *parts: str) -> SqlError:
    """A table where only a view will do."""
    message = f"The table {quoted(*parts)} does not support {operation}."
    return SqlError("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", message, "42809")


def no_column(name: str, known: Iterable[str]) -> SqlError:
    """A column that a table or query does not have."""
    near = ", ".join(quoted(column) for column in list(known)[:5])
    message = f"A column, variable, or function parameter with name {name} cannot be resolved."
    if not near:
        return SqlError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", message, "42703")
    return SqlError(
        "UNRESOLVED_COLUMN.WITH_SUGGESTION",
        f"{message} Did you mean one of the following? [{near}].",
        "42703",
    )


def column_exists(name: str) -> SqlError:
    """Two columns of one name, in whatever case."""
    message = f"The column {quoted(name)} already exists. Choose another name or rename the existing column."
    return SqlError("COLUMN_ALREADY_EXISTS", message, "42711")
