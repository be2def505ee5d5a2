"""The gateway's own settings, read once from the environment; README.md has them in a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from backends import BACKENDS
from backends.env import SettingError, choice, whole

VERSION = "0.1.0"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Config:
    """What is in force, but for what the chosen backend reads itself."""

    backend: str
    max_body_bytes: int
    max_limit: int
    max_write_rows: int
    max_streams: int  # at a time, of each worker: a reader sets their pace, and they hold a thread
    local_user: str
    run_as: str
    app_name: str | None
    admins: frozenset[str]  # callers, in lower case, who may change structure on a Databricks App
    migrations: Path  # the folder of the revisions
    transfer_bytes: int  # of a chunk, about
    rejects: Path  # the folder of what transfers leave out

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Settings from the environment.

        Raises:
            SettingError: one is malformed.
        """
        return cls(
            backend=chosen_backend(env),
            max_body_bytes=whole(env, "GATEWAY_MAX_BODY_BYTES", 64 * MEBIBYTE, 1024, 1 << 40),
            max_limit=whole(env, "GATEWAY_MAX_LIMIT", 1000, 1, 1_000_000),
            max_write_rows=whole(env, "GATEWAY_MAX_WRITE_ROWS", 100_000, 1, 10_000_000),
            max_streams=max(1, whole(env, "GATEWAY_THREADS", 8, 1, 256) // 2),
            local_user=env.get("GATEWAY_LOCAL_USER") or "lakegate",
            run_as=choice(env, "GATEWAY_RUN_AS", "app", ("app", "user")),
            app_name=env.get("DATABRICKS_APP_NAME") or None,
            admins=frozenset(
                name.strip().lower() for name in env.get("GATEWAY_ADMINS", "").split(",") if name.strip()
            ),
            migrations=Path(env.get("GATEWAY_MIGRATIONS_DIR") or "migrations").absolute(),
            transfer_bytes=whole(env, "GATEWAY_TRANSFER_BYTES", 4 * MEBIBYTE, 1024, 256 * MEBIBYTE),
            rejects=Path(env.get("GATEWAY_REJECTS_DIR") or "data/rejects").absolute(),
        )


def chosen_backend(env: Mapping[str, str]) -> str:
    """The name of the backend that `GATEWAY_BACKEND` chooses; `auto` looks at what else is set.

    Raises:
        SettingError: it names none, or what is set is for a backend that is not there.
    """
    name = choice(env, "GATEWAY_BACKEND", "auto", (*BACKENDS, "auto"))
    return detected_backend(env) if name == "auto" else name


def detected_backend(env: Mapping[str, str]) -> str:
    """The backend that the environment is set up for: the first of these rules that applies."""
    lakebase = ("DATABASE_URL", "PGHOST", "LAKEBASE_ENDPOINT", "LAKEBASE_INSTANCE")
    rules = (*((variable, "lakebase") for variable in lakebase), ("DATABRICKS_WAREHOUSE_ID", "warehouse"))
    for variable, name in rules:
        if env.get(variable) and name not in BACKENDS:
            raise SettingError(
                f"{variable} asks for the {name} backend, which this version does not have; "
                f"GATEWAY_BACKEND takes one of {', '.join(BACKENDS)}, auto"
            )
        if env.get(variable):
            return name
    return "sqlite"
