"""What the app is given: its database and warehouse, put among the resources that others gave it."""

from collections.abc import Mapping
from typing import Any

from backends.provisioning import AutoscalingSpec, ProvisionedSpec
from backends.provisioning.app import JsonObject
from gateway.deploying.site import Site

CONNECT = "CAN_CONNECT_AND_CREATE"
DATABASE, DATABASE_ID = "databricks_postgres", "databricks-postgres"  # in Postgres, and in Autoscaling's tree
WAREHOUSE = "sql_warehouse"
# by which field a resource is known to be the same, whatever it is called
_KNOWN_BY = {"database": "instance_name", "postgres": "branch", WAREHOUSE: "id"}


def own(site: Site) -> tuple[JsonObject, ...]:
    """What this deployment gives its app."""
    found: list[JsonObject] = []
    match site.wanted.database:
        case ProvisionedSpec(name=name):
            told = {"instance_name": name, "database_name": DATABASE, "permission": CONNECT}
            found.append({"name": "database", "database": told})
        case AutoscalingSpec(project=project, branch=branch):
            place = f"projects/{project}/branches/{branch}"
            told = {"branch": place, "database": f"{place}/databases/{DATABASE_ID}", "permission": CONNECT}
            found.append({"name": "postgres", "postgres": told})
    if site.warehouse is not None:
        usable = {"id": site.warehouse.id, "permission": "CAN_USE"}
        found.append({"name": "sql-warehouse", WAREHOUSE: usable})
    return tuple(found)


def merged(there: tuple[JsonObject, ...], given: tuple[JsonObject, ...]) -> tuple[JsonObject, ...]:
    """The resources that an app shall have: those that it has, with what is given put in.

    What is there already under another name keeps it. What is new comes first: an app's PG variables are
    those of its first database.
    """
    found = list(there)
    new: list[JsonObject] = []
    for resource in given:
        at = next((at for at, old in enumerate(found) if _is_same(old, resource)), None)
        if at is None:
            new.append(resource)
        else:
            found[at] = _put(found[at], resource)
    return (*new, *found)


def name_of(resources: tuple[JsonObject, ...], given: JsonObject) -> str:
    """What a resource is called among those of an app."""
    return str(next(each["name"] for each in resources if _is_same(each, given)))


def _is_same(old: JsonObject, new: JsonObject) -> bool:
    kind = _kind(new)
    known_by = _KNOWN_BY[kind]
    return (
        bool(old.get(kind) and old[kind].get(known_by) == new[kind][known_by]) or old["name"] == new["name"]
    )


def _put(old: JsonObject, new: JsonObject) -> JsonObject:
    """A resource as it shall be, under the name that it has; what is told of it beside is kept."""
    kind = _kind(new)
    if not old.get(kind):  # another thing has the name
        return new
    kept: Mapping[str, Any] = (
        old[kind] if old[kind].get(_KNOWN_BY[kind]) == new[kind][_KNOWN_BY[kind]] else {}
    )
    return {**old, kind: {**kept, **new[kind]}}


def _kind(resource: JsonObject) -> str:
    return next(kind for kind in _KNOWN_BY if kind in resource)
