"""The benchmark on SQLite: a catalog's file, copied anew for each contender."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import sqlite_version

from bench import bulk, flights, inside, items, peers
from bench.contenders import LAKEGATE, Contender, alike, bare, gunicorn, query
from bench.measure import Bench, Sample, Streamed, Wanted


class Sqlite:
    """See `measure.Database`; `folder` is its own."""

    version: Mapping[str, str] = {"sqlite": sqlite_version}

    def __init__(self, folder: Path) -> None:
        self._template, self._data = folder / "template", folder / "data"
        items.create(self._template)
        place = {"GATEWAY_SQLITE_DIR": str(self._data), "GATEWAY_CATALOG": items.CATALOG}
        told = {"GATEWAY_BACKEND": "sqlite", "GATEWAY_SCHEMA": "", **place}
        self.contenders: Sequence[Contender] = (
            bare(),
            query("bench.query:app", told),
            *peers.on_sqlite(str(self._data / f"{items.CATALOG}.db")),
            gunicorn(LAKEGATE, "wsgi:app", told),
        )
        elsewhere = {"GATEWAY_SQLITE_DIR": str(folder / "flights")}
        self.streamed = Streamed("flights", flights.COUNT, ("NDJSON", "CSV"), elsewhere)

    def renew(self) -> None:
        """See `measure.Database.renew`."""
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.copytree(self._template, self._data)

    def counted(self, table: str) -> int:
        """See `measure.Database.counted`."""
        return items.counted(self._data, table)

    def cpu_seconds(self) -> Mapping[str, float]:
        """See `measure.Database.cpu_seconds`: SQLite runs in the contenders' own processes."""
        return {}

    def before(self, bench: Bench, contenders: Sequence[Contender], wanted: Wanted) -> Iterator[Sample]:
        """See `measure.Database.before`: the flights are loaded."""
        for contender in alike(contenders):
            if wanted("stream") and contender.answers("stream"):
                yield flights.load(bench, contender)

    def besides(
        self, bench: Bench, contenders: Sequence[Contender], wanted: Wanted, round_: int
    ) -> Iterator[Sample]:
        """See `measure.Database.besides`."""
        if wanted("one"):
            yield from inside.measured(bench, alike(contenders), round_)
        if wanted("bulk"):
            yield bulk.insert_bare(bench, self._data, round_)


@contextmanager
def running(folder: Path) -> Iterator[Sqlite]:
    """The database, made in a folder."""
    yield Sqlite(folder)
