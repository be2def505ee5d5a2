"""The clauses of ALTER TABLE that changes of structure are made of; each can be sent twice."""

import zlib
from collections.abc import Mapping

from backends.plan import Column
from backends.sql.checks import check_sql
from backends.structure import Check, ForeignKey, Structure
from backends.types import Char
from backends.warehouse.constants import compared_sql
from backends.warehouse.defining import full_name, listed, properties_sql
from backends.warehouse.inlining import literal, quoted
from backends.warehouse.names import comment_for

KEY_MARK = "__lakegate_"  # and eight digits: a foreign key's name is its schema's, and not its table's


def add_check(structure: Structure, check: Check) -> str:
    """Add a check, spelled for the types that its columns have."""
    columns: Mapping[str, Column] = structure.table.by_name
    condition = check_sql(
        check.condition,
        lambda name: f"rtrim({quoted(name)})" if isinstance(columns[name].type, Char) else quoted(name),
        lambda name, value: compared_sql(columns[name].type, value),
    )
    # Delta refuses what is not true: here what is unknown holds
    return f"{alter(structure)} ADD CONSTRAINT {quoted(check.name)} CHECK (coalesce({condition}, true))"


def drop_check(structure: Structure, name: str) -> str:
    """Remove a check, if it is there."""
    return f"{alter(structure)} DROP CONSTRAINT IF EXISTS {quoted(name)}"


def add_key(structure: Structure, key: ForeignKey) -> str:
    """Add a foreign key."""
    own = zlib.crc32(str(structure.table.name).lower().encode())
    return (
        f"{alter(structure)} ADD CONSTRAINT {quoted(f'{key.name}{KEY_MARK}{own:08x}')}"
        f" FOREIGN KEY ({listed(key.columns)})"
        f" REFERENCES {full_name(key.target)} ({listed(key.target_columns)})"
    )


def drop_key(structure: Structure, key: ForeignKey) -> str:
    """Remove a foreign key, if it is there."""
    return f"{alter(structure)} DROP FOREIGN KEY IF EXISTS ({listed(key.columns)})"


def add_primary(structure: Structure) -> str:
    """Declare the primary key; Unity Catalog names it."""
    return f"{alter(structure)} ADD PRIMARY KEY ({listed(structure.table.primary_key)})"


def drop_primary(structure: Structure) -> str:
    """Remove the primary key, if there is one that no other table points at."""
    return f"{alter(structure)} DROP PRIMARY KEY IF EXISTS"


def clustered(structure: Structure) -> str:
    """Cluster by the columns that the structure says."""
    columns = f"({listed(structure.clustering)})" if structure.clustering else "NONE"
    return f"{alter(structure)} CLUSTER BY {columns}"


def commented(structure: Structure) -> str:
    """Set the table's comment."""
    name = structure.table.name
    comment = comment_for(name.table, structure.comment)
    return f"COMMENT ON TABLE {full_name(name)} IS {literal(comment)}"


def featured(structure: Structure, *features: tuple[str, str]) -> str:
    """Switch on what the table may lack."""
    return f"{alter(structure)} SET {properties_sql(dict(features))}"


def altered(structure: Structure, name: str) -> str:
    """What changes a column begins so."""
    return f"{alter(structure)} ALTER COLUMN {quoted(name)}"


def alter(structure: Structure) -> str:
    """What changes a table begins so."""
    return f"ALTER TABLE {full_name(structure.table.name)}"
