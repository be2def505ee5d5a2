"""A deployment for a SQL warehouse: it is found, and the app is let in by Unity Catalog's grants."""

import pytest

from tests.deploying.deployer import SETTLED, Deployer, did
from tests.workspace.settings import ADMIN, NAME

STEPS = ["warehouse", "app", *SETTLED]


@pytest.fixture
def deployer(deployer: Deployer, monkeypatch: pytest.MonkeyPatch) -> Deployer:
    """One who may make schemas in a catalog and let others in."""
    env = deployer.workspace.environment("warehouse")
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, env[name])
    grant = f"GRANT ALL PRIVILEGES, MANAGE ON CATALOG main TO `{deployer.env['DATABRICKS_CLIENT_ID']}`"
    deployer.workspace.warehouse.sql(grant, ADMIN)
    return Deployer(
        deployer.workspace, deployer.folder, {**deployer.env, "DATABRICKS_HOST": env["DATABRICKS_HOST"]}
    )


def test_from_nothing_to_an_answer_and_then_nothing_more(deployer: Deployer, name: str) -> None:
    environment = {"app": name, "warehouse": {"name": NAME}, "variables": {"GATEWAY_WORKERS": "1"}}
    deployer.describe(dev=environment)
    assert list(deployer.deploy()) == STEPS
    row = {"id": 1, "name": "Ada"}
    deployer.ask(deployer.url(), "records/write", {"table": "people", "data": [row]})
    assert deployer.ask(deployer.url(), "records/read", {"table": "people"})["data"] == [row]

    deployer.workspace.forget()
    again = deployer.run("--environment", "dev")
    assert {words for step, words in did(again).items() if step != "health"} == {"nothing"}
    assert deployer.writes() == []

    deployer.describe(dev={**environment, "schema": "another"})
    planned = deployer.run("--environment", "dev", "--dry-run").stdout
    assert "schema: CREATE SCHEMA IF NOT EXISTS `main`.`another`;\ngrants: CREATE SCHEMA" in planned
    assert "\ngrants: GRANT USE SCHEMA, CREATE" in planned
