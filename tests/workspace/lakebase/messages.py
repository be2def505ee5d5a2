"""The messages of Postgres's protocol that are read or written here; all else passes through unread."""

from collections.abc import Iterator

CANCEL_REQUEST = 80877102
SSL_REQUEST = 80877103
GSSENC_REQUEST = 80877104

ASK_FOR_PASSWORD = b"R\0\0\0\x08\0\0\0\x03"  # AuthenticationCleartextPassword
QUERY = b"Q"
READY_FOR_QUERY = b"Z"

MAX_STARTUP_BYTES = 10_000  # Postgres's own limit
MAX_PASSWORD_BYTES = 65_536


class Malformed(Exception):
    """The client does not speak the protocol."""


def code_of(packet: bytes) -> int:
    """What a startup packet is: one of the requests above, or the protocol's version."""
    return int.from_bytes(packet[4:8])


def parameters_of(packet: bytes) -> dict[str, str]:
    """What a StartupMessage says: `user`, and perhaps `database`, `options` and settings.

    Raises:
        Malformed: it is not a StartupMessage of version 3.
    """
    texts = packet[8:].split(b"\0")
    if code_of(packet) >> 16 != 3 or texts[-2:] != [b"", b""] or len(texts) % 2:
        raise Malformed("not a StartupMessage")
    words = [text.decode(errors="replace") for text in texts[:-2]]
    return dict(zip(words[::2], words[1::2], strict=True))


def password_of(body: bytes) -> str:
    """The password of a PasswordMessage.

    Raises:
        Malformed: it is not one text that ends in a zero byte.
    """
    if body.find(b"\0") != len(body) - 1:
        raise Malformed("not a PasswordMessage")
    return body[:-1].decode(errors="replace")


def fatal(sqlstate: str, message: str) -> bytes:
    """The ErrorResponse that ends a connection."""
    fields = (b"SFATAL", b"VFATAL", f"C{sqlstate}".encode(), f"M{message}".encode(), b"")
    body = b"\0".join(fields) + b"\0"
    return b"E" + (len(body) + 4).to_bytes(4) + body


class Framing:
    """Finds the messages in a stream of bytes that begins with one."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, chunk: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The kind and the body of each message that the chunk completes.

        Raises:
            Malformed: a message says that it is shorter than any message.
        """
        pending = self._pending
        pending += chunk
        while len(pending) >= 5:
            length = int.from_bytes(pending[1:5])
            if length < 4:
                raise Malformed("not a message")
            if len(pending) < 1 + length:
                return
            message = bytes(pending[: 1 + length])
            del pending[: 1 + length]
            yield message[:1], message[5:]
