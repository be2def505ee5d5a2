"""Which database is meant where no variable names it: found by its host, or among the App's resources."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from backends import errors
from backends.credentials import LoginRefused, translated
from backends.lakebase.resources import Endpoint, Instance, InstanceHost
from backends.lakebase.settings import Settings

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.apps import AppResource
    from databricks.sdk.service.postgres import EndpointHosts

HINT = (
    "set LAKEBASE_ENDPOINT to projects/P/branches/B/endpoints/E, or LAKEBASE_INSTANCE to an instance's name"
)


def look_up(settings: Settings, client: "WorkspaceClient") -> Instance | Endpoint:
    """The database that the settings mean.

    Raises:
        NotFound: there is none; the message tells which variable to set.
        Forbidden: some place where it may be found may not be looked at; the message tells the same.
        Unavailable: Databricks does not answer.
    """
    match settings.target.resource if settings.target else None:
        case Instance() | Endpoint() as named:
            return named
        case InstanceHost(host):
            with translated("list of database instances"):
                found = _instance_at(host, client)
            if found is None:
                raise errors.NotFound(f'no database instance has the host "{host}": {HINT}')
            return found
    return _searched(settings, client)


def _searched(settings: Settings, client: "WorkspaceClient") -> Instance | Endpoint:
    host = settings.address.arguments.get("host", "").lower()
    ways: dict[str, Callable[[], Instance | Endpoint | None]] = {
        "list of database instances": lambda: _instance_at(host, client) if host else None,
        f'app "{settings.app}"': lambda: _resource_of(settings.app, host, client) if settings.app else None,
        "list of database projects": lambda: _endpoint_at(host, client) if host else None,
    }
    refused: errors.BackendError | None = None
    for place, way in ways.items():
        try:
            with translated(place):
                if (found := way()) is not None:
                    return found
        except LoginRefused:
            raise
        except (errors.Forbidden, errors.NotFound) as error:
            refused = refused or error
    kind = errors.Forbidden if isinstance(refused, errors.Forbidden) else errors.NotFound
    raise kind(f"which Lakebase database to ask tokens for is not to be found: {HINT}") from refused


def _instance_at(host: str, client: "WorkspaceClient") -> Instance | None:
    for instance in client.database.list_database_instances():
        if host in (instance.read_write_dns or "", instance.read_only_dns or ""):
            return Instance(instance.name)
    return None


def _resource_of(app: str, host: str, client: "WorkspaceClient") -> Instance | Endpoint | None:
    """The database that an App was given; of several the one with the host, without a host the first.

    An App gets the PG variables of the first one, but they may have been set to another's.
    """
    found = [known for known in map(_database, client.apps.get(app).resources or ()) if known is not None]
    if len(found) > 1 and host:
        return next((known for known in found if (known.host(client) or "").lower() == host), None)
    return found[0] if found else None


def _database(resource: "AppResource") -> Instance | Endpoint | None:
    if resource.database is not None:
        return Instance(resource.database.instance_name)
    if resource.postgres is not None and resource.postgres.branch:
        return Endpoint(f"{resource.postgres.branch}/endpoints/primary")
    return None


def _endpoint_at(host: str, client: "WorkspaceClient") -> Endpoint | None:
    for project in client.postgres.list_projects():
        for branch in client.postgres.list_branches(project.name or ""):
            for endpoint in client.postgres.list_endpoints(branch.name or ""):
                status = endpoint.status
                if endpoint.name and status and status.hosts and host in _names(status.hosts):
                    return Endpoint(endpoint.name)
    return None


def _names(hosts: "EndpointHosts") -> Iterator[str]:
    found = (hosts.host, hosts.read_only_host, hosts.read_write_pooled_host, hosts.read_only_pooled_host)
    return (name for name in found if name)
