"""Privileges: who may do what, and who sees what."""

from collections.abc import Iterator

import pytest

from tests.workspace_tests.engine_cases.harness import SCHEMA, Run, T, U

ADA = "ada@lakegate"
DENIED = "INSUFFICIENT_PERMISSIONS 42501"


class GrantCases:
    """What a principal that is not the admin may do."""

    @pytest.fixture
    def ada(self, run: Run) -> Iterator[Run]:
        """A user who may use the catalog and the schema, where there is a table."""
        run(f"CREATE TABLE {T} (a INT)")
        run(f"GRANT USE CATALOG ON CATALOG main TO `{ADA}`")
        run(f"GRANT USE SCHEMA ON SCHEMA {SCHEMA} TO `{ADA}`")
        with run.other(ADA) as ada:
            yield ada
        run(f"REVOKE ALL PRIVILEGES ON CATALOG main FROM `{ADA}`")

    def test_the_catalog_has_to_be_granted_first(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        with (
            run.other(ADA) as ada,
            pytest.raises(Exception, match="User does not have USE CATALOG on Catalog 'main'"),
        ):
            ada(f"SELECT * FROM {T}")

    def test_the_schema_has_to_be_granted_next(self, ada: Run, run: Run) -> None:
        run(f"REVOKE USE SCHEMA ON SCHEMA {SCHEMA} FROM `{ADA}`")
        with pytest.raises(Exception, match="User does not have USE SCHEMA on Schema 'main.cases'"):
            ada(f"SELECT * FROM {T}")

    def test_a_table_is_read_only_with_select(self, ada: Run, run: Run) -> None:
        with pytest.raises(
            Exception, match=r"User does not have SELECT on Table 'main.cases.t'. SQLSTATE: 42501"
        ):
            ada(f"SELECT * FROM {T}")
        run(f"GRANT SELECT ON TABLE {T} TO `{ADA}`")
        assert ada.rows(f"SELECT * FROM {T}") == []
        run(f"REVOKE SELECT ON TABLE {T} FROM `{ADA}`")
        assert ada.refused(f"SELECT * FROM {T}") == DENIED

    def test_a_table_is_written_only_with_modify(self, ada: Run, run: Run) -> None:
        run(f"GRANT SELECT ON TABLE {T} TO `{ADA}`")
        assert ada.refused(f"INSERT INTO {T} VALUES (1)") == DENIED
        run(f"GRANT MODIFY ON TABLE {T} TO `{ADA}`")
        assert ada(f"INSERT INTO {T} VALUES (1)").modified == 1
        assert ada(f"DELETE FROM {T}").modified == 1

    def test_what_is_granted_on_a_schema_holds_for_its_tables(self, ada: Run, run: Run) -> None:
        run(f"GRANT SELECT ON SCHEMA {SCHEMA} TO `{ADA}`")
        assert ada.rows(f"SELECT * FROM {T}") == []
        assert ada.refused(f"DELETE FROM {T}") == DENIED

    def test_all_privileges_are_all(self, ada: Run, run: Run) -> None:
        run(f"GRANT ALL PRIVILEGES ON SCHEMA {SCHEMA} TO `{ADA}`")
        assert ada(f"INSERT INTO {T} VALUES (1)").modified == 1

    def test_tables_are_made_only_with_create_table(self, ada: Run, run: Run) -> None:
        assert ada.refused(f"CREATE TABLE {U} (a INT)") == DENIED
        run(f"GRANT CREATE TABLE ON SCHEMA {SCHEMA} TO `{ADA}`")
        ada(f"CREATE TABLE {U} (a INT)")
        ada(f"INSERT INTO {U} VALUES (1)")
        ada(f"DROP TABLE {U}")

    def test_schemas_and_catalogs_are_made_only_with_their_privileges(self, ada: Run) -> None:
        assert ada.refused("CREATE SCHEMA main.adas") == DENIED
        assert ada.refused("CREATE CATALOG adas") == DENIED

    def test_a_table_is_dropped_only_by_an_owner(self, ada: Run, run: Run) -> None:
        run(f"GRANT ALL PRIVILEGES ON TABLE {T} TO `{ADA}`")
        assert ada.refused(f"DROP TABLE {T}") == DENIED
        run(f"ALTER TABLE {T} SET OWNER TO `{ADA}`")
        ada(f"DROP TABLE {T}")

    def test_only_an_owner_grants(self, ada: Run) -> None:
        assert ada.refused(f"GRANT SELECT ON TABLE {T} TO `{ADA}`") == DENIED

    def test_the_information_schema_shows_what_may_be_seen(self, ada: Run, run: Run) -> None:
        sql = "SELECT table_name FROM main.information_schema.tables WHERE table_schema = 'cases'"
        assert ada.column(sql) == []
        run(f"GRANT SELECT ON TABLE {T} TO `{ADA}`")
        assert ada.column(sql) == ["t"]
        assert ada.column(
            "SELECT column_name FROM main.information_schema.columns WHERE table_name = 't'"
        ) == ["a"]

    def test_browse_shows_what_may_not_be_read(self, ada: Run, run: Run) -> None:
        run(f"GRANT BROWSE ON SCHEMA {SCHEMA} TO `{ADA}`")
        assert ada.column(
            "SELECT table_name FROM main.information_schema.tables WHERE table_schema = 'cases'"
        ) == ["t"]
        assert ada.refused(f"SELECT * FROM {T}") == DENIED

    def test_a_view_is_read_without_its_tables(self, ada: Run, run: Run) -> None:
        run(f"CREATE VIEW {U} AS SELECT a FROM {T}")
        run(f"GRANT SELECT ON TABLE {U} TO `{ADA}`")
        assert ada.rows(f"SELECT * FROM {U}") == []
        assert ada.refused(f"SELECT * FROM {T}") == DENIED

    def test_grants_are_shown(self, ada: Run, run: Run) -> None:
        run(f"GRANT SELECT ON TABLE {T} TO `{ADA}`")
        assert (ADA, "SELECT", "TABLE", "main.cases.t") in run.rows(f"SHOW GRANTS ON TABLE {T}")
        sql = (
            "SELECT grantee, privilege_type, inherited_from FROM "
            "main.information_schema.table_privileges WHERE table_name = 't'"
        )
        assert run.rows(sql) == [(ADA, "SELECT", "NONE")]

    def test_a_privilege_that_there_is_not_is_refused(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a INT)")
        assert run.refused(f"GRANT CREATE SCHEMA ON TABLE {T} TO `{ADA}`") == "INVALID_PARAMETER_VALUE 22023"

    def test_account_users_are_everyone(self, ada: Run, run: Run) -> None:
        run(f"GRANT SELECT ON TABLE {T} TO `account users`")
        assert ada.rows(f"SELECT * FROM {T}") == []

    def test_a_volume_is_used_only_with_its_privileges(self, ada: Run, run: Run) -> None:
        run(f"CREATE VOLUME {SCHEMA}.`files`")
        path = "/Volumes/main/cases/files/a.parquet"
        assert ada.refused(f"PUT 'a' INTO '{path}'") == DENIED
        run(f"GRANT WRITE VOLUME ON VOLUME {SCHEMA}.files TO `{ADA}`")
        upload = ada(f"PUT 'a' INTO '{path}' OVERWRITE").upload
        assert upload is not None
        assert (upload.local_file, upload.path, upload.overwrite) == ("a", path, True)
        assert ada.refused(f"SELECT * FROM parquet.`{path}`") == DENIED
