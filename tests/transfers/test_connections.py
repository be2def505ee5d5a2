"""Connections: databases that the environment names."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from backends import errors
from backends.env import SettingError
from gateway import create_app
from gateway.service import Gateway
from gateway.transfers import Connections
from gateway.transfers.connections import environments

WORKSPACE = {
    "DATABRICKS_HOST": "https://one.example",
    "DATABRICKS_CLIENT_ID": "app",
    "DATABRICKS_CLIENT_SECRET": "not-to-be-seen",
    "ARM_TENANT_ID": "tenant",
}


def told(name: str, **variables: str) -> dict[str, str]:
    """The variables of a connection."""
    return {f"CONNECTION_{name}__{variable}": text for variable, text in variables.items()}


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway on SQLite with connections that are told rightly and wrongly."""
    env = {
        "GATEWAY_SQLITE_DIR": str(tmp_path / "own"),
        **told("FILES", GATEWAY_SQLITE_DIR=str(tmp_path / "files"), GATEWAY_CATALOG="archive"),
        **told("PROD_EU", DATABASE_URL="postgresql://ann:not-to-be-seen@db.example/sales"),
        **told("PORT", PGHOST="db.example", PGPASSWORD="not-to-be-seen", PGPORT="many"),
        **told("BACKEND", GATEWAY_BACKEND="oracle"),
        **told("URL", DATABASE_URL="postgresql://ann:not-to-be-seen@db.example:many/sales"),
        **told("HOUSE", DATABRICKS_WAREHOUSE_ID="abc", DATABRICKS_TOKEN="not-to-be-seen"),
    }
    gateway: Gateway = create_app(env).extensions["lakegate"]
    yield gateway
    gateway.transfers.connections.close()
    gateway.backend.close()


@pytest.fixture
def connections(opened: Gateway) -> Connections:
    return opened.transfers.connections


def test_their_names_are_the_variables_in_lower_case_after_the_gateways_own(connections: Connections) -> None:
    assert connections.names == ("default", "backend", "files", "house", "port", "prod_eu", "url")


def test_one_is_any_backend_opened_when_it_is_first_asked_for(
    opened: Gateway, connections: Connections
) -> None:
    files = connections.open("files", "from")
    assert (files.name, files.kind, files.backend.catalog) == ("files", "sqlite", "archive")
    assert connections.open("FILES", "from") is files
    prod = connections.open("prod_eu", "from")
    assert (prod.kind, prod.backend.catalog) == ("lakebase", "sales")
    own = connections.open("Default", "from")
    assert (own.kind, own.backend) == ("sqlite", opened.backend)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nope", 'no connection "nope"; there are: default, backend, files, house, port, prod_eu, url'),
        ("port", "CONNECTION_PORT__...: PGPORT takes a whole number from 1 to 65535, not 'many'"),
        ("backend", "CONNECTION_BACKEND__...: GATEWAY_BACKEND takes one of "),
        ("url", "CONNECTION_URL__...: DATABASE_URL takes a port that is a number"),
        ("house", "CONNECTION_HOUSE__...: DATABRICKS_HOST is not set"),
    ],
)  # fmt: skip
def test_one_that_is_told_wrongly_names_the_variable_and_no_secret(
    connections: Connections, name: str, words: str
) -> None:
    with pytest.raises(errors.Invalid) as caught:
        connections.open(name, "from")
    (fault,) = caught.value.faults
    assert (fault.loc, words in fault.msg) == (("from",), True), fault.msg
    assert "not-to-be-seen" not in repr((caught.value.args, caught.value.details, caught.value.__cause__))


def test_no_secret_is_in_what_is_shown_of_them(opened: Gateway, connections: Connections) -> None:
    prod = connections.open("prod_eu", "from")
    shown = [repr(each) for each in (connections, prod, prod.backend, opened.transfers)]
    assert [each for each in shown if "not-to-be-seen" in each] == []


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("CONNECTION_prod__PGHOST", "CONNECTION_prod__PGHOST is not CONNECTION_<NAME>__<VARIABLE>"),
        ("CONNECTION___PGHOST", "CONNECTION___PGHOST is not"),
        ("CONNECTION_PROD__pghost", "CONNECTION_PROD__pghost is not"),
        ("CONNECTION_PROD__", "CONNECTION_PROD__ is not"),
        ("CONNECTION_A-B__PGHOST", "CONNECTION_A-B__PGHOST is not"),
        ("CONNECTION_DEFAULT__PGHOST", "default is the gateway's own"),
    ],
)
def test_a_variable_that_names_none_stops_the_start(variable: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError) as caught:
        create_app({"GATEWAY_SQLITE_DIR": str(tmp_path), variable: "not-to-be-seen"})
    assert words in str(caught.value)
    assert "not-to-be-seen" not in str(caught.value)


def test_other_variables_are_nobodys() -> None:
    assert environments({"CONNECTION_TIMEOUT": "5", "MY_CONNECTION_A__B": "c", "PGHOST": "here"}) == {}


@pytest.mark.parametrize(
    ("variables", "inherited"),
    [
        ({"DATABRICKS_WAREHOUSE_ID": "abc"}, WORKSPACE),
        ({"LAKEBASE_INSTANCE": "abc", "PGHOST": "db.example"}, WORKSPACE),
        ({"DATABRICKS_WAREHOUSE_ID": "abc", "DATABRICKS_HOST": "https://two.example"}, {}),
        ({"DATABRICKS_WAREHOUSE_ID": "abc", "DATABRICKS_CONFIG_PROFILE": "two"}, {}),
        ({"DATABRICKS_WAREHOUSE_ID": "abc", "ARM_CLIENT_ID": "two"}, {}),
    ],
)
def test_one_is_the_gateway_in_its_workspace_unless_it_says_who_it_is(
    variables: Mapping[str, str], inherited: Mapping[str, str]
) -> None:
    env = {
        **WORKSPACE,
        "DATABRICKS_WAREHOUSE_ID": "own",
        "DATABASE_URL": "postgresql://own.example/own",
        "GATEWAY_BACKEND": "lakebase",
        "GATEWAY_TRANSFER_BYTES": "2048",
        "HOME": "/home/app",
        **told("OTHER", **variables),
    }
    common = {"HOME": "/home/app", "GATEWAY_TRANSFER_BYTES": "2048"}
    assert environments(env) == {"other": {**common, **inherited, **variables}}
