"""The data plane as a whole: it listens, keeps count, and can be broken in many ways."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from tests.workspace.certificates import Certificates
from tests.workspace.lakebase import tls
from tests.workspace.lakebase.compute import Compute
from tests.workspace.lakebase.faults import Faults, How
from tests.workspace.lakebase.line import ClientLine
from tests.workspace.lakebase.login import Login, LoginRefused
from tests.workspace.lakebase.session import House, Session, Statistics
from tests.workspace.postgres import SUPERUSER, run_sql

BACKLOG = 1024  # connections that may wait to be accepted
KILL_SECONDS = 10.0
TERMINATE_SECONDS = 0.1  # for a connection that has just been made to become one that Postgres can end
TERMINATED = LoginRefused("57P01", "terminating connection due to administrator command")

TERMINATE = f"""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND client_addr IS NULL AND usename <> '{SUPERUSER}'
"""  # the proxy's connections are those over the unix socket, but for those that tests use themselves

logger = logging.getLogger(__name__)


class DataPlane:
    """Takes clients in on 127.0.0.1 and connects them to Postgres, in a thread of its own.

    Args:
        socket: Postgres's unix socket, where every user is trusted.
        certificates: what to encrypt with.
        admit: raises LoginRefused for whom it does not let in; it is called in several threads.
        port: where to listen; 0 for a free one.
    """

    def __init__(
        self, socket: Path, certificates: Certificates, admit: Callable[[Login], None], port: int = 0
    ) -> None:
        self.port = port
        self._compute = Compute()
        self.faults = Faults(self._compute, self._kill)
        self._house = House(
            socket, tls.server_context(certificates), admit, self.faults, self._compute, Statistics()
        )
        self._sessions: dict[Session, asyncio.Task[None]] = {}
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._stopped: asyncio.Event

    @property
    def statistics(self) -> Statistics:
        """How things stand now."""
        return replace(
            self._house.statistics, open_connections=len(self._sessions), wakes=self._compute.wakes
        )

    def start(self) -> None:
        """Listen; `port` then says where.

        Raises:
            OSError: the port is taken.
        """
        listening: Future[int] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._run(listening)), name="data plane", daemon=True
        )
        self._thread.start()
        self.port = listening.result()

    def stop(self) -> None:
        """Hang up on all clients and listen no more."""
        if self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

    async def _run(self, listening: "Future[int]") -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        try:
            server = await self._loop.create_server(self._line, "127.0.0.1", self.port, backlog=BACKLOG)
        except OSError as error:
            listening.set_exception(error)
            return
        listening.set_result(server.sockets[0].getsockname()[1])
        await self._stopped.wait()
        server.close()
        await self._end_all("abort")

    def _line(self) -> ClientLine:
        return ClientLine(self.faults, self._take_in)

    def _take_in(self, client: ClientLine) -> None:
        if self.faults.refuse_connections:
            self._house.statistics.connections_refused += 1
            client.abort()
            return
        self._house.statistics.connections_accepted += 1
        session = Session(self._house, client)
        task = self._loop.create_task(session.run())
        self._sessions[session] = task
        client.lost.add_done_callback(lambda _: task.cancel())
        task.add_done_callback(lambda _: self._see_off(session))

    def _see_off(self, session: Session) -> None:
        task = self._sessions.pop(session)
        session.end()
        if not task.cancelled() and (error := task.exception()):
            logger.error("a session failed", exc_info=error)

    def _kill(self, how: How) -> int:
        return asyncio.run_coroutine_threadsafe(self._end_all(how), self._loop).result()

    async def _end_all(self, how: How) -> int:
        open_ = (session for session in self._sessions if not session.client.is_closing())
        sessions = {session: self._sessions[session] for session in open_}
        match how:
            case "abort":
                ends = [session.client.abort for session in sessions]
            case "reset":
                ends = [session.client.reset for session in sessions]
            case "terminate":
                await self._terminate(sessions)
                ends = [session.end for session in sessions if not session.client.silent]
        for end in ends:
            end()
        if ends:
            await asyncio.wait(sessions.values(), timeout=KILL_SECONDS)
        return len(sessions)

    async def _terminate(self, sessions: Mapping[Session, asyncio.Task[None]]) -> None:
        """Let Postgres end its connections, until it has, and turn away who is not connected yet."""
        for session in sessions:
            if not session.joined:
                session.refuse(TERMINATED)
        give_up = self._loop.time() + KILL_SECONDS
        while self._loop.time() < give_up:
            open_ = [task for session, task in sessions.items() if not (task.done() or session.client.silent)]
            if not open_:
                return
            await asyncio.to_thread(run_sql, self._house.postgres, TERMINATE)
            await asyncio.wait(open_, timeout=TERMINATE_SECONDS)
