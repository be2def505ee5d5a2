"""Gateways on a workspace whose warehouse's faults are tried, and what shows of what they do there."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.client import Answer, Client
from tests.gateway_process import Gateway, running_gateway
from tests.workspace.handle import Workspace
from tests.workspace.tokens import WORKSPACE

CATALOG, SCHEMA = "main", "faults"
COLUMNS = {"id": "INT", "n": "INT"}
NDJSON = "application/x-ndjson"
WRITING = "INSERT|MERGE|UPDATE|DELETE|CREATE TABLE|DROP TABLE|COPY INTO"
SECRETS = re.compile(r"eyJ[\w-]{8,}|dapi[\w-]{4,}|dose\w{8,}|(?:Bearer|Basic) [\w.~+/-]{8,}")


def environment(workspace: Workspace, **settings: object) -> dict[str, str]:
    """What a gateway is told: `settings` beside what is usual; nothing of what is None."""
    told = workspace.environment("warehouse")
    usual = {"GATEWAY_CATALOG": CATALOG, "GATEWAY_SCHEMA": SCHEMA, "GATEWAY_ACCESS_LOG": "on"}
    wanted = {**told, **usual, **settings}
    return {name: str(value) for name, value in wanted.items() if value is not None}


@contextmanager
def gateway_on(workspace: Workspace, folder: Path, **settings: object) -> Iterator[Gateway]:
    """A gateway of one worker, or as many as `settings` say, told them beside what is usual.

    Its log must tell no secret in the end.
    """
    told = environment(workspace, **{"GATEWAY_WORKERS": 1, **settings})
    workers, log = int(told["GATEWAY_WORKERS"]), folder / f"gateway-{len(settings)}.log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.gateway_process.WORKERS", workers)
        with running_gateway(told, log) as running:
            yield running
    assert secrets_in(log) == []


def secrets_in(log: Path) -> list[str]:
    """What looks like a secret in a log."""
    return SECRETS.findall(log.read_text(errors="replace"))


def user_token(workspace: Workspace, name: str, seconds: float = 3600) -> str:
    """A token of somebody's, as the proxy of an app forwards it."""
    return workspace.mint(WORKSPACE, subject=name, seconds=seconds)


def full(table: str, schema: str = SCHEMA) -> str:
    """A table's three names."""
    return f"{CATALOG}.{schema}.{table}"


def stored(workspace: Workspace, table: str) -> int:
    """How many rows a table holds, by another way than the gateway."""
    [[count]] = workspace.warehouse.sql(f"SELECT count(*) FROM {full(table)}")
    return int(count)


def sent(workspace: Workspace, pattern: str) -> list[str]:
    """The statements since `forget` that a pattern is found in."""
    return [each.text for each in workspace.statements() if re.search(pattern, each.text)]


def writes(workspace: Workspace, table: str) -> list[str]:
    """The statements since `forget` that write to a table."""
    return sent(workspace, rf"^(?:{WRITING})\b[^(]*`{table}`")


def left_behind(workspace: Workspace) -> list[list[object]]:
    """The tables that large writes went through, and that are still there."""
    return workspace.warehouse.sql(
        f"SELECT table_name FROM {CATALOG}.information_schema.tables WHERE table_name LIKE 'lakegate%'"
    )


def outcome_is_unknown(answer: Answer) -> bool:
    """Whether an answer says that a write may have happened or not."""
    details: Mapping[str, object] = answer.body["details"]
    return answer.status in (503, 504) and details.get("outcome") == "unknown"


class UserClient(Client):
    """A client whose requests bring somebody's token, as the proxy of an app forwards it."""

    def __init__(self, gateway: Gateway, token: str | None) -> None:
        super().__init__(gateway)
        if token is not None:
            self._session.headers["X-Forwarded-Access-Token"] = token
