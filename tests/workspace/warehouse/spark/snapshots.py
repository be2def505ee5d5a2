"""Gives Delta the state of its tables at once, in the place of a Spark job of its own after each commit.

Delta's snapshot of a table replays the commits in a job of three tasks. This replays them in the same way,
with Delta's own classes, in the calling thread, and puts the result where the snapshot would keep it. A
snapshot that is not prepared works all the same.
"""

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.workspace.warehouse.spark.jvm import Jvm

DELTA = "org.apache.spark.sql.delta"
# The bits by which Delta 4.4.0's Snapshot knows that two of its lazy values are there.
STATE_BIT = 1 << 4
NUMBERS_BIT = 1 << 20


@dataclass
class _Replayed:
    """How far a table's commits were replayed, and their operations' metrics."""

    replay: Any
    version: int = -1
    metrics: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Snapshots:
    """The states of an engine's tables, by their folders."""

    def __init__(self, jvm: Jvm) -> None:
        java = jvm.java
        self._java = java
        self._logs = jvm.module(f"{DELTA}.DeltaLog")
        self._none = jvm.module("scala.None")
        self._encoder = jvm.module(f"{DELTA}.implicits.package").singleActionEncoder()
        self._serializer = self._encoder.createSerializer()
        self._serializing = threading.Lock()  # it has but one row
        self._types = jvm.module("org.apache.spark.sql.catalyst.types.DataTypeUtils")
        self._converters = java.scala.jdk.javaapi.CollectionConverters
        self._replayed: dict[Path, _Replayed] = {}
        loader = java.Thread.currentThread().getContextClassLoader()
        snapshot = java.java.lang.Class.forName(f"{DELTA}.Snapshot", False, loader)
        self._fields = {
            name: snapshot.getDeclaredField(name) for name in ("cachedState", "computedState", "bitmap$0")
        }
        for found in self._fields.values():
            found.setAccessible(True)

    def prepare(self, session: Any, folder: Path) -> None:
        """Let the newest snapshot of a table have its state."""
        known = self._known(folder)
        with known.lock:
            snapshot = self._logs.forTable(session, str(folder)).unsafeVolatileSnapshot()
            version = snapshot.version()
            if version > known.version:
                self._replay(known, folder, version)
                self._give(session, snapshot, known.replay)

    def metrics(self, session: Any, folder: Path, since: int) -> dict[str, str]:
        """The metrics of the newest commit, if it is newer than a version; else none."""
        self.prepare(session, folder)
        known = self._known(folder)
        return known.metrics if known.version > since else {}

    def version(self, folder: Path) -> int:
        """The version that was last prepared; -1: none was."""
        return self._known(folder).version

    def forget(self, folder: Path) -> None:
        """A table is no more."""
        self._replayed.pop(folder, None)

    def _known(self, folder: Path) -> _Replayed:
        found = self._replayed.get(folder)
        if found is None:
            replay = self._java.org.apache.spark.sql.delta.actions.InMemoryLogReplay(self._none, self._none)
            found = self._replayed.setdefault(folder, _Replayed(replay))
        return found

    def _replay(self, known: _Replayed, folder: Path, version: int) -> None:
        from_json = self._java.org.apache.spark.sql.delta.actions.Action.fromJson
        for number in range(known.version + 1, version + 1):
            actions = self._java.java.util.ArrayList()
            for line in (folder / "_delta_log" / f"{number:020d}.json").read_text().split("\n")[:-1]:
                actions.add(from_json(line))
                known.metrics = _metrics(line, known.metrics)
            known.replay.append(number, self._converters.asScala(actions.iterator()))
            known.version = number

    def _give(self, session: Any, snapshot: Any, replay: Any) -> None:
        files = _all(replay.allFiles())
        others = [replay.getProtocol().get(), replay.getMetadata().get()]
        others += [*_all(replay.getTransactions()), *_all(replay.getDomainMetadatas())]
        snapshot.uncache()  # so that the state is taken as it is, and not through a cached RDD
        state = snapshot.cacheDS(self._dataset(session, [*others, *files]), "state")
        self._fields["cachedState"].set(snapshot, state)
        self._fields["computedState"].set(snapshot, self._numbers(snapshot, replay, files))
        bits = self._fields["bitmap$0"]
        bits.setInt(snapshot, bits.getInt(snapshot) | STATE_BIT | NUMBERS_BIT)

    def _dataset(self, session: Any, actions: list[Any]) -> Any:
        sql = self._java.org.apache.spark.sql
        rows = self._java.java.util.ArrayList()
        with self._serializing:
            for action in actions:
                rows.add(self._serializer.apply(action.wrap()).copy())
        attributes = self._types.toAttributes(self._encoder.schema())
        found = self._converters.asScala(rows).toSeq()
        relation = sql.catalyst.plans.logical.LocalRelation(attributes, found, False, self._none)
        return sql.classic.Dataset(session, relation, self._encoder)

    def _numbers(self, snapshot: Any, replay: Any, files: list[Any]) -> Any:
        size, none = sum(file.size() for file in files), self._none
        return self._java.org.apache.spark.sql.delta.SnapshotState(
            size, 0, len(files), 0, none, none, 1, 1, replay.getTransactions().toSeq(),
            replay.getDomainMetadatas().toSeq(), snapshot.metadata(), snapshot.protocol(), none, none,
        )  # fmt: skip


def _all(found: Any) -> list[Any]:
    items, iterator = [], found.iterator()
    while iterator.hasNext():
        items.append(iterator.next())
    return items


def _metrics(line: str, otherwise: dict[str, str]) -> dict[str, str]:
    if not line.startswith('{"commitInfo"'):
        return otherwise
    found: dict[str, str] = json.loads(line)["commitInfo"].get("operationMetrics", {})
    return found
