"""The environment each backend's gateway is started with: a new backend adds one entry here, no more."""

from collections.abc import Callable, Mapping
from pathlib import Path

Environment = Mapping[str, str]


def _sqlite(folder: Path) -> Environment:
    return {
        "GATEWAY_BACKEND": "sqlite",
        "GATEWAY_SQLITE_DIR": str(folder / "catalogs"),
        "GATEWAY_CATALOG": "main",
        "GATEWAY_SCHEMA": "main",
    }


_ENVIRONMENTS: Mapping[str, Callable[[Path], Environment]] = {
    "sqlite": _sqlite,
}


def environment(backend: str, folder: Path) -> Environment:
    """What a gateway on `backend` is told; `folder` is its own to keep files in.

    `GATEWAY_CATALOG` and `GATEWAY_SCHEMA` are always there: the tests make their tables in them.
    """
    return _ENVIRONMENTS[backend](folder)
