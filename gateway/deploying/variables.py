"""The app's environment: what app.yaml says, what follows from the deployment, and what others have set."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from backends.errors import Fault, Invalid
from backends.provisioning import AutoscalingSpec, ProvisionedSpec
from backends.provisioning.app import App, Deployment, JsonObject, Variable
from gateway.deploying.document import read
from gateway.deploying.environment import Warehouse
from gateway.deploying.files import START
from gateway.deploying.resources import merged, name_of, own
from gateway.deploying.site import Site

DIGEST, NAMES = "LAKEGATE_DIGEST", "LAKEGATE_VARIABLES"  # by which a deployment tells what it is of
MIGRATES = "GATEWAY_MIGRATE_ON_START"


def reaching(site: Site) -> dict[str, str]:
    """The variables that lead to the database or warehouse; a database goes before a warehouse."""
    match site.wanted.database, site.wanted.warehouse:
        case ProvisionedSpec(name=name), _:
            return {"GATEWAY_BACKEND": "lakebase", "LAKEBASE_INSTANCE": name, **_at(site)}
        case AutoscalingSpec(name=name), _:
            return {"GATEWAY_BACKEND": "lakebase", "LAKEBASE_ENDPOINT": name, **_at(site)}
        case None, Warehouse(catalog=catalog):
            return {"GATEWAY_BACKEND": "warehouse", "GATEWAY_CATALOG": catalog, **_at(site)}
    return {}


def _at(site: Site) -> dict[str, str]:
    return {"DATABRICKS_WAREHOUSE_ID": site.warehouse.id} if site.warehouse else {}


def variables(site: Site, digest: Mapping[str, str]) -> tuple[Variable, ...]:
    """All that a deployment of these files tells its app, the digest of all that last.

    Raises:
        Invalid: one comes from a resource that the app does not have.
    """
    resources = merged(site.app.resources if site.app else (), own(site))
    found = _own(site, resources)
    told = {"files": digest, "variables": sorted(map(str, found)), "resources": own(site)}
    whole = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    mine = {variable.name: variable for variable in found}
    names = Variable(NAMES, ",".join(sorted(mine)))
    return (*_others(site.app, mine), *found, names, Variable(DIGEST, whole))


def value(site: Site, name: str) -> str | None:
    """What a variable will be for the app; None where it has no value of its own."""
    resources = merged(site.app.resources if site.app else (), own(site))
    return next((each.value for each in _own(site, resources) if each.name == name), None)


def _own(site: Site, resources: tuple[JsonObject, ...]) -> tuple[Variable, ...]:
    found = {each.name: each for each in (*written(site.folder / START), *_derived(site, resources))}
    found |= {each.name: each for each in site.wanted.variables}
    known = {str(each["name"]) for each in resources}
    if lost := [each for each in found.values() if each.source is not None and each.source not in known]:
        have = ", ".join(sorted(known)) or "none"
        raise Invalid.of(
            Fault((f"variables.{each.name}",), f'the app has no resource "{each.source}"; it has: {have}')
            for each in lost
        )
    return tuple(found.values())


def _derived(site: Site, resources: tuple[JsonObject, ...]) -> tuple[Variable, ...]:
    found = {name: Variable(name, text) for name, text in reaching(site).items()}
    for resource in own(site):
        if "sql_warehouse" in resource:
            name = "DATABRICKS_WAREHOUSE_ID"
            found[name] = Variable(name, source=name_of(resources, resource))
    return (*found.values(), Variable("GATEWAY_SCHEMA", site.wanted.schema))


def written(path: Path) -> tuple[Variable, ...]:
    """The variables of an app.yaml.

    Raises:
        Invalid: they are not as Databricks Apps take them.
    """
    document = read(path)
    told = document.value.get("env") or [] if isinstance(document.value, dict) else None
    if not isinstance(told, list):
        raise document.faults((Fault(("env",), "not a list"),))
    for at, each in enumerate(told):
        if not isinstance(each, dict) or "name" not in each or len(each) != 2 or each.keys() - _KEYS:
            raise document.faults((Fault(("env", at), "takes name, and value or valueFrom"),))
    return tuple(
        Variable(str(each["name"]), *(None if each.get(key) is None else str(each[key]) for key in _VALUES))
        for each in told
    )


_VALUES = ("value", "valueFrom")
_KEYS = frozenset({"name", *_VALUES})


def _others(app: App | None, mine: Mapping[str, Variable]) -> tuple[Variable, ...]:
    """What somebody else has set when the app was deployed last; what we set then is no longer wanted."""
    active = app.active if app else None
    if active is None:
        return ()
    ours = {*mine, DIGEST, NAMES, *(active.value(NAMES) or "").split(",")}
    return tuple(each for each in active.variables if each.name not in ours)


def is_of(deployment: Deployment | None, wanted: tuple[Variable, ...], source: str) -> bool:
    """Whether a deployment is of these very files, variables and resources."""
    told = deployment and (deployment.source, deployment.value(DIGEST))
    return told == (source, wanted[-1].value)
