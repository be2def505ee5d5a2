"""A connection tried step by step, each timed: resolve, TCP, TLS, login, query."""

import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, connection

from backends import errors
from backends.env import named, whole
from backends.provisioning.instance import Instance
from backends.provisioning.steps import STEPS, Step, StepName, way_of

STRICT = ("require", "verify-ca", "verify-full")  # modes that send no token unencrypted
SECONDS = 20.0  # for all steps together, waking the database included
ADDRESSES = 4  # of a host, that are tried

# libpq's ConnStatusType (libpq-fe.h)
_STARTED, _MADE, _SSL_STARTUP = 2, 3, 7


@dataclass(frozen=True, slots=True)
class Line:
    """How databases are reached: what the environment says of all of them alike, in libpq's keywords."""

    port: int
    database: str
    tls: Mapping[str, str]
    hostaddr: str | None  # where all hosts are, for those that no name server knows

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Libpq's own variables.

        Raises:
            SettingError: one is malformed.
        """
        env = way_of(env)
        mode = env.get("PGSSLMODE", "").lower()
        tls = {"sslmode": mode if mode in STRICT else "require"}
        if root := env.get("PGSSLROOTCERT"):
            tls["sslrootcert"] = root
        database = named(env, "PGDATABASE", "databricks_postgres")
        return cls(whole(env, "PGPORT", 5432, 1, 65535), database, tls, env.get("PGHOSTADDR") or None)


Login = Callable[[], tuple[str, str]]
"""A user and a password; may raise any BackendError."""


class _Failed(Exception):
    """A step failed, for a reason that may be told."""


class _Timer:
    """The steps that are done, and the one under way."""

    def __init__(self) -> None:
        self.done: list[Step] = []
        self.deadline = time.monotonic() + SECONDS
        self._since = time.perf_counter()
        self._moved: dict[StepName, float] = {}

    @property
    def name(self) -> StepName:
        """The step under way."""
        return STEPS[len(self.done)]

    def until(self, name: StepName) -> None:
        """Let all steps before one be done."""
        while self.name != name:
            self.end()

    def move(self, name: StepName) -> None:
        """Let the time that has gone by be a later step's."""
        self._moved[name] = self._lap()

    def end(self, reason: str | None = None) -> None:
        """Let the step under way be done, or have failed."""
        seconds = self._lap() + self._moved.get(self.name, 0.0)
        self.done.append(Step(self.name, round(seconds * 1000, 3), reason))

    def _lap(self) -> float:
        before, self._since = self._since, time.perf_counter()
        return self._since - before


def probed(line: Line, database: Instance, login: Login) -> tuple[Step, ...]:
    """The steps of a connection to a database, up to the first that fails."""
    timer = _Timer()
    try:
        _run(timer, line, database.host or "", login)
    except _Failed as error:
        timer.end(str(error))
    return tuple(timer.done)


def _run(timer: _Timer, line: Line, host: str, login: Login) -> None:
    found = [line.hostaddr] if line.hostaddr else _addresses(host, line.port)
    timer.end()
    user, password, refusal = _credentials(login)
    timer.move("login")
    arguments: dict[str, Any] = {
        **line.tls,
        "host": ",".join([host] * len(found)),
        "hostaddr": ",".join(found),
        "port": line.port,
        "dbname": line.database,
        "user": user,
        "password": password,
        "gssencmode": "disable",
        "application_name": "lakegate test",
    }
    with _translated(timer, refusal):
        made: connection = psycopg2.connect(**arguments, async_=True)
        try:
            _wait(made, timer)
            timer.until("query")
            _ask(made, timer)
        finally:
            made.close()
    timer.end()


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise _Failed(f'no name server knows the host "{host}"') from error
    return [*dict.fromkeys(str(address[4][0]) for address in found)][:ADDRESSES]


def _credentials(login: Login) -> tuple[str, str, errors.BackendError | None]:
    """A user and a password, or why there is none: the steps before the login are tried all the same."""
    try:
        return (*login(), None)
    except errors.BackendError as error:
        return "nobody", "", error


def _ask(made: connection, timer: _Timer) -> None:
    with made.cursor() as cursor:
        cursor.execute("SELECT 1")
        _wait(made, timer)
        if cursor.fetchall() != [(1,)]:
            raise _Failed("the database answers something else than was asked")


def _wait(made: connection, timer: _Timer) -> None:
    """Wait for a connection, or its answer; notes which steps it has come past."""
    encrypting = False
    while (state := made.poll()) != POLL_OK:
        status = made.info.status
        if timer.name == "tcp" and status not in (_STARTED, _MADE):
            timer.end()
        encrypting = encrypting or status == _SSL_STARTUP
        if timer.name == "tls" and encrypting and status != _SSL_STARTUP:
            timer.end()
        _sleep(made, timer.deadline, reading=state == POLL_READ)


def _sleep(made: connection, deadline: float, *, reading: bool) -> None:
    poller = select.poll()
    poller.register(made.fileno(), select.POLLIN if reading else select.POLLOUT)
    left = deadline - time.monotonic()
    if left <= 0 or not poller.poll(left * 1000):
        raise _Failed("there was no answer in time")


@contextmanager
def _translated(timer: _Timer, refusal: errors.BackendError | None) -> Iterator[None]:
    """Psycopg2's errors as reasons; the server's words stay here."""
    try:
        yield
    except psycopg2.Error as error:
        if timer.name == "login" and refusal is not None:
            raise _Failed(refusal.message) from error
        raise _Failed(_reason(timer.name, str(error))) from error


# the first whose text is in libpq's or the server's words
_REASONS: dict[StepName, tuple[tuple[str, str], ...]] = {
    "tcp": (
        ("Connection refused", "the connection is refused: nothing listens there"),
        ("timed out", "there was no answer in time"),
        ("", "the host cannot be reached: a firewall, or a private link, may be in between"),
    ),
    "tls": (
        ("does not support SSL", "the server does not encrypt"),
        ("certificate", "the server's certificate is of no authority that is trusted, or for another host"),
        ("", "the server closed the connection before it was encrypted"),
    ),
    "login": (
        ("Failed to decode token", "the database refuses the token, or has no role for this user"),
        ("password authentication failed", "the database refuses the token, or has no role for this user"),
        ('role "', "the database has no role for this user: have one made for it"),
        ("permission denied for database", "the grant CONNECT on the database is missing"),
        ('database "', "there is no such database on the server: PGDATABASE names it"),
        ("not accepting connections", "the database is stopped: start it"),
        ("is disabled", "the endpoint is stopped: start it"),
        ("starting up", "the database is starting: try again in a moment"),
        ("too many", "the database takes no more connections now"),
        ("FATAL", "the server refuses the login; its log tells why"),
        ("", "the server closed the connection during the login"),
    ),
    "query": (("", "the connection was lost, or the database refused the query"),),
    "resolve": (("", "the host's name is malformed"),),
}


def _reason(step: StepName, text: str) -> str:
    return next(reason for words, reason in _REASONS[step] if words in text)
