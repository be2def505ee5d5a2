"""What the app is given: its database and warehouse, put among the resources that others gave it."""

import itertools
from collections.abc import Sequence

from backends.provisioning import AutoscalingSpec, ProvisionedSpec
from backends.provisioning.app import JsonObject
from gateway.deploying.site import Site

CONNECT = "CAN_CONNECT_AND_CREATE"
DATABASE, DATABASE_ID = "databricks_postgres", "databricks-postgres"  # in Postgres, and in Autoscaling's tree
WAREHOUSE = "sql_warehouse"
DATABASES = frozenset({"database", "postgres"})
MORE = ("CAN_MANAGE", "IS_OWNER")  # than a deployment gives: nobody's permission becomes less
# by which fields a resource is known to be the same, whatever it is called
_KNOWN_BY = {
    "database": ("instance_name", "database_name"),
    "postgres": ("branch", "database"),
    WAREHOUSE: ("id",),
}


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

    What is there already keeps its name; what is not takes one that is free. Our database comes before all
    others: an app's PG variables are those of its first one.
    """
    found = list(there)
    for resource in given:
        at = next((at for at, old in enumerate(found) if _is_same(old, resource)), None)
        old = found.pop(at) if at is not None else None
        put = _put(old, resource) if old else {**resource, "name": _free(found, str(resource["name"]))}
        found.insert(_first(found, at, put), put)
    return tuple(found)


def name_of(resources: tuple[JsonObject, ...], given: JsonObject) -> str:
    """What a resource is called among those of an app."""
    return str(next(each["name"] for each in resources if _is_same(each, given)))


def _first(found: Sequence[JsonObject], at: int | None, put: JsonObject) -> int:
    """Where a resource goes: a database before all others of those, all else where it was, or last."""
    if _kind(put) not in DATABASES:
        return len(found) if at is None else at
    first = next((each for each, old in enumerate(found) if DATABASES & old.keys()), at or 0)
    return first if at is None else min(first, at)


def _free(found: Sequence[JsonObject], name: str) -> str:
    """A name that no resource has: `database`, `database-2`, ..."""
    taken = {str(each["name"]) for each in found}
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(each for each in itertools.chain((name,), numbered) if each not in taken)


def _is_same(old: JsonObject, new: JsonObject) -> bool:
    kind = _kind(new)
    had = old.get(kind) or {}  # which may leave out the usual database
    return bool(had) and all(had.get(name) in (None, new[kind][name]) for name in _KNOWN_BY[kind])


def _put(old: JsonObject, new: JsonObject) -> JsonObject:
    """A resource as it shall be, under the name that it has; what is told of it beside is kept."""
    kind = _kind(new)
    had = old[kind].get("permission")
    permission = had if had in MORE else new[kind]["permission"]
    return {**old, kind: {**old[kind], **new[kind], "permission": permission}}


def _kind(resource: JsonObject) -> str:
    return next(kind for kind in _KNOWN_BY if kind in resource)
