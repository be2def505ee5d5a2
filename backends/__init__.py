"""One database behind one contract. The registry is data: nothing is imported until it is chosen."""

from collections.abc import Mapping
from importlib import import_module

from backends.base import Backend

BACKENDS = {
    "lakebase": "backends.lakebase:LakebaseBackend",
    "sqlite": "backends.sqlite:SqliteBackend",
    "warehouse": "backends.warehouse:WarehouseBackend",
}


def open_backend(name: str, env: Mapping[str, str]) -> Backend:
    """The backend called `name`, set up from `env`; it connects when it is first asked something.

    Raises:
        KeyError: no backend has that name.
        SettingError: a variable it needs is missing or malformed.
    """
    module, _, cls = BACKENDS[name].partition(":")
    backend: Backend = getattr(import_module(module), cls).from_env(env)
    return backend
