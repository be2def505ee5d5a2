"""A backend on the workspace, in this process: what no request asks of it yet."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from backends.warehouse import WarehouseBackend
from tests.warehouse.gateways import CATALOG
from tests.workspace.handle import Workspace

SCHEMA = "structures"
TRUSTED = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")  # requests takes them from its own environment


@contextmanager
def backend_on(
    workspace: Workspace, schema: str = SCHEMA, catalog: str = CATALOG, **told: str
) -> Iterator[WarehouseBackend]:
    """A backend that connects to the workspace's warehouse; `told` are further variables."""
    told = {**workspace.environment("warehouse"), **told}
    with _trusting(told):
        opened = WarehouseBackend.from_env({**told, "GATEWAY_CATALOG": catalog, "GATEWAY_SCHEMA": schema})
        yield opened
        opened.close()


@contextmanager
def _trusting(told: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in TRUSTED}
    os.environ.update({name: told[name] for name in TRUSTED})
    yield
    for name, text in before.items():
        if text is None:
            del os.environ[name]
        else:
            os.environ[name] = text
