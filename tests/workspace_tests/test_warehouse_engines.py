"""Engines are built when they are first needed, and no earlier."""

from pathlib import Path

import pytest
from databricks.sql.exc import DatabaseError

from tests.workspace.handle import Workspace, WorkspaceError, running_workspace
from tests.workspace.settings import ADMIN, USER
from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.engines import ENGINES, LazyEngine
from tests.workspace_tests.tiny_engine import NAME, TinyEngine
from tests.workspace_tests.warehouse_clients import connect


def test_an_engine_is_built_once(tmp_path: Path) -> None:
    lazy = LazyEngine(NAME, tmp_path / "files")
    assert not (tmp_path / "files").exists()
    engine = lazy.get()
    assert isinstance(engine, TinyEngine) and lazy.get() is engine
    assert (tmp_path / "files" / "volumes").is_dir()


def test_an_engine_that_is_closed_is_built_anew(tmp_path: Path) -> None:
    lazy = LazyEngine(NAME, tmp_path)
    lazy.close()
    engine = lazy.get()
    lazy.close()
    assert lazy.get() is not engine


def test_engines_have_names() -> None:
    assert set(ENGINES) == {"duckdb", "spark"}


@pytest.mark.usefixtures("connector_pools")
def test_an_engine_that_cannot_be_built_fails_sessions_and_nothing_else(tmp_path: Path) -> None:
    with running_workspace(tmp_path, engine="tests.nowhere:Engine") as workspace:
        assert workspace.sql("SELECT 1") == [[1]]
        for _ in range(2):
            with pytest.raises(DatabaseError, match=r"\[INTERNAL_ERROR\] ModuleNotFoundError"):
                connect(workspace)
        assert "No module named 'tests.nowhere'" in workspace.log.read_text()
        assert workspace.warehouse.statistics().open_sessions == 0


def test_an_engine_whose_beginning_fails_is_not_used(tmp_path: Path) -> None:
    lazy = LazyEngine(NAME, tmp_path, ["GRANT a", "FAIL"])
    for _ in range(2):
        with pytest.raises(SqlError, match="TABLE_OR_VIEW_NOT_FOUND"):
            lazy.get()


def test_the_app_may_use_the_first_catalog_and_make_others(house: Workspace) -> None:
    ((granted,),) = house.warehouse.sql("GRANTED")
    assert granted.split("; ") == [
        f"{ADMIN} None None: GRANT ALL PRIVILEGES ON CATALOG main TO `{house.client}`",
        f"{ADMIN} None None: GRANT CREATE CATALOG ON METASTORE TO `{house.client}`",
    ]


def test_a_statement_can_be_run_past_the_clients(house: Workspace) -> None:
    assert house.warehouse.sql("WHERE") == [[f"{ADMIN} None None"]]
    assert house.warehouse.sql("WHERE", USER) == [[f"{USER} None None"]]
    assert house.statements() == [] and house.warehouse.statistics().open_sessions == 0
    with pytest.raises(WorkspaceError, match="TABLE_OR_VIEW_NOT_FOUND"):
        house.warehouse.sql("FAIL")
