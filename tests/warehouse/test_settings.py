"""The warehouse's settings, as the environment tells them."""

import pytest

from backends.env import SettingError
from backends.warehouse.settings import Settings

LEAST = {"DATABRICKS_HOST": "https://example.cloud.databricks.com", "DATABRICKS_WAREHOUSE_ID": "abc123"}
SECRET = "dose-of-secrecy"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("https://x.databricks.com", "https://x.databricks.com"),
        ("x.databricks.com", "https://x.databricks.com"),
        ("https://x.databricks.com/", "https://x.databricks.com"),
        ("https://localhost:8443/?o=1", "https://localhost:8443"),
    ],
)
def test_the_host_is_told_with_and_without_its_scheme(said: str, meant: str) -> None:
    settings = Settings.from_env({**LEAST, "DATABRICKS_HOST": said})
    assert (settings.host, settings.sdk["DATABRICKS_HOST"]) == (meant, meant)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("DATABRICKS_HOST", "", "is not set"),
        ("DATABRICKS_HOST", "http://x", "takes https"),
        ("DATABRICKS_HOST", "https://x:port", "takes https"),
        ("DATABRICKS_WAREHOUSE_ID", "", "is not set"),
        ("DATABRICKS_WAREHOUSE_ID", "a/b", "takes the id"),
        ("GATEWAY_RUN_AS", "root", "takes one of app, user"),
        ("GATEWAY_STAGING_VOLUME", "/tmp", "takes /Volumes/"),
        ("GATEWAY_STAGING_VOLUME", "/Volumes/a/b", "takes /Volumes/"),
        ("GATEWAY_STAGING_THRESHOLD_BYTES", "0", "takes a whole number"),
        ("GATEWAY_STATEMENT_SECONDS", "111", "takes a whole number"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named(name: str, text: str, reason: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} {reason}"):
        Settings.from_env({**LEAST, name: text})


def test_a_profile_may_tell_the_host() -> None:
    settings = Settings.from_env({"DATABRICKS_WAREHOUSE_ID": "a", "DATABRICKS_CONFIG_PROFILE": "dev"})
    assert settings.host is None


def test_no_secret_is_shown() -> None:
    settings = Settings.from_env({**LEAST, "DATABRICKS_CLIENT_SECRET": SECRET, "DATABRICKS_TOKEN": SECRET})
    assert SECRET not in f"{settings!r}{settings.shown()}"


def test_what_is_in_force_is_shown() -> None:
    settings = Settings.from_env(
        {**LEAST, "GATEWAY_STAGING_VOLUME": "/Volumes/a/b/c", "GATEWAY_RUN_AS": "user"}
    )
    shown = settings.shown()
    assert (shown["GATEWAY_STAGING_VOLUME"], shown["GATEWAY_RUN_AS"]) == ("/Volumes/a/b/c", "user")
    assert settings.path == "/sql/1.0/warehouses/abc123"
