"""The tests' own interface to the warehouse: faults, states, sessions and what it was asked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from tests.workspace.control import shapes
from tests.workspace.control.plane import ControlPlane
from tests.workspace.control.wire import Invalid, JsonObject
from tests.workspace.warehouse.faults import Fault, Rejected
from tests.workspace.warehouse.front import Front
from tests.workspace.warehouse.states import SqlWarehouse

FAULT: shapes.Fields = {
    "pattern": str,
    "times": int,
    "seconds": float,
    "running": float,
    "status": int,
    "retry_after": int,
    "message": str,
    "lost": str,
    "error_class": str,
    "sqlstate": str,
}

Switch = tuple[Callable[[JsonObject], JsonObject], shapes.Fields]


class WarehouseSwitches:
    """The switches that have to do with warehouses."""

    def __init__(self, control: ControlPlane, front: Front) -> None:
        self._control = control
        self._front = front
        self.switches: Mapping[str, Switch] = {
            "warehouse_fault": (self._fault, FAULT),
            "warehouse_end_sessions": (self._end_sessions, {"principal": str}),
            "warehouse_start": (self._start, {"id": str}),
            "warehouse_stop": (self._stop, {"id": str}),
            "warehouse_statements": (self._statements, {}),
            "warehouse_statistics": (self._statistics, {}),
            "warehouse_sql": (self._sql, {"statement": str, "principal": str}),
            "early_sessions": (self._early_sessions, {"early": bool}),
        }

    def mend(self) -> None:
        """Turn all faults off, and start the warehouses that were stopped, at once."""
        self._front.faults.clear()
        self._control.settings.early_sessions = False
        for warehouse in tuple(self._control.warehouses.all().values()):
            if warehouse.exists:
                warehouse.life.enter("STARTING", "RUNNING", 0.0)

    def _fault(self, body: JsonObject) -> JsonObject:
        lost: Any = shapes.optional(body, "lost", str)
        shapes.one_of(lost, ("before", "after"), "lost")
        fault = Fault(
            re.compile(shapes.required(body, "pattern", str)),
            shapes.optional(body, "times", int),
            shapes.number(body, "seconds") or 0.0,
            shapes.number(body, "running") or 0.0,
            _rejection(body),
            lost,
            _error(body),
        )
        self._front.faults.add(fault)
        return {}

    def _end_sessions(self, body: JsonObject) -> JsonObject:
        return {"ended": self._front.end_sessions(principal=shapes.optional(body, "principal", str))}

    def _start(self, body: JsonObject) -> JsonObject:
        self._control.warehouses.start(self._warehouse(body))
        return {}

    def _stop(self, body: JsonObject) -> JsonObject:
        self._control.warehouses.stop(self._warehouse(body))
        return {}

    def _statements(self, body: JsonObject) -> JsonObject:
        return {"statements": [asdict(statement) for statement in self._front.ledger.statements()]}

    def _statistics(self, body: JsonObject) -> JsonObject:
        return self._front.statistics()

    def _sql(self, body: JsonObject) -> JsonObject:
        statement, principal = (shapes.required(body, name, str) for name in ("statement", "principal"))
        return {"rows": [[plain(value) for value in row] for row in self._front.sql(statement, principal)]}

    def _early_sessions(self, body: JsonObject) -> JsonObject:
        self._control.settings.early_sessions = shapes.required(body, "early", bool)
        return {}

    def _warehouse(self, body: JsonObject) -> SqlWarehouse:
        warehouse = self._control.warehouses.warehouse(shapes.required(body, "id", str))
        if not warehouse.exists:
            raise Invalid(f"SQL warehouse {warehouse.id} was deleted.")
        return warehouse


def plain(value: object) -> object:
    """A value of JSON's; other values as texts."""
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)


def _error(body: JsonObject) -> tuple[str, str] | None:
    error_class, state = (shapes.optional(body, name, str) for name in ("error_class", "sqlstate"))
    return (error_class, state) if error_class and state else None


def _rejection(body: JsonObject) -> Rejected | None:
    status = shapes.optional(body, "status", int)
    if status is None:
        return None
    retry_after = shapes.optional(body, "retry_after", int)
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Rejected(status, shapes.optional(body, "message", str) or "an injected error occurred", headers)
