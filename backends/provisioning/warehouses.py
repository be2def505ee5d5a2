"""SQL warehouses, found by their ids or names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from databricks.sdk.service.sql import EndpointInfo, GetWarehouseResponse

from backends import errors
from backends.provisioning.platform import Platform

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


@dataclass(frozen=True, slots=True)
class SqlWarehouse:
    """A warehouse; `state` is Databricks' own word."""

    id: str
    name: str
    state: str


def find(platform: Platform, identity: str | None, name: str | None) -> SqlWarehouse:
    """A warehouse by its id, else by its name.

    Raises:
        NotFound: there is none.
        Conflict: several have that name.
    """
    if identity is not None:
        subject = f'SQL warehouse "{identity}"'
        return _shown(platform.ask(lambda client: client.warehouses.get(identity), subject, "look at"))

    def question(client: "WorkspaceClient") -> list[EndpointInfo]:
        return [each for each in client.warehouses.list() if each.name == name]

    found = platform.ask(question, "SQL warehouses", "list")
    if not found:
        raise errors.NotFound(f'there is no SQL warehouse "{name}", or none that who deploys sees')
    if len(found) > 1:
        raise errors.Conflict(f'several SQL warehouses are called "{name}": tell which by its id')
    return _shown(found[0])


def _shown(found: EndpointInfo | GetWarehouseResponse) -> SqlWarehouse:
    return SqlWarehouse(found.id or "", found.name or "", found.state.value if found.state else "")
