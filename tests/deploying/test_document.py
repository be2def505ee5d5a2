"""deployment.yaml read: what can be meant, and faults with their lines."""

from pathlib import Path

import pytest

from backends.errors import Invalid
from backends.lakebase.address import SSL_MODES
from backends.provisioning import AutoscalingSpec, ProvisionedSpec
from backends.provisioning.app import Variable
from gateway.deploying.environment import Environment, Warehouse, environment
from gateway.deploying.site import is_weak
from gateway.deploying.variables import written
from tests.gateway_process import PROJECT

WHOLE = """\
environments:
  dev:
    app: shop-dev
    size: MEDIUM
    description: For trying things out
    database: {name: shop-dev, capacity: CU_2, retention_days: 3, nodes: 2}
    schema: shop
    variables:
      GATEWAY_MAX_LIMIT: "500"
      MAIL_KEY: {valueFrom: mail}
  prod:
    app: 9-shop
    database: {project: shop, most_cu: 4}
    warehouse: {id: abc}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "deployment.yaml"
    path.write_text(WHOLE)
    return path


def test_an_environment_is_what_the_file_says(file: Path) -> None:
    variables = (Variable("GATEWAY_MAX_LIMIT", "500"), Variable("MAIL_KEY", source="mail"))
    database = ProvisionedSpec("shop-dev", "CU_2", 3, 2)
    assert environment(file, "dev") == Environment(
        "shop-dev", "shop", database, None, "MEDIUM", "For trying things out", variables, database.size
    )
    assert environment(file, "prod") == Environment(
        "9-shop",
        "_9_shop",
        AutoscalingSpec("shop", most_cu=4),
        Warehouse("abc", None, "main"),
        sized={"most_cu": 4},
    )


def test_the_example_can_be_meant() -> None:
    names = ("dev", "staging", "prod")
    kinds = [environment(PROJECT / "deployment.yaml", name) for name in names]
    assert all(found.app.startswith("lakegate") for found in kinds)
    assert written(PROJECT / "app.yaml") == (Variable("GATEWAY_BACKEND", "auto"),)


def test_no_token_goes_unencrypted() -> None:
    weak = [mode for mode in SSL_MODES if is_weak("PGSSLMODE", mode)]
    assert weak == ["disable", "allow", "prefer"] and not is_weak("PGPORT", "1")


SECRET = "may be secret: keep it as a secret, give that to the app as a resource, and write valueFrom"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("size: MEDIUM", "size: HUGE", "line 4: environments.dev.size: not one of MEDIUM, LARGE, XLARGE"),
        ("app: shop-dev", "app: Shop", "line 3: environments.dev.app: an app's name is 2 to 30 lower-case"),
        ("    app: 9-shop\n", "", "line 11: environments.prod.app: missing"),
        ("schema: shop", "scheme: shop", "line 7: environments.dev.scheme: there is no such field"),
        ("capacity: CU_2", "capacity: CU_3", "line 6: environments.dev.database.capacity: not one of CU_1"),
        ("project: shop", "size: 4", 'line 13: environments.prod.database.name: either "name" or "project"'),
        (
            "{id: abc}",
            "{id: abc, name: x}",
            "line 14: environments.prod.warehouse.id: either its id or its name",
        ),
        ("GATEWAY_MAX_LIMIT", "MAIL_TOKEN", f"line 9: environments.dev.variables.MAIL_TOKEN: {SECRET}"),
        ('"500"', '"postgres://a:b@c/d"', f"line 9: environments.dev.variables.GATEWAY_MAX_LIMIT: {SECRET}"),
        (
            '"500"',
            "500",
            "line 9: environments.dev.variables.GATEWAY_MAX_LIMIT: takes a text: write it in quotes",
        ),
        (
            "GATEWAY_MAX_LIMIT",
            "PGHOST",
            "line 9: environments.dev.variables.PGHOST: is set by Databricks Apps",
        ),
        ("GATEWAY_MAX_LIMIT", "GATEWAY_SCHEMA", "follows from the rest of the file"),
        (
            "{valueFrom: mail}",
            "{from: mail}",
            "line 10: environments.dev.variables.MAIL_KEY: takes a text, or",
        ),
        (
            "    schema: shop\n",
            "    schema: shop\n    app: twice\n",
            "line 8: environments.dev.app: stands there twice",
        ),
        ("{valueFrom: mail}", "{valueFrom: mail", "line 11: this is no YAML"),
        ("environments:", "stages:", 'line 1: takes "environments:"'),
        ("  prod:", "other: 1\n  prod:", "this is no YAML"),
        (
            "database: {project: shop, most_cu: 4}\n    warehouse: {id: abc}",
            "size: LARGE",
            "one of them is needed",
        ),
    ],
)
def test_a_fault_is_told_with_its_line(file: Path, old: str, new: str, fault: str) -> None:
    assert old in WHOLE
    file.write_text(WHOLE.replace(old, new, 1))
    with pytest.raises(Invalid) as raised:
        environment(file, "dev")
    assert fault in raised.value.message and raised.value.message.startswith("deployment.yaml, line ")


def test_an_environment_that_is_not_there_is_told_with_those_that_are(file: Path) -> None:
    with pytest.raises(Invalid, match='there is no "test"; there are: dev, prod'):
        environment(file, "test")


@pytest.mark.parametrize(
    "text", ["env: {A: b}", "env: [{name: A}]", "env: [{name: A, value: b, valueFrom: c}]"]
)
def test_an_app_yaml_that_cannot_be_meant_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"app\.yaml, line 1"):
        written(path)
