"""SQL warehouses (`/api/2.0/sql/warehouses`)."""

from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from tests.workspace.control import shapes
from tests.workspace.control.paging import page
from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import BadState, Invalid, JsonObject, NoResource
from tests.workspace.settings import Settings
from tests.workspace.warehouse.states import SqlWarehouse

WAREHOUSES = "/api/2.0/sql/warehouses"
SIZES = (
    "2X-Small", "X-Small", "Small", "Medium", "Large",
    "X-Large", "2X-Large", "3X-Large", "4X-Large", "5X-Large",
)  # fmt: skip
KINDS = ("TYPE_UNSPECIFIED", "CLASSIC", "PRO")
MAX_CLUSTERS = 40
MIN_AUTO_STOP = 10  # minutes; 0 is never
INPUT: shapes.Fields = {
    "id": str,
    "name": str,
    "cluster_size": str,
    "min_num_clusters": int,
    "max_num_clusters": int,
    "auto_stop_mins": int,
    "creator_name": str,
    "instance_profile_arn": str,
    "tags": {"custom_tags": [{"key": str, "value": str}]},
    "spot_instance_policy": str,
    "enable_photon": bool,
    "channel": {"name": str, "dbsql_version": str},
    "enable_serverless_compute": bool,
    "warehouse_type": str,
}
DEFAULTS: JsonObject = {
    "cluster_size": "X-Small",
    "min_num_clusters": 1,
    "max_num_clusters": 1,
    "auto_stop_mins": 120,
    "spot_instance_policy": "COST_OPTIMIZED",
    "enable_photon": True,
    "channel": {"name": "CHANNEL_NAME_CURRENT"},
    "enable_serverless_compute": False,
    "warehouse_type": "PRO",
}
ONE: shapes.Fields = {"id": str}  # the SDK says in the body too which one it means


class Ended(Protocol):
    """Told that a warehouse has stopped or is deleted."""

    def __call__(self, *, warehouse: str | None = None) -> object: ...


class Warehouses:
    """The warehouses of a workspace; all lead to one engine.

    Attributes:
        ended: what is told of those that stop.
    """

    def __init__(self, settings: Settings) -> None:
        self.ended: Ended = lambda **_: None
        self._settings = settings
        self._warehouses: dict[str, SqlWarehouse] = {}
        self.routes: tuple[Route, ...] = (
            route("POST", WAREHOUSES, self._create, INPUT),
            route("GET", WAREHOUSES, self._list),
            route("GET", f"{WAREHOUSES}/{{id}}", self._get),
            route("DELETE", f"{WAREHOUSES}/{{id}}", self._delete, ONE),
            route("POST", f"{WAREHOUSES}/{{id}}/edit", self._edit, INPUT),
            route("POST", f"{WAREHOUSES}/{{id}}/start", self._start, ONE),
            route("POST", f"{WAREHOUSES}/{{id}}/stop", self._stop, ONE),
        )

    def all(self) -> Mapping[str, SqlWarehouse]:
        """Those that there are or were, by id."""
        return self._warehouses

    def warehouse(self, name: str) -> SqlWarehouse:
        """A warehouse by its id, one too that was deleted.

        Raises:
            NoResource: there was never one.
        """
        if name not in self._warehouses:
            raise NoResource(f"SQL warehouse {name} does not exist.")
        return self._warehouses[name]

    def start(self, warehouse: SqlWarehouse) -> None:
        """Start a warehouse."""
        warehouse.start(self._settings.start_seconds)

    def stop(self, warehouse: SqlWarehouse) -> None:
        """Stop a warehouse; its sessions end at once."""
        warehouse.stop(self._settings.start_seconds)
        self.ended(warehouse=warehouse.id)

    def _create(self, call: Call) -> JsonObject:
        name = shapes.required(call.body, "name", str)
        fields = {**DEFAULTS, **call.body}
        _check(fields)
        if any(found.name == name and found.exists for found in self._warehouses.values()):
            raise Invalid(f"SQL warehouse with name `{name}` already exists.")
        warehouse = SqlWarehouse(name, call.caller, fields)
        warehouse.life.enter("STARTING", "RUNNING", self._settings.start_seconds)
        self._warehouses[warehouse.id] = warehouse
        return {"id": warehouse.id}

    def _list(self, call: Call) -> JsonObject:
        there = [found for found in self._warehouses.values() if found.exists]
        return page("warehouses", [self._shown(found, call) for found in there], call.query)

    def _get(self, call: Call) -> JsonObject:
        return self._shown(self.warehouse(call.names["id"]), call)

    def _edit(self, call: Call) -> JsonObject:
        warehouse = self._existing(call)
        fields = {**warehouse.fields, **call.body}
        _check(fields)
        warehouse.name, warehouse.fields = str(fields["name"]), fields
        return {"id": warehouse.id}

    def _start(self, call: Call) -> JsonObject:
        self.start(self._existing(call))
        return {}

    def _stop(self, call: Call) -> JsonObject:
        self.stop(self._existing(call))
        return {}

    def _delete(self, call: Call) -> JsonObject:
        warehouse = self._existing(call)
        warehouse.delete(self._settings.start_seconds)
        self.ended(warehouse=warehouse.id)
        return {}

    def _existing(self, call: Call) -> SqlWarehouse:
        warehouse = self.warehouse(call.names["id"])
        if not warehouse.exists:
            raise BadState(f"SQL warehouse {warehouse.id} was deleted.")
        return warehouse

    def _shown(self, warehouse: SqlWarehouse, call: Call) -> JsonObject:
        address = urlsplit(call.origin)
        path = f"/sql/1.0/warehouses/{warehouse.id}"
        place = {"hostname": address.hostname, "path": path, "port": address.port, "protocol": "https"}
        url = f"jdbc:spark://{address.netloc}/default;transportMode=http;ssl=1;AuthMech=3;httpPath={path};"
        return {
            **warehouse.fields,
            "id": warehouse.id,
            "name": warehouse.name,
            "creator_name": warehouse.creator,
            "state": warehouse.state,
            "num_clusters": int(warehouse.runs),
            "jdbc_url": url,
            "odbc_params": place,
            "health": {"status": "HEALTHY"} if warehouse.runs else {},
        }


def _check(fields: JsonObject) -> None:
    """Refuse what a warehouse cannot be.

    Raises:
        Invalid: a size, a type or a number is not allowed.
    """
    shapes.one_of(shapes.optional(fields, "cluster_size", str), SIZES, "cluster_size")
    shapes.one_of(shapes.optional(fields, "warehouse_type", str), KINDS, "warehouse_type")
    most = shapes.optional(fields, "max_num_clusters", int) or 1
    shapes.between(most, 1, MAX_CLUSTERS, "max_num_clusters")
    shapes.between(shapes.optional(fields, "min_num_clusters", int), 1, most, "min_num_clusters")
    if 0 < (shapes.optional(fields, "auto_stop_mins", int) or 0) < MIN_AUTO_STOP:
        raise Invalid(f"auto_stop_mins must be 0 or at least {MIN_AUTO_STOP}.")
