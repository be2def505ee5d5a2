"""The switches of a running workspace's SQL warehouse."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.workspace.settings import ADMIN
from tests.workspace.warehouse.faults import Lost
from tests.workspace.warehouse.ledger import Statement


@dataclass(frozen=True)
class WarehouseStatistics:
    """Calls by Thrift method and sessions opened since `forget`, and what is open now."""

    calls: Mapping[str, int]
    sessions_opened: int
    open_sessions: int
    open_operations: int


@dataclass(frozen=True)
class WarehouseSwitchboard:
    """The switches that have to do with the warehouse.

    A pattern is a regular expression that is looked for in a call's "Method statement", such as
    "ExecuteStatement MERGE"; without a statement the text is "Method ". Of several faults that fit, the
    oldest counts; `times` None is for all calls.

    Attributes:
        id: of the warehouse that is there from the start.
    """

    id: str
    turn: Callable[..., dict[str, Any]]

    def fail(
        self,
        pattern: str,
        status: int,
        *,
        retry_after: int | None = None,
        message: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Answer the next such calls with an HTTP status; nothing is executed."""
        fault = {"status": status, "retry_after": retry_after, "message": message}
        self.turn("warehouse_fault", pattern=pattern, times=times, **fault)

    def delay(self, pattern: str, seconds: float, *, times: int | None = 1) -> None:
        """Let such calls wait before anything is done; their clients wait with them."""
        self.turn("warehouse_fault", pattern=pattern, times=times, seconds=seconds)

    def slow(self, pattern: str, seconds: float, *, times: int | None = 1) -> None:
        """Let what such calls start run so much longer: clients that waited long enough ask for its state."""
        self.turn("warehouse_fault", pattern=pattern, times=times, running=seconds)

    def drop(self, pattern: str, when: Lost = "before", *, times: int | None = 1) -> None:
        """Drop the connections of such calls before they are carried out, or after: none gets an answer."""
        self.turn("warehouse_fault", pattern=pattern, times=times, lost=when)

    def refuse(self, pattern: str, error_class: str, sqlstate: str, *, times: int | None = 1) -> None:
        """Let what such calls start fail with an error of Databricks'; nothing is executed."""
        self.turn("warehouse_fault", pattern=pattern, times=times, error_class=error_class, sqlstate=sqlstate)

    def end_sessions(self, principal: str | None = None) -> int:
        """End all sessions, or those of a principal, and return their number."""
        return int(self.turn("warehouse_end_sessions", principal=principal)["ended"])

    def start(self) -> None:
        """Start the warehouse, in the seconds that starting takes."""
        self.turn("warehouse_start", id=self.id)

    def stop(self) -> None:
        """Stop the warehouse and end its sessions; the next one that is opened starts it."""
        self.turn("warehouse_stop", id=self.id)

    def set_early_sessions(self, early: bool) -> None:
        """Let sessions be opened while the warehouse starts, with statements that fail; or answer 503."""
        self.turn("early_sessions", early=early)

    def set_session_seconds(self, seconds: float) -> None:
        """Let sessions end after so many seconds without a call."""
        self.turn("settings", session_seconds=seconds)

    def set_direct_seconds(self, seconds: float) -> None:
        """Wait so long for a statement before its client is to ask again."""
        self.turn("settings", direct_seconds=seconds)

    def sql(self, statement: str, principal: str = ADMIN) -> list[list[Any]]:
        """Run a statement as somebody, past Thrift; values that JSON does not have come as texts.

        Raises:
            WorkspaceError: it failed.
        """
        rows: list[list[Any]] = self.turn("warehouse_sql", statement=statement, principal=principal)["rows"]
        return rows

    def statements(self) -> list[Statement]:
        """The statements that were sent since `forget`, in order, those too that failed."""
        return [Statement(**found) for found in self.turn("warehouse_statements")["statements"]]

    def statistics(self) -> WarehouseStatistics:
        """What has happened, in numbers."""
        return WarehouseStatistics(**self.turn("warehouse_statistics"))
