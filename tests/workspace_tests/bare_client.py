"""A client that speaks Postgres's protocol byte by byte, well or badly."""

import socket
import ssl

from tests.workspace.lakebase.messages import Framing
from tests.workspace_tests.data_plane_process import HOST, WAIT_SECONDS, DataPlaneProcess

SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)
GSSENC_REQUEST = (8).to_bytes(4) + (80877104).to_bytes(4)
ASK_FOR_PASSWORD = b"R\0\0\0\x08\0\0\0\x03"


def startup(**parameters: str) -> bytes:
    """A StartupMessage of protocol 3.0."""
    words = "".join(f"{name}\0{value}\0" for name, value in parameters.items())
    body = (3 << 16).to_bytes(4) + words.encode() + b"\0"
    return (len(body) + 4).to_bytes(4) + body


def dial(plane: DataPlaneProcess) -> socket.socket:
    return socket.create_connection(("127.0.0.1", plane.port), WAIT_SECONDS)


def dial_encrypted(plane: DataPlaneProcess) -> ssl.SSLSocket:
    """A connection on which TLS has begun."""
    connection = dial(plane)
    connection.sendall(SSL_REQUEST)
    assert connection.recv(1) == b"S"
    context = ssl.create_default_context(cafile=plane.certificates.authority)
    return context.wrap_socket(connection, server_hostname=HOST)


def introduce(plane: DataPlaneProcess, **parameters: str) -> ssl.SSLSocket:
    """A connection that is asked for its password."""
    connection = dial_encrypted(plane)
    connection.sendall(startup(**parameters))
    assert take(connection, len(ASK_FOR_PASSWORD)) == ASK_FOR_PASSWORD
    return connection


def log_in(plane: DataPlaneProcess) -> tuple[ssl.SSLSocket, bytes]:
    """A connection of ann's that has been let in, and the key that cancels its queries."""
    connection = introduce(plane, user="ann", database="postgres")
    connection.sendall(message(b"p", b"right\0"))
    return connection, backend_key(connection)


def message(kind: bytes, body: bytes) -> bytes:
    """A message of the protocol, such as a query: kind b"Q", and its text with a zero byte at the end."""
    return kind + (len(body) + 4).to_bytes(4) + body


def rest_of(connection: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    with connection:
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
        return received


def take(connection: socket.socket, size: int) -> bytes:
    """So many bytes of what comes."""
    received = bytearray()
    while len(received) < size:
        chunk = connection.recv(size - len(received))
        assert chunk
        received += chunk
    return bytes(received)


def backend_key(connection: socket.socket) -> bytes:
    """What a CancelRequest must name, read from what comes after a login."""
    framing = Framing()
    found = b""
    while True:
        for kind, body in framing.feed(connection.recv(65536)):
            match kind:
                case b"K":
                    found = body
                case b"Z":
                    return found
