"""Accesses as an environment makes them, and what one tries with them."""

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, TypeVar

import psycopg2
import pytest
from databricks.sdk import WorkspaceClient

from backends import errors
from backends.credentials import Workspace as ControlPlane
from backends.lakebase.access import Access, TokenAccess, open_access
from backends.lakebase.control import Control
from backends.lakebase.settings import Settings
from tests.workspace.handle import Workspace
from tests.workspace.roles import DATABASE
from tests.workspace.settings import ADMIN_TOKEN

T = TypeVar("T")

EASY_SECONDS = 60  # within which what does not hang has answered, however busy the machine is


def access(env: Mapping[str, str], seconds: float | None = None) -> TokenAccess:
    """The access that `env` makes; `seconds` is how long it waits for an answer, if not as long as usual."""
    settings = Settings.from_env(env)
    if seconds is not None:
        return TokenAccess(settings.address, Control(settings, ControlPlane(settings.sdk, seconds)))
    found = open_access(settings)
    assert isinstance(found, TokenAccess)
    return found


def without(env: Mapping[str, str], *names: str) -> dict[str, str]:
    """An environment but for some variables."""
    return {name: text for name, text in env.items() if name not in names}


def until_given(access: TokenAccess) -> str:
    """A password from an access that has just failed, and does not ask again at once."""
    end = time.monotonic() + EASY_SECONDS
    while True:
        try:
            return access.password() or ""
        except errors.BackendError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def as_admin(workspace: Workspace, question: Callable[[WorkspaceClient], T]) -> T:
    """What the workspace's administrator is answered."""
    return ControlPlane(workspace.token_environment(ADMIN_TOKEN)).ask(question, "it")


def logged_in(access: Access) -> str:
    """As whom one is in the database with what an access gives."""
    given: dict[str, Any] = {**access.arguments(), "password": access.password(), "dbname": DATABASE}
    with closing(psycopg2.connect(**given)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (name,) = cursor.fetchone() or ("",)
        return str(name)


def raised(call: Callable[[], object]) -> errors.BackendError:
    """What a call raises, within a bounded time."""
    started = time.monotonic()
    with pytest.raises(errors.BackendError) as found:
        call()
    assert time.monotonic() - started < EASY_SECONDS
    return found.value
