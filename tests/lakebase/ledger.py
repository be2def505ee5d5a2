"""A client of a soak: it does all that a gateway offers, and keeps a ledger of what must be in the tables."""

import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from tests.client import Answer, Client, Row
from tests.gateway_process import Gateway
from tests.lakebase.tally import Kind, Tally

COUNTERS, EVENTS = "counters", "events"  # the tables: one with a key, one without
MOST_ROWS = 150  # of one client: more than a stream's first chunk
PAGE = 40
REFUSED_SECONDS = 0.1  # that a client waits when it is told to try again later
SETTLE_SECONDS = 1.0  # after which the database has done what it was asked before a connection was lost

Ledger = dict[int, int]  # by the key: the value


@dataclass
class Bookkeeper:
    """One client with rows of its own. Never tries a request again, but to learn what became of a write."""

    number: int
    gateway: Gateway
    tally: Tally
    counters: Ledger = field(default_factory=dict)
    events: dict[int, bool | None] = field(default_factory=dict)  # whether it was written; None: unknown
    settled: int = 0  # writes whose outcome was unknown
    _next: int = 0

    def __post_init__(self) -> None:
        self._client = Client(self.gateway)
        self._random = random.Random(self.number)
        self._own = [{"column": "client", "op": "=", "value": self.number}]

    def work(self, until: float) -> None:
        """Do one thing after another until a moment of the monotonic clock."""
        acts = (self.insert, self.log, self.update, self.delete, self.look, self.page, self.stream)
        while time.monotonic() < until:
            self._random.choice(acts)()

    def insert(self) -> None:
        """Insert a few rows."""
        if len(self.counters) > MOST_ROWS:
            return
        keys = [self._new_key() for _ in range(self._random.randint(1, 20))]
        rows = [{"client": self.number, "id": key, "n": 0} for key in keys]
        written = self._asked("insert", lambda: self._client.write(COUNTERS, rows))
        self._settle(written, keys, dict.fromkeys(keys, 0), {})

    def log(self) -> None:
        """Insert a row into a table that has no key."""
        key = self._new_key()
        row = {"client": self.number, "id": key}
        self.events[key] = self._happened(self._asked("log", lambda: self._client.write(EVENTS, [row])))

    def update(self) -> None:
        """Count one row up."""
        if not self.counters:
            return
        key = self._random.choice(list(self.counters))
        old, new = self.counters[key], self.counters[key] + 1
        keys: Row = {"client": self.number, "id": key}
        updated = self._asked("update", lambda: self._client.update(COUNTERS, keys=keys, updates={"n": new}))
        self._settle(updated, [key], {key: new}, {key: old})

    def delete(self) -> None:
        """Delete some rows, in a transaction."""
        keys = self._random.sample(list(self.counters), min(len(self.counters), 5))
        if not keys:
            return
        which = [*self._own, {"column": "id", "op": "IN", "value": keys}]

        def delete() -> Answer:
            return self._client.delete(COUNTERS, filters=which, soft=False, max_affected=len(keys))

        old = {key: self.counters[key] for key in keys}
        self._settle(self._asked("delete", delete), keys, {}, old)

    def look(self) -> None:
        """Read one row."""
        if self.counters:
            key = self._random.choice(list(self.counters))
            self._compare("read", [key], self._rows("read", self._with([key])))

    def page(self) -> None:
        """Read all rows, page by page."""
        found: Ledger = {}
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            answer = self._read("page", limit=PAGE, filters=self._own, **more)
            if answer.status != 200:
                return
            found |= {row["id"]: row["n"] for row in answer.rows}
            cursor = answer.body["next_cursor"]
        self._compare("page", list(self.counters), found)

    def stream(self) -> None:
        """Read all rows as a stream."""
        began = time.monotonic()
        try:
            answer = self._client.stream(COUNTERS, "application/x-ndjson", filters=self._own)
        except requests.exceptions.ChunkedEncodingError:
            self.tally.cut("stream")
            return
        self.tally.answered("stream", began, answer)
        if answer.status == 200:
            rows = [json.loads(line) for line in answer.content.splitlines()]
            self._compare("stream", list(self.counters), {row["id"]: row["n"] for row in rows})

    def _asked(self, kind: Kind, ask: Callable[[], Answer]) -> Answer:
        began = time.monotonic()
        answer = ask()
        self.tally.answered(kind, began, answer)
        if answer.status == 503:
            time.sleep(REFUSED_SECONDS)
        return answer

    def _read(self, kind: Kind, **asked: object) -> Answer:
        return self._asked(kind, lambda: self._client.read(COUNTERS, **asked))

    def _with(self, keys: list[int]) -> list[Row]:
        return [*self._own, {"column": "id", "op": "IN", "value": keys}]

    def _rows(self, kind: Kind, filters: list[Row]) -> Ledger | None:
        answer = self._read(kind, filters=filters, limit=1000)
        return {row["id"]: row["n"] for row in answer.rows} if answer.status == 200 else None

    def _compare(self, kind: Kind, keys: list[int], found: Ledger | None) -> None:
        expected = {key: self.counters[key] for key in keys}
        if found is not None and found != expected:
            self.tally.wrong(kind, f"found {found}, not {expected}")

    @staticmethod
    def _happened(answer: Answer) -> bool | None:
        """Whether a write happened; None: nobody knows."""
        if answer.status in (200, 201):
            return True
        return None if answer.body["details"].get("outcome") == "unknown" else False

    def _settle(self, answer: Answer, keys: list[int], new: Ledger, old: Ledger) -> None:
        """Put into the ledger what became of a write; if nobody knows, all of it or nothing happened."""
        happened = self._happened(answer)
        if happened is None:
            self.settled += 1
            time.sleep(SETTLE_SECONDS)
            while (found := self._rows("settle", self._with(keys))) is None:
                pass
            if found not in (new, old):
                self.tally.wrong("settle", f"found {found}, neither {new} nor {old}")
            happened = found == new
        for key in keys:
            self.counters.pop(key, None)
        self.counters |= new if happened else old

    def _new_key(self) -> int:
        self._next += 1
        return self._next
