"""Which SQL warehouse, who asks it, and how long it may take, from the variables that Apps and people set."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from backends.env import SettingError, choice, named, required, whole

SDK_VARIABLES = ("DATABRICKS_", "ARM_", "GOOGLE_")  # how the names of the SDK's own begin
CATALOG, SCHEMA = "main", "default"  # Unity Catalog's usual ones
MEBIBYTE = 1024 * 1024

_WAREHOUSE = re.compile(r"[A-Za-z0-9_-]+")
_VOLUME = re.compile(r"/Volumes/[^/\s]+/[^/\s]+/[^/\s]+(/[^/\s]+)*")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the environment says of one SQL warehouse; `repr` shows no secret."""

    warehouse: str
    host: str | None  # None: the SDK's profile tells
    sdk: Mapping[str, str] = field(repr=False)  # the SDK's own variables
    run_as_user: bool
    pool_size: int  # sessions, in each worker; of each user where statements run as the caller
    pool_seconds: int  # to wait for one of them
    connect_seconds: int
    statement_seconds: int
    volume: str | None  # where large writes are put before they are read
    volume_bytes: int  # from how much JSON on
    catalog: str
    schema: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The settings that `env` makes.

        Raises:
            SettingError: a variable is malformed or missing.
        """
        warehouse = required(env, "DATABRICKS_WAREHOUSE_ID")
        if not _WAREHOUSE.fullmatch(warehouse):
            raise SettingError(f"DATABRICKS_WAREHOUSE_ID takes the id of a SQL warehouse, not {warehouse!r}")
        host = _host(env.get("DATABRICKS_HOST") or "")
        if host is None and not env.get("DATABRICKS_CONFIG_PROFILE"):
            raise SettingError("DATABRICKS_HOST is not set")
        return cls(
            warehouse=warehouse,
            host=host,
            sdk=_sdk(env, host),
            run_as_user=choice(env, "GATEWAY_RUN_AS", "app", ("app", "user")) == "user",
            pool_size=whole(env, "GATEWAY_POOL_SIZE", whole(env, "GATEWAY_THREADS", 8, 1, 256), 1, 256),
            pool_seconds=whole(env, "GATEWAY_POOL_SECONDS", 10, 1, 60),
            connect_seconds=whole(env, "GATEWAY_CONNECT_SECONDS", 15, 1, 60),
            statement_seconds=whole(env, "GATEWAY_STATEMENT_SECONDS", 80, 1, 110),
            volume=_volume(env.get("GATEWAY_STAGING_VOLUME") or ""),
            volume_bytes=whole(env, "GATEWAY_STAGING_THRESHOLD_BYTES", 8 * MEBIBYTE, 1, 1 << 40),
            catalog=named(env, "GATEWAY_CATALOG", CATALOG),
            schema=named(env, "GATEWAY_SCHEMA", SCHEMA),
        )

    @property
    def path(self) -> str:
        """Where the warehouse answers on its host."""
        return f"/sql/1.0/warehouses/{self.warehouse}"

    def shown(self) -> dict[str, str]:
        """What is in force, by the variables that set it; no secret."""
        return {
            "DATABRICKS_HOST": self.host or "of the profile",
            "DATABRICKS_WAREHOUSE_ID": self.warehouse,
            "GATEWAY_RUN_AS": "user" if self.run_as_user else "app",
            "GATEWAY_POOL_SIZE": str(self.pool_size),
            "GATEWAY_POOL_SECONDS": str(self.pool_seconds),
            "GATEWAY_CONNECT_SECONDS": str(self.connect_seconds),
            "GATEWAY_STATEMENT_SECONDS": str(self.statement_seconds),
            "GATEWAY_STAGING_VOLUME": self.volume or "none",
            "GATEWAY_STAGING_THRESHOLD_BYTES": str(self.volume_bytes),
        }


def _host(text: str) -> str | None:
    """The workspace's URL without a path; Apps set it with and without its scheme.

    Raises:
        SettingError: it is no host, or not reached by https.
    """
    if not text:
        return None
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme != "https" or not parts.hostname or port == -1:
        raise SettingError(f"DATABRICKS_HOST takes https:// and a host, not {text!r}")
    return f"https://{parts.hostname}:{port}" if port else f"https://{parts.hostname}"


def _sdk(env: Mapping[str, str], host: str | None) -> dict[str, str]:
    found = {name: text for name, text in env.items() if name.startswith(SDK_VARIABLES)}
    return {**found, "DATABRICKS_HOST": host} if host else found


def _volume(text: str) -> str | None:
    """The folder that large writes go through.

    Raises:
        SettingError: it is not one in a volume.
    """
    if text and not _VOLUME.fullmatch(text):
        raise SettingError(f"GATEWAY_STAGING_VOLUME takes /Volumes/CATALOG/SCHEMA/VOLUME, not {text!r}")
    return text or None
