"""One client's connection, from its first byte to its last."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.workspace.lakebase import messages, tls
from tests.workspace.lakebase.compute import Compute
from tests.workspace.lakebase.faults import Cut, Faults
from tests.workspace.lakebase.line import ClientLine, Line
from tests.workspace.lakebase.login import Login, LoginRefused


@dataclass(slots=True)
class Statistics:
    """What has happened since the start, and how many connections are open now."""

    connections_accepted: int = 0
    connections_refused: int = 0
    open_connections: int = 0
    logins_accepted: int = 0
    logins_refused: int = 0
    wakes: int = 0
    cancels: int = 0


@dataclass(frozen=True, slots=True)
class House:
    """What all sessions share; `admit` raises LoginRefused, and may take its time."""

    postgres: Path
    encryption: ssl.SSLContext
    admit: Callable[[Login], None]
    faults: Faults
    compute: Compute
    statistics: Statistics


class Session:
    """Lets a client in, or not, and then carries its bytes to Postgres and back until either ends."""

    def __init__(self, house: House, client: ClientLine) -> None:
        self.joined = False
        self._house = house
        self.client = client
        self._server: Line | None = None
        self._server_name: str | None = None
        self._queries = messages.Framing()
        self._answers = messages.Framing()
        self._cut: Cut | None = None

    async def run(self) -> None:
        """Come back when there is nothing left but to `end` it.

        Raises:
            CancelledError: it has gone.
        """
        try:
            await self._serve()
        except LoginRefused as refusal:
            self._house.statistics.logins_refused += 1
            self.refuse(refusal)
        except (OSError, messages.Malformed):
            return  # `end` hangs up without a word, as Postgres does
        await self.client.lost

    def refuse(self, refusal: LoginRefused) -> None:
        """Tell the client why it has to go."""
        self.client.write(messages.fatal(refusal.sqlstate, refusal.message))
        self.client.close()

    def end(self) -> None:
        """Hang up on both sides."""
        self.client.abort()
        if self._server:
            self._server.close()

    async def _serve(self) -> None:
        packet = await self._first_packet()
        if messages.code_of(packet) == messages.CANCEL_REQUEST:
            await self._cancel(packet)
        else:
            await self._log_in(messages.parameters_of(packet))
            await self._connect(packet)

    async def _first_packet(self) -> bytes:
        """The StartupMessage or CancelRequest, encrypted if the client asked for it."""
        while True:
            packet = await self._packet()
            match messages.code_of(packet):
                case messages.GSSENC_REQUEST:
                    self.client.write(b"N")
                case messages.SSL_REQUEST:
                    await self._encrypt()
                case _:
                    return packet

    async def _packet(self) -> bytes:
        head = await self.client.read(4)
        length = int.from_bytes(head)
        if not 8 <= length <= messages.MAX_STARTUP_BYTES:
            raise messages.Malformed("not a startup packet")
        return head + await self.client.read(length - 4)

    async def _encrypt(self) -> None:
        # whoever sends more before TLS begins could be an intruder who wants it taken for the client's
        if self.client.unread or self._is_encrypted():
            raise messages.Malformed("unexpected SSLRequest")
        self.client.write(b"S")
        self.client.transport, self._server_name = await tls.encrypt(
            self.client.transport, self.client, self._house.encryption
        )

    def _is_encrypted(self) -> bool:
        return self.client.transport.get_extra_info("ssl_object") is not None

    async def _log_in(self, parameters: dict[str, str]) -> None:
        user = parameters.get("user", "")
        database = parameters.get("database") or user
        if not user:
            raise LoginRefused("28000", "no PostgreSQL user name specified in startup packet")
        if not self._is_encrypted():
            entry = f'host "127.0.0.1", user "{user}", database "{database}", no encryption'
            raise LoginRefused("28000", f"no pg_hba.conf entry for {entry}")
        await self._admit(Login(user, database, await self._password(), self._server_name))
        self._house.statistics.logins_accepted += 1

    async def _password(self) -> str:
        self.client.write(messages.ASK_FOR_PASSWORD)
        head = await self.client.read(5)
        length = int.from_bytes(head[1:])
        if head[:1] != b"p" or not 5 <= length <= messages.MAX_PASSWORD_BYTES:
            raise messages.Malformed("not a PasswordMessage")
        return messages.password_of(await self.client.read(length - 4))

    async def _admit(self, login: Login) -> None:
        faults = self._house.faults
        if faults.login_delay:
            await asyncio.sleep(faults.login_delay)
        if faults.refuse:
            raise LoginRefused(*faults.refuse)
        await asyncio.to_thread(self._house.admit, login)
        await self._house.compute.ready()

    async def _connect(self, startup: bytes) -> None:
        """Introduce the client to Postgres, and leave them to each other."""
        try:
            _, self._server = await self._dial()
        except OSError as error:
            raise LoginRefused("57P03", "the database system is not accepting connections") from error
        self.joined = True
        self._server.write(startup)
        self._server.join(self.client, self._to_client)
        self.client.join(self._server, self._to_server)
        self._server.lost.add_done_callback(lambda _: self.client.close())

    async def _dial(self) -> tuple[asyncio.Transport, Line]:
        return await asyncio.get_running_loop().create_unix_connection(Line, str(self._house.postgres))

    async def _cancel(self, request: bytes) -> None:
        """Pass the request on; Postgres hangs up when it has seen to it, and so does this."""
        self._house.statistics.cancels += 1
        _, self._server = await self._dial()
        self._server.write(request)
        await self._server.lost
        self.client.close()

    def _to_server(self, chunk: bytes) -> None:
        assert self._server
        if self._may_pass(chunk):
            self._server.write(chunk)
        else:
            self.end()

    def _may_pass(self, chunk: bytes) -> bool:
        """Whether Postgres gets to see what the client says; on the way, note whether it sees the answer."""
        try:
            for kind, body in self._queries.feed(chunk):
                if kind == messages.QUERY:
                    self._cut = self._cut or self._house.faults.cut_for(body)
        except messages.Malformed:
            return False
        return self._cut is None or self._cut.when == "after"

    def _to_client(self, chunk: bytes) -> None:
        if self._cut is None:
            self.client.write(chunk)
        elif any(kind == messages.READY_FOR_QUERY for kind, _ in self._answers.feed(chunk)):
            self.end()
