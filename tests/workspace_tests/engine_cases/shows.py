"""SHOW and DESCRIBE, and queries of the form that the gateway sends."""

from tests.workspace_tests.engine_cases.harness import SCHEMA, Run, T, U, number


class ShowCases:
    """What is told of things by name, and a read with all that a read may have."""

    def test_tables_views_and_volumes_are_listed(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT, b STRING)")
        run(f"CREATE VIEW {U} AS SELECT a FROM {T}")
        run(f"CREATE VOLUME {SCHEMA}.`files` COMMENT 'x'")
        assert run.rows(f"SHOW TABLES IN {SCHEMA}") == [("cases", "t", False), ("cases", "u", False)]
        assert run.rows(f"SHOW TABLES IN {SCHEMA} LIKE 'T*'") == [("cases", "t", False)]
        assert run.rows(f"SHOW VIEWS IN {SCHEMA}") == [("cases", "u", False, False)]
        assert run.rows(f"SHOW VOLUMES IN {SCHEMA}") == [("cases", "files")]
        assert run.column(f"SHOW COLUMNS IN {T}") == ["a", "b"]
        volumes = "SELECT volume_name, volume_type, comment FROM main.information_schema.volumes"
        assert run.rows(f"{volumes} WHERE volume_schema = 'cases'") == [("files", "MANAGED", "x")]

    def test_schemas_are_listed_by_a_pattern(self, run: Run) -> None:
        assert run.column("SHOW SCHEMAS IN main LIKE 'cas*'") == ["cases"]
        assert "information_schema" in run.column("SHOW SCHEMAS IN `main`")

    def test_catalogs_and_schemas_are_described(self, run: Run) -> None:
        run(f"COMMENT ON SCHEMA {SCHEMA} IS 'for tests'")
        told = dict(run.rows(f"DESCRIBE SCHEMA {SCHEMA}"))
        assert (told["Catalog Name"], told["Namespace Name"], told["Comment"]) == (
            "main",
            "cases",
            "for tests",
        )
        assert dict(run.rows("DESCRIBE CATALOG main"))["Catalog Name"] == "main"

    def test_the_information_schemas_own_relations_are_told(self, run: Run) -> None:
        sql = (
            "SELECT table_name FROM main.information_schema.tables WHERE table_schema = 'information_schema'"
        )
        assert {"tables", "columns", "schemata", "key_column_usage"} <= set(run.column(sql))
        assert "columns" in [name for _, name, _ in run.rows("SHOW TABLES IN main.information_schema")]

    def test_a_read_has_all_that_a_read_may_have(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (`a` BIGINT, `b` DECIMAL(38, 18), `d` STRING, `ts` TIMESTAMP)")
        run(
            f"INSERT INTO {T} VALUES (1, 2.5, 'Abc', TIMESTAMP '2020-01-01 00:00:00'), "
            "(2, NULL, 'b%c', TIMESTAMP '2020-06-01 00:00:00'), (3, 0.1, NULL, NULL)"
        )
        sql = (
            f"SELECT `a` AS `a`, `b` AS `c1` FROM {T} WHERE true AND `a` < CAST(:v0 AS BIGINT) AND "
            "(`b` > CAST(:v1 AS DECIMAL(38, 18)) OR `b` IS NULL) AND NOT (`d` LIKE :v2) "
            "AND `d` ILIKE :v3 AND array_contains(from_json(:v4, 'array<string>'), `d`) AND "
            "`ts` BETWEEN CAST(:v5 AS TIMESTAMP) AND CAST(:v6 AS TIMESTAMP) "
            "ORDER BY `a` DESC NULLS FIRST, `b` ASC NULLS LAST LIMIT CAST(:v7 AS INT) OFFSET CAST(:v8 AS INT)"
        )
        values = {
            "v0": "10", "v1": "0.5", "v2": "x%", "v3": "%C", "v4": '["Abc", "b%c"]',
            "v5": "2019-01-01T00:00:00Z", "v6": "2021-01-01T00:00:00Z", "v7": "5", "v8": "0",
        }  # fmt: skip
        assert run.rows(sql, **values) == [(2, None), (1, number("2.5"))]
        assert run.rows(sql, **(values | {"v2": "b\\%%"})) == [(1, number("2.5"))]
        assert run.rows(sql, **(values | {"v7": "1", "v8": "1"})) == [(1, number("2.5"))]
        assert run.rows(sql, **(values | {"v4": None})) == []

    def test_properties_that_look_like_secrets_are_not_shown(self, run: Run) -> None:
        told = "'a.url' = 'x', 'b' = 'a User', 'c' = 'x'"
        run(f"CREATE TABLE {T} (a INT) TBLPROPERTIES ({told})")
        shown = dict(run.rows(f"SHOW TBLPROPERTIES {T}"))
        assert [shown[key] for key in ("a.url", "b", "c")] == [*["*********(redacted)"] * 2, "x"]
