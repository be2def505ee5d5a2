"""How gunicorn serves wsgi:app. gunicorn finds this file by itself in the directory it starts in."""

import os
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from errno import EADDRINUSE

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from backends.env import SettingError, choice, whole
from backends.errors import BackendError
from gateway.accesslog import AccessLog

PORT = "DATABRICKS_APP_PORT" if os.environ.get("DATABRICKS_APP_PORT") else "PORT"

try:
    port = whole(os.environ, PORT, 8000, 1, 65535)
    workers = whole(os.environ, "GATEWAY_WORKERS", 2, 1, 64)
    threads = whole(os.environ, "GATEWAY_THREADS", 8, 1, 256)  # of each worker
    patience = whole(os.environ, "GATEWAY_CLIENT_SECONDS", 30, 1, 3600)
    migrates = choice(os.environ, "GATEWAY_MIGRATE_ON_START", "false", ("true", "false")) == "true"
    accesslog = {"on": "-", "off": None}[choice(os.environ, "GATEWAY_ACCESS_LOG", "on", ("on", "off"))]
except SettingError as error:
    sys.exit(f"lakegate: {error}")

bind = f"0.0.0.0:{port}"
worker_class = "gateway.worker.Worker"

# The application is imported once, before the workers are forked: they share its memory, and what
# stops it stops the start. It is safe because a backend connects only when it is first asked.
preload_app = True

# Without it one worker may get every connection. Elsewhere than on Linux it does not balance.
reuse_port = sys.platform == "linux"

timeout = 110  # seconds without a sign of life from a worker; the Databricks Apps proxy gives up at 120
graceful_timeout = 11  # seconds; Databricks Apps kills 15 after SIGTERM
MIGRATE_SECONDS = 3600  # for others that take the revisions, as long as one may take
FAREWELL_SECONDS = 2.0  # for the database to hear that its connections end
keepalive = 75  # seconds; longer than proxies keep an idle connection, so that they close it, not we

limit_request_line = 8190  # bytes, the most there is: three names of 255 characters, percent-encoded
limit_request_field_size = 16384  # bytes; behind a proxy, cookies and tokens outgrow the usual 8190

# In an App only its proxy can connect, from an address not known beforehand: it may say https.
if os.environ.get("DATABRICKS_APP_NAME"):
    forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""  # nobody may set SCRIPT_NAME or PATH_INFO

# The heartbeat's file: in memory where there is such a folder, for a slow disk would stall the worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
control_socket_disable = True
logger_class = AccessLog


def on_starting(server: Arbiter) -> None:
    """Stop if the port is taken: the workers share it, so they would share it with a stranger too.

    Then take the revisions, where that is asked for.
    """
    if not server.master_pid:  # else it is an upgrade by SIGUSR2: the old master still listens
        probe_port()
    if migrates:
        migrate()


def probe_port() -> None:
    """Stop if somebody listens at the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError as error:
            reason = "is in use" if error.errno == EADDRINUSE else f"is refused: {error.strerror}"
            sys.exit(f"lakegate: {PORT} takes a free port, but {port} {reason}")


def migrate() -> None:
    """Take all revisions before the first request, or stop.

    It is done in a process of its own: nothing of it is left in those that serve, and no time-out ends it.
    """
    upgrade = ["gateway", "migrations", "upgrade", f"--wait={MIGRATE_SECONDS}"]
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *upgrade]
    if subprocess.run(command, check=False).returncode:  # noqa: S603 - the gateway's own command line
        sys.exit("lakegate: the revisions could not be taken (GATEWAY_MIGRATE_ON_START)")


def worker_exit(_: Arbiter, worker: Worker) -> None:
    """Let the databases know that a worker ends; one that does not listen is not waited for."""
    ending = threading.Thread(target=farewell, args=(worker,), daemon=True)
    ending.start()
    ending.join(FAREWELL_SECONDS)


def farewell(worker: Worker) -> None:
    """Let other workers take over the transfers of one, and end its connections."""
    gateway = worker.wsgi.extensions["lakegate"]
    with suppress(BackendError):
        gateway.transfers.leave()
    gateway.transfers.connections.close()
    gateway.backend.close()


def post_worker_init(worker: Worker) -> None:
    """Prepare a worker for its clients, and for what another has left."""
    let_go_of_idle_clients(worker)
    if worker.age > worker.cfg.workers:  # it replaces one, which may be dead and have had transfers
        watching = threading.Thread(target=take_over, args=(worker,), name="transfers", daemon=True)
        watching.start()


def take_over(worker: Worker) -> None:
    """Go on with the transfers of dead workers."""
    worker.wsgi.extensions["lakegate"].transfers.watch()


def let_go_of_idle_clients(worker: Worker) -> None:
    """Let go of a client that takes or sends nothing for long: each one holds a thread.

    Connections inherit both options from the socket that they were accepted on.
    """
    seconds = struct.pack("ll", patience, 0)
    for listener in worker.sockets:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, seconds)
