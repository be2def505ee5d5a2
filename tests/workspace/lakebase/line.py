"""One connection's bytes: read piece by piece while a login is spoken, then passed on as they come."""

import asyncio
import socket
import struct
from collections.abc import Callable

from tests.workspace.lakebase.faults import Faults

RESET = struct.pack("ii", 1, 0)  # SO_LINGER that turns a close into a TCP reset


class Line(asyncio.Protocol):
    """One connection; `lost` is done when it has ended, and `transport` changes when TLS begins."""

    transport: asyncio.Transport
    _socket: asyncio.Transport

    def __init__(self) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.peer: Line | None = None
        self._pass_on: Callable[[bytes], None] | None = None
        self._buffer = bytearray()
        self._arrived = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = self._socket = transport

    def data_received(self, data: bytes) -> None:
        if self._pass_on:
            self._pass_on(data)
        else:
            self._buffer += data
            self._arrived.set()

    def pause_writing(self) -> None:
        if self.peer and not self.peer.is_closing():
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer and not self.peer.is_closing():
            self.peer.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.lost.done():
            self.lost.set_result(None)

    @property
    def unread(self) -> int:
        """How many bytes have come that nobody has read."""
        return len(self._buffer)

    def is_closing(self) -> bool:
        """Whether the connection has ended or is about to."""
        return self.transport.is_closing()

    async def read(self, size: int) -> bytes:
        """The next `size` bytes; if the connection is lost, they never come."""
        while len(self._buffer) < size:
            self._arrived.clear()
            await self._arrived.wait()
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def join(self, peer: "Line", pass_on: Callable[[bytes], None]) -> None:
        """Hand over what has come and what comes; `peer` is read from no faster than this line takes."""
        self.peer = peer
        self._pass_on = pass_on
        if self._buffer:
            pass_on(bytes(self._buffer))
            self._buffer.clear()

    def write(self, data: bytes) -> None:
        """Send bytes."""
        self.transport.write(data)

    def close(self) -> None:
        """End the connection when all is sent."""
        if self.is_closing():
            return  # asyncio's TLS breaks when it is closed twice
        self.transport.close()
        if not self.transport.get_write_buffer_size():
            self._socket.close()  # TLS would wait for the client to close, too

    def abort(self) -> None:
        """End the connection now."""
        self.transport.abort()

    def reset(self) -> None:
        """End the connection now, with a TCP reset."""
        if not self.is_closing():
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()


class ClientLine(Line):
    """A client's connection, on which latency and the black hole lie; `opened` is told when it stands."""

    def __init__(self, faults: Faults, opened: Callable[["ClientLine"], None]) -> None:
        super().__init__()
        self.silent = False
        self._faults = faults
        self._opened = opened
        self._inward = _Way(super().data_received)
        self._outward = _Way(super().write)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._opened(self)

    def swallows(self) -> bool:
        """Whether what is sent now is lost: the connection is in the black hole, or has lost bytes in it."""
        self.silent = self.silent or self._faults.black_hole
        return self.silent

    def data_received(self, data: bytes) -> None:
        if not self.swallows():
            self._inward.send(data, self._faults.latency)

    def write(self, data: bytes) -> None:
        """Send bytes; they are under way for a while if there is latency."""
        if not self.swallows():
            self._outward.send(data, self._faults.latency)

    def close(self) -> None:
        """End the connection when all is sent and has arrived."""
        if not self.swallows():
            self._outward.then(super().close)


class _Way:
    """One direction: what is sent late arrives late, and in order."""

    def __init__(self, arrive: Callable[[bytes], None]) -> None:
        self._arrive = arrive
        self._under_way = 0  # chunks
        self._due = 0.0  # when the last of them arrives, on the loop's clock

    def send(self, chunk: bytes, seconds: float) -> None:
        if not seconds and not self._under_way:
            self._arrive(chunk)
            return
        loop = asyncio.get_running_loop()
        # the loop keeps no order among calls due at the same moment
        self._due = max(self._due + 1e-6, loop.time() + seconds)
        self._under_way += 1
        loop.call_at(self._due, self._land, chunk)

    def then(self, act: Callable[[], None]) -> None:
        """Act when all that is under way has arrived."""
        if self._under_way:
            asyncio.get_running_loop().call_at(self._due + 1e-6, act)
        else:
            act()

    def _land(self, chunk: bytes) -> None:
        self._under_way -= 1
        self._arrive(chunk)
