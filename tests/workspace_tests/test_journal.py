"""Who asked, as the workspace sees it."""

import os
import socket
import subprocess
import sys

from tests.workspace.journal import process_of


def port_of(end: socket.socket) -> int:
    return int(end.getsockname()[1])


def connected(server: socket.socket, port: int = 0) -> socket.socket:
    """A connection to a server, from a port that other connections may have as well."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("127.0.0.1", port))
    client.connect(server.getsockname())
    return client


def test_a_connection_is_told_from_one_that_left_the_same_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        ended = connected(first)
        port = port_of(ended)
        accepted, _ = first.accept()
        ended.close()  # it waits in the kernel's list, nobody's, before those that come after it
        accepted.close()
        with connected(second, port):
            assert process_of(port, port_of(second)) == os.getpid()


def test_a_connection_of_another_process_is_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.recv(1)"
        with subprocess.Popen([sys.executable, "-c", code, str(port_of(server))]) as other:
            accepted, (_, port) = server.accept()
            with accepted:
                assert process_of(port, port_of(server)) == other.pid
