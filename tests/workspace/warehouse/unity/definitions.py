"""INFORMATION_SCHEMA's relations as Databricks documents them: their columns in order, with types."""

from collections.abc import Iterator
from functools import lru_cache

from tests.workspace.warehouse.unity.model import Column, Table
from tests.workspace.warehouse.unity.types import INT, STRING, TIMESTAMP, SqlType

TYPES = {"#": INT, "@": TIMESTAMP}


def _columns(names: str) -> dict[str, SqlType]:
    return {name.rstrip("#@"): TYPES.get(name[-1], STRING) for name in names.split()}


_HISTORY = "created@ created_by last_altered@ last_altered_by"
_CONSTRAINT = "constraint_catalog constraint_schema constraint_name"
_TABLE = "table_catalog table_schema table_name"

RELATIONS: dict[str, dict[str, SqlType]] = {
    "catalogs": _columns(f"catalog_name catalog_owner comment {_HISTORY}"),
    "schemata": _columns(f"catalog_name schema_name schema_owner comment {_HISTORY}"),
    "tables": _columns(
        f"{_TABLE} table_type is_insertable_into commit_action table_owner comment {_HISTORY} "
        "data_source_format "
        "storage_path storage_sub_directory"
    ),
    "columns": _columns(
        f"{_TABLE} column_name ordinal_position# column_default is_nullable full_data_type data_type "
        "character_maximum_length# character_octet_length numeric_precision# numeric_precision_radix# "
        "numeric_scale# datetime_precision# interval_type interval_precision# "
        "maximum_cardinality# is_identity "
        "identity_generation identity_start identity_increment identity_maximum "
        "identity_minimum identity_cycle "
        "is_generated generation_expression is_system_time_period_start is_system_time_period_end "
        "system_time_period_timestamp_generation is_updatable partition_ordinal_position# comment"
    ),
    "views": _columns(
        f"{_TABLE} view_definition check_option is_updatable is_insertable_into sql_path is_materialized"
    ),
    "table_constraints": _columns(
        f"{_CONSTRAINT} {_TABLE} constraint_type is_deferrable initially_deferred enforced comment"
    ),
    "key_column_usage": _columns(
        f"{_CONSTRAINT} {_TABLE} column_name ordinal_position# position_in_unique_constraint#"
    ),
    "constraint_column_usage": _columns(f"{_TABLE} column_name {_CONSTRAINT}"),
    "constraint_table_usage": _columns(f"{_CONSTRAINT} {_TABLE}"),
    "referential_constraints": _columns(
        f"{_CONSTRAINT} unique_constraint_catalog unique_constraint_schema "
        "unique_constraint_name match_option "
        "update_rule delete_rule"
    ),
    "volumes": _columns(
        "volume_catalog volume_schema volume_name volume_type volume_owner comment "
        f"{_HISTORY} storage_location"
    ),
    "table_privileges": _columns(f"grantor grantee {_TABLE} privilege_type is_grantable inherited_from"),
    "schema_privileges": _columns(
        "grantor grantee catalog_name schema_name privilege_type is_grantable inherited_from"
    ),
    "catalog_privileges": _columns("grantor grantee catalog_name privilege_type is_grantable inherited_from"),
}


@lru_cache(64)
def own_tables(catalog: str, created: float) -> tuple[Table, ...]:
    """A catalog's relations as they stand in its `tables` and `columns`."""
    return tuple(_own_tables(catalog, created))


def _own_tables(catalog: str, created: float) -> Iterator[Table]:
    for name, columns in sorted(RELATIONS.items()):
        found = tuple(Column(column, sql_type) for column, sql_type in columns.items())
        yield Table(
            catalog,
            "information_schema",
            name,
            found,
            "System user",
            "VIEW",
            created=created,
            altered=created,
        )
