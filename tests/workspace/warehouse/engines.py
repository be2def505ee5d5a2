"""The engine that runs a warehouse's SQL, built when it is first needed."""

import importlib
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from tests.workspace.settings import ADMIN
from tests.workspace.warehouse.engine import Answer, Engine

ENGINES = {
    "duckdb": "tests.workspace.warehouse.duck:DuckEngine",
    "spark": "tests.workspace.warehouse.spark:SparkEngine",
}


class LazyEngine:
    """One engine.

    Args:
        kind: a name of `ENGINES`, or "module:Class".
        folder: where it keeps its files.
        beginning: statements that the administrator runs before anybody else does.
    """

    def __init__(self, kind: str, folder: Path, beginning: Sequence[str] = ()) -> None:
        self._kind = kind
        self._folder = folder
        self._beginning = beginning
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def get(self) -> Engine:
        """The engine.

        Raises:
            ImportError: there is none of the kind.
            SqlError: a statement of the beginning failed.
        """
        with self._lock:
            if self._engine is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                engine = _class(self._kind)(self._folder)
                for text in self._beginning:
                    run_once(engine, ADMIN, text)
                self._engine = engine
            return self._engine

    def close(self) -> None:
        """End it, if it was ever needed."""
        with self._lock:
            if self._engine:
                self._engine.close()
                self._engine = None


def run_once(engine: Engine, principal: str, statement: str) -> Answer:
    """What a statement gives in a session of its own.

    Raises:
        SqlError: it failed.
    """
    with closing(engine.open(principal, None, None)) as session:
        return session.execute(statement, ())


def _class(kind: str) -> Callable[[Path], Engine]:
    module, _, name = ENGINES.get(kind, kind).partition(":")
    found: Callable[[Path], Engine] = getattr(importlib.import_module(module), name)
    return found
