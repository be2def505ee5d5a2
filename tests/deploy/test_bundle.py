"""databricks.yml: each target by the classes that the Databricks CLI's own schema is made into.

`databricks-bundles` has them for apps, instances and warehouses; projects of Autoscaling by the SDK's fields.
Then the local workspace is asked for the same.
"""

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import pytest
import yaml
from databricks.bundles.apps import App as BundleApp
from databricks.bundles.database_instances import DatabaseInstance as BundleInstance
from databricks.bundles.sql_warehouses import SqlWarehouse as BundleWarehouse
from databricks.sdk import WorkspaceClient
from databricks.sdk.service import apps, database, postgres

from backends.credentials import Workspace as ControlPlane
from tests.client import new_name
from tests.deploy.container import PROJECT
from tests.workspace.handle import Workspace
from tests.workspace.settings import ADMIN_TOKEN

Json = dict[str, Any]

BUNDLE: Json = yaml.safe_load((PROJECT / "databricks.yml").read_text())
# https://docs.databricks.com/en/dev-tools/bundles/reference
TOP = {"bundle", "variables", "sync", "resources", "targets"}
OF_TARGET = {"mode", "default", "workspace", "variables", "resources"}
OF_DEPLOYMENT = {"source_code_path", "config"}  # these do not make an app, they are for what runs in it
OF_PROJECT = {"project_id", "lifecycle"} | {field.name for field in fields(postgres.ProjectSpec)}
REFERENCE = re.compile(r"\$\{([^}]+)\}")


def merged(below: Any, above: Any) -> Any:
    """Two parts of a bundle as one, as a target's is laid over what is for all."""
    if isinstance(below, dict) and isinstance(above, dict):
        return {
            name: merged(below.get(name), above.get(name)) if name in above else below[name]
            for name in {**below, **above}
        }
    return below if above is None else above


def resolved(part: Any, values: Mapping[str, Any]) -> Any:
    """A part with the references that are in `values`; one that is a whole text keeps its type."""
    if isinstance(part, dict):
        return {name: resolved(value, values) for name, value in part.items()}
    if isinstance(part, list):
        return [resolved(value, values) for value in part]
    if not isinstance(part, str):
        return part
    if (whole := REFERENCE.fullmatch(part)) and whole[1] in values:
        return values[whole[1]]
    return REFERENCE.sub(lambda match: str(values.get(match[1], match[0])), part)


def target(name: str, **told: Any) -> Json:
    """The resources of a target, its variables resolved; `told` are variables from the command line."""
    found = BUNDLE["targets"][name]
    given = {variable: about["default"] for variable, about in BUNDLE["variables"].items()}
    given.update({**found.get("variables", {}), **told})
    values = {f"var.{variable}": value for variable, value in given.items()}
    return resolved(merged(BUNDLE["resources"], found["resources"]), values)  # type: ignore[no-any-return]


def references(part: object) -> set[str]:
    """All references in a part."""
    return set(REFERENCE.findall(yaml.safe_dump(part)))


@pytest.mark.parametrize("name", BUNDLE["targets"])
def test_each_target_is_one_that_databricks_takes(name: str) -> None:
    found = BUNDLE["targets"][name]
    assert BUNDLE.keys() == TOP and found.keys() <= OF_TARGET
    assert found["mode"] == ("development" if name.startswith("dev") else "production")
    made = target(name)
    app = BundleApp.from_dict(made["apps"]["lakegate"])
    assert [bool(resource.name) for resource in app.resources] == [True]  # type: ignore[union-attr]
    (kind,) = made.keys() - {"apps"}
    (about,) = made[kind].values()
    match kind:
        case "database_instances":
            BundleInstance.from_dict(about)
        case "sql_warehouses":
            BundleWarehouse.from_dict(about)
        case "postgres_projects":
            assert about.keys() <= OF_PROJECT
            postgres.ProjectSpec.from_dict(about)
        case other:
            raise AssertionError(f"nothing here knows {other}")


def test_there_is_each_kind_for_development_and_production() -> None:
    kinds = {name: (set(target(name)) - {"apps"}).pop() for name in BUNDLE["targets"]}
    for place in ("dev", "prod"):
        assert [kinds[name] for name in (place, f"{place}_provisioned", f"{place}_warehouse")] == [
            "postgres_projects", "database_instances", "sql_warehouses",
        ]  # fmt: skip
    assert [name for name, about in BUNDLE["targets"].items() if about.get("default")] == ["dev"]


@pytest.mark.parametrize("name", BUNDLE["targets"])
def test_every_reference_leads_somewhere(name: str) -> None:
    made = target(name)
    for reference in references(made):
        whose, kind, key, field = reference.split(".")
        assert whose == "resources" and key in made[kind] and field in ("id", "name")
    assert {f"var.{variable}" for variable in BUNDLE["variables"]} == {
        found for found in references(BUNDLE) if found.startswith("var.")
    }


@pytest.mark.parametrize("name", ["prod", "prod_provisioned"])
def test_what_holds_the_data_of_production_is_not_destroyed_with_the_bundle(name: str) -> None:
    (about,) = (value for kind in target(name).keys() - {"apps"} for value in target(name)[kind].values())
    assert about["lifecycle"] == {"prevent_destroy": True}


@pytest.mark.parametrize("name", BUNDLE["targets"])
def test_app_yaml_says_how_it_is_started(name: str) -> None:
    app = target(name)["apps"]["lakegate"]
    config = app.get("config", {"command": None, "env": []})
    assert config["command"] in (None, yaml.safe_load((PROJECT / "app.yaml").read_text())["command"])
    assert references(config) == set()
    named = {resource["name"] for resource in app["resources"]}
    assert {each["value_from"] for each in config["env"] if "value_from" in each} <= named


def asked(workspace: Workspace, name: str, number: str) -> apps.App:
    """What the workspace makes of a target's database and app."""
    made = target(name, app_name=f"app-{number}", database_name=f"db-{number}")
    ids: Json = {}

    def ask(client: WorkspaceClient) -> apps.App:
        for about in made.get("database_instances", {}).values():
            client.database.create_database_instance(database.DatabaseInstance.from_dict(about))
            ids["resources.database_instances.database.name"] = about["name"]
        for about in made.get("postgres_projects", {}).values():
            spec = postgres.ProjectSpec.from_dict(about)
            client.postgres.create_project(postgres.Project(spec=spec), about["project_id"]).wait()
            ids["resources.postgres_projects.database.id"] = f"projects/{about['project_id']}"
        for about in made.get("sql_warehouses", {}).values():
            found = client.api_client.do("POST", "/api/2.0/sql/warehouses", body=about)
            ids["resources.sql_warehouses.warehouse.id"] = found["id"]
        about = resolved(made["apps"]["lakegate"], ids)
        app = apps.App.from_dict({name: about[name] for name in about if name not in OF_DEPLOYMENT})
        return client.apps.create(app).response

    return ControlPlane({"DATABRICKS_HOST": workspace.url, "DATABRICKS_TOKEN": ADMIN_TOKEN}, 60).ask(
        ask, "it"
    )


@pytest.mark.parametrize("name", BUNDLE["targets"])
def test_the_workspace_makes_what_a_target_asks_for(workspace: Workspace, name: str) -> None:
    app = asked(workspace, name, new_name()[2:12])
    (resource,) = app.resources or []
    assert REFERENCE.search(str(resource.as_dict())) is None
    assert app.compute_size == apps.ComputeSize.MEDIUM and app.service_principal_client_id
