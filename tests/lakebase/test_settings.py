"""Settings: every spelling in use, what contradicts itself, and what is shown of them."""

from collections.abc import Mapping

import pytest

from backends.env import SettingError
from backends.lakebase.resources import Endpoint, Instance, InstanceHost
from backends.lakebase.settings import ENDPOINT_VARIABLES, INSTANCE_VARIABLES, Resource, Settings

PATH = "projects/shop/branches/production/endpoints/primary"
HOST = "instance-1234.database.cloud.databricks.com"
SECRET = "hunter2"
APP = {
    "PGHOST": HOST,
    "PGPORT": "5432",
    "PGDATABASE": "databricks_postgres",
    "PGUSER": "11111111-2222-3333-4444-555555555555",
    "PGSSLMODE": "require",
    "PGAPPNAME": "my-app",
    "DATABRICKS_HOST": "workspace.cloud.databricks.com",
    "DATABRICKS_CLIENT_ID": "11111111-2222-3333-4444-555555555555",
    "DATABRICKS_CLIENT_SECRET": SECRET,
}
URL = f"postgresql://ada:{SECRET}@db.example.com:5433/shop"


def settings(**env: str) -> Settings:
    return Settings.from_env(env)


def resource(env: Mapping[str, str]) -> Resource | None:
    target = Settings.from_env({"PGHOST": HOST, **env}).target
    return target.resource if target else None


# where it is


def test_what_an_app_is_given_is_enough() -> None:
    found = Settings.from_env(APP)
    assert found.address.tokens and found.address.password is None
    assert found.address.database == "databricks_postgres"
    assert found.address.arguments == {
        "host": HOST,
        "port": "5432",
        "user": APP["PGUSER"],
        "sslmode": "require",
        "application_name": "my-app",
    }
    assert (found.target, found.app) == (None, "my-app")
    assert found.sdk == {name: text for name, text in APP.items() if name.startswith("DATABRICKS_")}


def test_what_is_not_set_has_its_default() -> None:
    found = settings(PGHOST=HOST)
    assert found.address.arguments == {
        "host": HOST,
        "port": "5432",
        "sslmode": "require",
        "application_name": "lakegate",
    }
    assert (found.address.database, found.catalog, found.schema) == ("databricks_postgres",) * 2 + ("public",)
    assert (found.pool_size, found.pool_seconds, found.connect_seconds) == (8, 10, 15)
    assert (found.statement_seconds, found.workers, found.most_connections) == (80, 2, 16)


def test_without_a_user_it_is_the_service_principal() -> None:
    found = settings(PGHOST=HOST, DATABRICKS_CLIENT_ID="me", DATABRICKS_CLIENT_SECRET=SECRET)
    assert found.address.arguments["user"] == "me"


def test_a_service_principal_without_its_secret_stops_the_start() -> None:
    with pytest.raises(SettingError, match="DATABRICKS_CLIENT_SECRET is not set"):
        settings(PGHOST=HOST, DATABRICKS_HOST="x.example", DATABRICKS_CLIENT_ID="me")


def test_a_password_needs_no_tokens() -> None:
    address = settings(PGHOST=HOST, PGUSER="ada", PGPASSWORD=SECRET, DATABRICKS_CLIENT_ID="me").address
    assert (address.tokens, address.password, address.arguments["user"]) == (False, SECRET, "ada")


@pytest.mark.parametrize(
    ("env", "mode"),
    [
        ({"PGHOST": "localhost", "PGPASSWORD": "x"}, "prefer"),
        ({"PGHOST": HOST, "PGPASSWORD": "x"}, "require"),
        ({"PGHOST": "localhost"}, "require"),
        ({"PGHOST": "localhost", "PGSSLMODE": "verify-full"}, "verify-full"),
        ({"DATABASE_URL": URL}, "prefer"),
        ({"DATABASE_URL": f"postgresql://a:b@{HOST}/shop"}, "require"),
        ({"DATABASE_URL": f"{URL}?sslmode=disable"}, "disable"),
    ],
)
def test_what_goes_to_databricks_is_encrypted(env: Mapping[str, str], mode: str) -> None:
    assert Settings.from_env(env).address.arguments["sslmode"] == mode


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_a_url_says_it_all(scheme: str) -> None:
    query = "?sslmode=verify-full&sslrootcert=ca.pem&options=-c%20search_path%3Dshop"
    found = Settings.from_env({**APP, "DATABASE_URL": URL.replace("postgresql", scheme) + query})
    assert (found.address.tokens, found.address.password) == (False, SECRET)
    assert (found.address.database, found.catalog, found.target) == ("shop", "shop", None)
    assert found.address.arguments == {
        "host": "db.example.com",
        "hostaddr": "",  # not what PGHOSTADDR says
        "port": "5433",
        "user": "ada",
        "sslmode": "verify-full",
        "sslrootcert": "ca.pem",
        "options": "-c search_path=shop",
        "application_name": "lakegate",
    }


def test_a_url_may_have_escapes_in_it() -> None:
    address = settings(DATABASE_URL="postgresql://a%40b:p%2Fw%25@[::1]/my%20shop").address
    assert (address.password, address.database) == ("p/w%", "my shop")
    assert (address.arguments["host"], address.arguments["user"]) == ("::1", "a@b")


# what to mint tokens for


@pytest.mark.parametrize("name", ENDPOINT_VARIABLES)
def test_an_endpoint_by_every_spelling(name: str) -> None:
    assert resource({name: PATH}) == Endpoint(PATH)


@pytest.mark.parametrize("name", INSTANCE_VARIABLES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my-instance", Instance("my-instance")),
        (
            "INSTANCE-1.database.cloud.databricks.com",
            InstanceHost("instance-1.database.cloud.databricks.com"),
        ),
        (PATH, Endpoint(PATH)),
    ],
)
def test_an_instance_by_every_spelling(name: str, text: str, expected: Resource) -> None:
    assert resource({name: text}) == expected


def test_an_endpoint_that_serves_a_model_is_not_meant() -> None:
    assert resource({"ENDPOINT_NAME": "my-llm"}) is None


def test_two_that_say_the_same_are_fine() -> None:
    assert resource({"PGENDPOINT": PATH, "LAKEBASE_INSTANCE": PATH}) == Endpoint(PATH)


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({"LAKEBASE_INSTANCE": "a", "LAKEBASE_INSTANCE_NAME": "b"}, INSTANCE_VARIABLES),
        ({"LAKEBASE_INSTANCE": "a", "LAKEBASE_ENDPOINT": PATH}, ("LAKEBASE_INSTANCE", "LAKEBASE_ENDPOINT")),
        ({"PGENDPOINT": PATH, "ENDPOINT_NAME": f"{PATH}-2"}, ("PGENDPOINT", "ENDPOINT_NAME")),
    ],
)
def test_two_that_contradict_each_other_are_both_named(
    env: Mapping[str, str], names: tuple[str, ...]
) -> None:
    with pytest.raises(SettingError, match="name different databases") as raised:
        resource(env)
    assert all(name in str(raised.value) for name in names)


# what cannot be meant


@pytest.mark.parametrize(
    ("env", "name"),
    [
        ({}, "PGHOST"),
        ({"PGPASSWORD": "x"}, "PGHOST"),
        ({"PGHOST": HOST, "PGPORT": "0"}, "PGPORT"),
        ({"PGHOST": HOST, "PGSSLMODE": "maybe"}, "PGSSLMODE"),
        ({"PGHOST": HOST, "PGDATABASE": "a\nb"}, "PGDATABASE"),
        ({"PGHOST": HOST, "LAKEBASE_ENDPOINT": "primary"}, "LAKEBASE_ENDPOINT"),
        ({"PGHOST": HOST, "LAKEBASE_ENDPOINT": HOST}, "LAKEBASE_ENDPOINT"),
        ({"PGHOST": HOST, "PGENDPOINT": "projects/p/branches/b"}, "PGENDPOINT"),
        ({"PGHOST": HOST, "ENDPOINT_NAME": "projects/p"}, "ENDPOINT_NAME"),
        ({"PGHOST": HOST, "LAKEBASE_INSTANCE": "projects/p"}, "LAKEBASE_INSTANCE"),
        ({"PGHOST": HOST, "LAKEBASE_INSTANCE_NAME": "two words"}, "LAKEBASE_INSTANCE_NAME"),
        ({"DATABASE_URL": f"mysql://ada:{SECRET}@host/db"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://ada:{SECRET}@host:port:port/db"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://ada:{SECRET}@host/db?no_such=1"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://ada:{SECRET}@host"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"{URL}?sslmode=maybe"}, "DATABASE_URL"),
        ({"PGHOST": HOST, "GATEWAY_POOL_SIZE": "0"}, "GATEWAY_POOL_SIZE"),
        ({"PGHOST": HOST, "GATEWAY_INSTANCES": "0"}, "GATEWAY_INSTANCES"),
        ({"PGHOST": HOST, "GATEWAY_POOL_SIZE": "257"}, "GATEWAY_POOL_SIZE"),
        ({"PGHOST": HOST, "GATEWAY_THREADS": "x"}, "GATEWAY_THREADS"),
        ({"PGHOST": HOST, "GATEWAY_POOL_SECONDS": "61"}, "GATEWAY_POOL_SECONDS"),
        ({"PGHOST": HOST, "GATEWAY_CONNECT_SECONDS": "0"}, "GATEWAY_CONNECT_SECONDS"),
        ({"PGHOST": HOST, "GATEWAY_STATEMENT_SECONDS": "111"}, "GATEWAY_STATEMENT_SECONDS"),
        ({"PGHOST": HOST, "GATEWAY_PREPARE_THRESHOLD": "-1"}, "GATEWAY_PREPARE_THRESHOLD"),
        ({"PGHOST": HOST, "GATEWAY_WORKERS": "0"}, "GATEWAY_WORKERS"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_told(env: Mapping[str, str], name: str) -> None:
    with pytest.raises(SettingError, match=name) as raised:
        Settings.from_env(env)
    shown = f"{raised.value} {raised.value.__cause__} {raised.value.__suppress_context__}"
    assert SECRET not in shown


@pytest.mark.parametrize("known", [{"LAKEBASE_INSTANCE": "i"}, {"PGENDPOINT": PATH}, {"PGAPPNAME": "app"}])
def test_the_host_need_not_be_set_where_it_can_be_looked_up(known: Mapping[str, str]) -> None:
    assert "host" not in Settings.from_env(known).address.arguments


# how it is used


def test_there_is_a_connection_for_each_thread() -> None:
    found = settings(PGHOST=HOST, GATEWAY_THREADS="12", GATEWAY_WORKERS="3")
    assert (found.pool_size, found.most_connections) == (12, 36)
    assert settings(PGHOST=HOST, GATEWAY_THREADS="12", GATEWAY_POOL_SIZE="4").pool_size == 4


@pytest.mark.parametrize(
    ("app", "schema"), [("my-app", "my_app"), ("App_1", "App_1"), ("2nd.app", "_2nd_app"), ("é", "_")]
)
def test_an_app_has_a_schema_of_its_own(app: str, schema: str) -> None:
    assert settings(PGHOST=HOST, PGAPPNAME=app).schema == schema
    assert settings(PGHOST=HOST, PGAPPNAME=app, GATEWAY_SCHEMA="other").schema == "other"


# what is shown


@pytest.mark.parametrize(
    "env",
    [
        {**APP, "DATABRICKS_TOKEN": SECRET},
        {**APP, "PGPASSWORD": SECRET},
        {"DATABASE_URL": f"{URL}?sslpassword={SECRET}&passfile={SECRET}"},
    ],
)
def test_no_secret_is_shown(env: Mapping[str, str]) -> None:
    found = Settings.from_env(env)
    assert SECRET not in f"{found!r} {found} {found.shown()} {found.address}"


def test_shown_is_what_is_in_force() -> None:
    shown = Settings.from_env({**APP, "PGENDPOINT": PATH}).shown()
    assert shown == {
        "PGHOST": HOST,
        "PGPORT": "5432",
        "PGUSER": APP["PGUSER"],
        "PGSSLMODE": "require",
        "PGAPPNAME": "my-app",
        "PGDATABASE": "databricks_postgres",
        "PGENDPOINT": PATH,
        "GATEWAY_INSTANCES": "1",
        "GATEWAY_POOL_SIZE": "8",
        "GATEWAY_POOL_SECONDS": "10",
        "GATEWAY_CONNECT_SECONDS": "15",
        "GATEWAY_STATEMENT_SECONDS": "80",
        "GATEWAY_PREPARE_THRESHOLD": "5",
    }
    assert settings(PGAPPNAME="app").shown()["PGHOST"] == "looked up"
    url = settings(DATABASE_URL=URL).shown()["DATABASE_URL"]
    assert url == "postgresql://ada@db.example.com:5433/shop?sslmode=prefer"
