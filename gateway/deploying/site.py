"""All that a deployment works on: what is wanted, who deploys, and what the steps have found so far."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from backends import errors, open_backend
from backends.base import Backend
from backends.provisioning import open_workshop
from backends.provisioning.app import App
from backends.provisioning.record import INTENDED, Record
from gateway.config import chosen_backend
from gateway.deploying.environment import Environment

if TYPE_CHECKING:
    from backends.provisioning.sources import Sources
    from backends.provisioning.warehouses import SqlWarehouse
    from backends.provisioning.workshop import Workshop

LOGIN = ("DATABRICKS_", "ARM_", "GOOGLE_")  # how the names begin of who deploys, and where
LINE = frozenset({
    "PGPORT", "PGHOSTADDR", "PGSSLMODE", "PGSSLROOTCERT", "HOME", "PATH",
    "GATEWAY_CONNECT_SECONDS", "GATEWAY_STATEMENT_SECONDS",
})  # fmt: skip
HOME = "/Workspace/Users/{user}/.lakegate/{app}"

Report = Callable[[str], None]
"""Is told in a few words what is waited for."""


@dataclass
class Site:
    """One environment, and the workspace that it is in.

    Attributes:
        folder: of the gateway that is deployed.
        left_out: files of it that are not.
        app: what the steps have found, or made; likewise `warehouse`, `record` and `has_schema`.
        sent: the digests of the files that are the source; the folder may have others by now.
    """

    wanted: Environment
    folder: Path
    left_out: tuple[Path, ...]
    workshop: "Workshop"
    sources: "Sources"
    record: Record
    _env: Mapping[str, str] = field(repr=False)
    app: App | None = None
    warehouse: "SqlWarehouse | None" = None
    has_schema: bool = False
    sent: Mapping[str, str] = field(default_factory=dict)

    def note(self, made: str, identity: str = INTENDED) -> None:
        """Remember what this deployment makes: before it does, and by its identity when it has."""
        if self.record.made.get(made) != identity:
            self.record = replace(self.record, made={**self.record.made, made: identity})
            self.sources.note(self.record)

    @contextmanager
    def making(self, made: str) -> Iterator[None]:
        """Remember that something is about to be made, even if this is stopped; not if that is refused."""
        self.note(made)
        try:
            yield
        except (errors.Unavailable, errors.Timeout):  # it may be made for all that
            raise
        except errors.BackendError:
            others = {name: each for name, each in self.record.made.items() if name != made}
            self.record = replace(self.record, made=others)
            self.sources.note(self.record)
            raise

    def is_ours(self, made: str, identity: str, creator: str | None) -> bool:
        """Whether a thing is what a deployment made; of one whose identity is not known its creator tells."""
        noted = self.record.made.get(made)
        return noted == identity if noted else noted == INTENDED and creator == self.workshop.user

    @contextmanager
    def database(self, variables: Mapping[str, str]) -> Iterator[Backend]:
        """The database or warehouse that the app is for, as who deploys may use it."""
        login = {
            name: text
            for name, text in self._env.items()
            if name.startswith(LOGIN) and name != "DATABRICKS_WAREHOUSE_ID"
        }
        line = {name: text for name, text in self._env.items() if name in LINE and not is_weak(name, text)}
        env = {**login, **line, **variables}
        backend = open_backend(chosen_backend(env), env)
        try:
            yield backend
        finally:
            backend.close()


def is_weak(name: str, text: str) -> bool:
    """Whether a variable would let a token go unencrypted."""
    return name == "PGSSLMODE" and text.lower() not in ("require", "verify-ca", "verify-full")


def site(wanted: Environment, folder: Path, left_out: tuple[Path, ...], env: Mapping[str, str]) -> Site:
    """Where an environment is deployed by who logs in as `env` says.

    Raises:
        Unsupported: it names no workspace. Unavailable, Forbidden: Databricks does not answer, or not us.
    """
    workshop = open_workshop(env)
    sources = workshop.sources(HOME.format(user=workshop.user, app=wanted.app))
    return Site(wanted, folder, left_out, workshop, sources, sources.record(), env)
