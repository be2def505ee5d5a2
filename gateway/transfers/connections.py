"""Other databases by name, each told by variables of its own: CONNECTION_<NAME>__<VARIABLE>."""

import re
import threading
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass

from backends import errors, open_backend
from backends.base import Backend
from backends.env import SettingError
from backends.provisioning import kind_of, way_of
from gateway.config import chosen_backend

DEFAULT = "default"  # the gateway's own database
DATABASE = "database:"  # before the name of a Lakebase database of the gateway's own workspace
_VARIABLE = re.compile(r"CONNECTION_([A-Z0-9](?:_?[A-Z0-9])*)__([A-Z][A-Z0-9_]*)")
_PREFIX = "CONNECTION_"
# Who the gateway is in its workspace, for connections that do not say who they are in which.
_IDENTITY = ("DATABRICKS_", "ARM_", "GOOGLE_")
_DATABASE = ("DATABRICKS_WAREHOUSE_ID",)  # which is no identity
_COMMON = ("HOME", "PATH", "GATEWAY_TRANSFER_BYTES")


@dataclass(frozen=True, slots=True)
class Connection:
    """A database that rows can be moved from or to; `kind` is its backend's name."""

    name: str
    kind: str
    backend: Backend


class Connections:
    """The databases that an environment names, opened when they are first asked for."""

    def __init__(self, own: Connection, env: Mapping[str, str]) -> None:
        """The gateway's own database, and those in its environment.

        Raises:
            SettingError: a variable begins with CONNECTION_ and names no connection, or the own one anew.
        """
        self.own = own
        self._environments = environments(env)
        self._workspace = {**_inherited(env, {}), **way_of(env)}
        self._opened: dict[str, Connection] = {}
        self._opening = threading.Lock()

    def with_own(self, own: Connection) -> "Connections":
        """The same, the gateway's own database as a caller may use it."""
        found = copy(self)
        found.own = own
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the gateway's own first."""
        return (DEFAULT, *sorted(self._environments))

    def open(self, name: str, place: str) -> Connection:
        """The database of a name; `place` is where the request has it.

        Raises:
            Invalid: there is none of that name, or a variable of it is missing or malformed.
        """
        name = known_as(name)
        if name == DEFAULT:
            return self.own
        with self._opening:
            if name not in self._opened:
                self._opened[name] = self._made(name, place)
            return self._opened[name]

    def _made(self, name: str, place: str) -> Connection:
        if name.startswith(DATABASE):
            return self._of_database(name, place)
        if name not in self._environments:
            known = ", ".join(self.names)
            raise errors.Invalid.of(
                [errors.Fault((place,), f'there is no connection "{name}"; there are: {known}')]
            )
        env = self._environments[name]
        try:
            kind = chosen_backend(env)
            return Connection(name, kind, open_backend(kind, env))
        except SettingError as error:
            prefix = f"{_PREFIX}{name.upper()}__"
            raise errors.Invalid.of([errors.Fault((place,), f"{prefix}...: {error}")]) from error

    def _of_database(self, name: str, place: str) -> Connection:
        """A Lakebase database of the workspace, by its own name."""
        path = name.removeprefix(DATABASE)
        try:
            variable = {"provisioned": "LAKEBASE_INSTANCE", "autoscaling": "LAKEBASE_ENDPOINT"}[kind_of(path)]
            env = {**self._workspace, variable: path}
            return Connection(name, "lakebase", open_backend("lakebase", env))
        except (errors.Invalid, SettingError) as error:
            raise errors.Invalid.of([errors.Fault((place,), str(error))]) from error

    def close(self) -> None:
        """Let all connections go, but for the gateway's own."""
        with self._opening:
            while self._opened:
                self._opened.popitem()[1].backend.close()


def known_as(name: str) -> str:
    """A connection's name as it is kept: in lower case, but for those of databases."""
    return name if name.startswith(DATABASE) else name.lower()


def environments(env: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The environment of each connection that one environment names, by the connection's name in lower case.

    A connection that says nothing of a workspace is the gateway in the gateway's own.

    Raises:
        SettingError: see `Connections`.
    """
    own: dict[str, dict[str, str]] = {}
    for variable, text in env.items():
        if variable.startswith(_PREFIX) and "__" in variable:
            match = _VARIABLE.fullmatch(variable)
            if match is None:
                raise SettingError(f"{variable} is not CONNECTION_<NAME>__<VARIABLE>, in capitals and digits")
            own.setdefault(match[1].lower(), {})[match[2]] = text
    if DEFAULT in own:
        raise SettingError(f"CONNECTION_DEFAULT__...: {DEFAULT} is the gateway's own database")
    return {name: {**_inherited(env, told), **told} for name, told in own.items()}


def _inherited(env: Mapping[str, str], told: Mapping[str, str]) -> dict[str, str]:
    """What a connection takes over: with a workspace or login of its own, nobody else's."""
    found = {name: env[name] for name in _COMMON if name in env}
    if not any(_is_identity(name) for name in told):
        found |= {name: text for name, text in env.items() if _is_identity(name)}
    return found


def _is_identity(name: str) -> bool:
    return name.startswith(_IDENTITY) and name not in _DATABASE
