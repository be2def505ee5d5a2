"""A data plane in a process of its own: in the tests' process, psycopg2 would wait for it and hold it up."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extensions

from tests.workspace.certificates import Certificates, issue
from tests.workspace.lakebase import DataPlane, Login, LoginRefused, Statistics
from tests.workspace.postgres import Postgres, running_postgres

HOST = "instance-1.database.cloud.databricks.com"
WAIT_SECONDS = 60
CLOSED = "SSL connection has been closed unexpectedly|EOF detected|server closed the connection"

Order = tuple[str, *tuple[Any, ...]]


@dataclass
class Door:
    """Lets in who has one of the passwords, and remembers who came."""

    passwords: frozenset[str] = frozenset({"right"})
    logins: list[Login] = field(default_factory=list)

    def admit(self, login: Login) -> None:
        self.logins.append(login)
        if login.password not in self.passwords:
            raise LoginRefused("28P01", f'password authentication failed for user "{login.user}"')


class DataPlaneProcess:
    """The tests' end: turns switches over there, and connects to it as a client would."""

    def __init__(self, orders: "Connection[Order, Any]", pid: int, certificates: Certificates) -> None:
        self._orders = orders
        self.pid = pid
        self.certificates = certificates
        self.port: int = orders.recv()

    def ask(self, *order: Any) -> Any:
        self._orders.send(order)
        return self._orders.recv()

    def set(self, **switches: object) -> None:
        for name, value in switches.items():
            self.ask("set", name, value)

    def call(self, fault: str, *arguments: object) -> Any:
        return self.ask("call", fault, *arguments)

    def get(self, switch: str) -> Any:
        return self.ask("get", switch)

    def let_in(self, *passwords: str) -> None:
        self.ask("passwords", frozenset(passwords))

    @property
    def logins(self) -> list[Login]:
        logins: list[Login] = self.ask("logins")
        return logins

    @property
    def statistics(self) -> Statistics:
        statistics: Statistics = self.ask("statistics")
        return statistics

    def connect(self, password: str = "right", **changes: Any) -> psycopg2.extensions.connection:
        settings: dict[str, Any] = {
            "host": HOST,
            "hostaddr": "127.0.0.1",
            "port": self.port,
            "user": "ann",
            "password": password,
            "dbname": "postgres",
            "sslmode": "verify-full",
            "sslrootcert": str(self.certificates.authority),
            "gssencmode": "disable",
            "connect_timeout": WAIT_SECONDS,
        }
        connection: psycopg2.extensions.connection = psycopg2.connect(**settings | changes)
        connection.autocommit = True
        return connection

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of one statement on a connection of its own."""
        return query(self.connect(), statement)


@contextmanager
def postgres_of_ann(folder: Path) -> Iterator[Postgres]:
    """A server with a user ann, who may make tables, and has an empty one: t (id int)."""
    with running_postgres(folder, max_connections=200) as server:
        server.sql("CREATE ROLE ann LOGIN")
        server.sql("GRANT ALL ON SCHEMA public TO ann")
        server.sql("CREATE TABLE t (id int)")
        server.sql("GRANT ALL ON t TO ann")
        yield server


@contextmanager
def data_plane_process(postgres: Postgres, folder: Path) -> Iterator[DataPlaneProcess]:
    """A data plane before a server, for hosts like HOST."""
    certificates = issue(folder, "*.database.cloud.databricks.com")
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there, postgres.socket, certificates), daemon=True)
    process.start()
    there.close()
    try:
        assert process.pid
        yield DataPlaneProcess(here, process.pid, certificates)
    finally:
        here.close()
        process.join(WAIT_SECONDS)
        assert process.exitcode == 0


def _serve(orders: "Connection[Any, Order]", socket: Path, certificates: Certificates) -> None:
    """Run a data plane until nobody gives orders."""
    door = Door()
    plane = DataPlane(socket, certificates, door.admit)
    plane.start()
    orders.send(plane.port)
    try:
        while True:
            orders.send(_carry_out(orders.recv(), plane, door))
    except EOFError:
        plane.stop()


def _carry_out(order: Order, plane: DataPlane, door: Door) -> Any:
    match order:
        case ("set", name, value):
            setattr(plane.faults, name, value)
        case ("get", name):
            return getattr(plane.faults, name)
        case ("call", name, *arguments):
            return getattr(plane.faults, name)(*arguments)
        case ("passwords", passwords):
            door.passwords = passwords
        case ("logins",):
            return door.logins
        case ("statistics",):
            return plane.statistics
    return None


def query(connection: psycopg2.extensions.connection, statement: str) -> list[tuple[object, ...]]:
    """The rows of a statement; none if it has no rows to give."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def ids(postgres: Postgres) -> list[object]:
    """What is in ann's table."""
    return [row[0] for row in postgres.sql("SELECT id FROM t ORDER BY id")]


def sleeps(postgres: Postgres, statement: str) -> bool:
    """Whether a query that begins so sleeps in Postgres."""
    begins = f"left(query, {len(statement)}) = '{statement}'"
    return bool(postgres.sql(f"SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND {begins}"))


def wait_until(condition: Callable[[], bool]) -> None:
    """Come back when the condition holds; it must, before long."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
