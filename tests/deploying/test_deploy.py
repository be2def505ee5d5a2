"""The whole of `gateway deploy`: each kind of database, once from nothing, and then with nothing to do."""

from collections.abc import Mapping

import pytest

from tests.deploying.deployer import STEPS, Deployer

Told = Mapping[str, str | int | float]

PROVISIONED: Told = {"name": "NAME", "capacity": "CU_2", "retention_days": 14, "nodes": 2}
AUTOSCALING: Told = {"project": "NAME", "least_cu": 1.0, "most_cu": 4.0, "suspend_seconds": 600}


@pytest.mark.parametrize("kind", [PROVISIONED, AUTOSCALING], ids=["provisioned", "autoscaling"])
def test_from_nothing_to_an_answer_and_then_nothing_more(deployer: Deployer, name: str, kind: Told) -> None:
    database = {key: name if told == "NAME" else told for key, told in kind.items()}
    variables = {"GATEWAY_WORKERS": "1", "GATEWAY_ADMINS": deployer.env["DATABRICKS_CLIENT_ID"]}
    deployer.describe(dev={"app": name, "database": database, "size": "LARGE", "variables": variables})

    planned = deployer.deploy("--dry-run")
    assert list(planned) == STEPS
    assert all(words.startswith("would ") for words in planned.values())
    assert deployer.writes() == []

    did = deployer.deploy()
    assert list(did) == STEPS and "nothing" not in did.values()
    row = {"id": 1, "name": "Ada"}
    url = deployer.url()
    deployer.ask(url, "records/write", {"table": "people", "data": [row]})
    assert deployer.ask(url, "records/read", {"table": "people"})["data"] == [row]
    assert deployer.get(url, "migrations")["pending"] == []  # by its own tables, which it may read
    schema = name.replace("-", "_")
    assert deployer.workspace.sql(f"SELECT id, name FROM {schema}.people", "databricks_postgres") == [
        [1, "Ada"]
    ]

    deployer.workspace.forget()
    again = deployer.run("--environment", "dev")
    assert [line.split()[-1] for line in again.stdout.splitlines()[1:8]] == ["nothing"] * 7
    assert again.stdout.endswith("nothing had to be changed\n")
    assert deployer.writes() == []
