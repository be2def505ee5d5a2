"""One at a time among all processes: a row of a table says who, and until when unless it is renewed.

There are no locks in Unity Catalog: a conditional UPDATE is what only one of many can do. The time is
the warehouse's own, for everybody.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self
from uuid import uuid4

from backends import errors
from backends.sql.statements import Prepared
from backends.warehouse.connections import Sessions
from backends.warehouse.driver import Session
from backends.warehouse.faults import Failed, is_missing_schema
from backends.warehouse.inlining import quoted

LEASE_SECONDS = 60
WAIT_SECONDS = 60.0  # for others
PAUSES = (0.05, 1.0)  # seconds between two tries: the first, and the longest it grows to
SCHEMA = "lakegate"

_MISSING_TABLE = "42P01"
_FREE = "(`holder` IS NULL OR `until` < current_timestamp())"


class Lease:
    """A lock's row, while it is this one's.

    Args:
        seconds: after which it ends by itself, whole ones; it is renewed three times in them.
        wait_seconds: for as long others are waited for.
    """

    def __init__(
        self,
        sessions: Sessions,
        catalog: str,
        lock: str,
        seconds: int = LEASE_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        self.place = catalog, lock
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{uuid4()}"
        self._sessions = sessions
        self._catalog = quoted(catalog)
        self._table = f"{self._catalog}.{SCHEMA}.locks"
        self._lock = lock
        self._seconds = seconds
        self._wait = wait_seconds
        self._until = f"current_timestamp() + INTERVAL '{seconds}' SECOND"
        self._good_until = 0.0  # of the monotonic clock's seconds
        self._given_back = threading.Event()

    @contextmanager
    def held(self) -> Iterator[Self]:
        """Take it, keep it, and give it back.

        Raises:
            Unavailable: others had it for too long; `details` say who.
            Failed: the warehouse refused a statement.
        """
        self._take()
        heart = threading.Thread(target=self._beat, name="lakegate-lease", daemon=True)
        heart.start()
        try:
            yield self
        finally:
            self._given_back.set()
            heart.join()
            self._give_back()

    def confirm(self) -> None:
        """Refuse to go on once it may be somebody else's.

        Raises:
            Unavailable: it was not renewed in time, or somebody else has it.
        """
        if time.monotonic() > self._good_until:
            raise errors.Unavailable("the lock was lost; what was done so far stays", lock=self._lock)

    def _take(self) -> None:
        until, pause = time.monotonic() + self._wait, PAUSES[0]
        while not self._taken():
            if time.monotonic() > until:
                raise self._held_by_others()
            time.sleep(pause)
            pause = min(2 * pause, PAUSES[1])

    def _taken(self) -> bool:
        """Whether it could be had; its row and table are made where they are missing."""
        try:
            if self._update(f"{_FREE} AND `name` = ?", self._lock):
                return True
            if self._rows():
                return False
        except Failed as error:
            if error.state != _MISSING_TABLE and not is_missing_schema(error):
                raise
            self._create()
        with suppress(errors.Conflict):  # somebody else makes it
            self._sessions.write(self._make_row)
        return self._update(f"{_FREE} AND `name` = ?", self._lock)

    def _update(self, where: str, *values: str) -> bool:
        """Make it this one's from now on, where a condition holds."""
        asked = time.monotonic()
        text = f"UPDATE {self._table} SET `holder` = ?, `until` = {self._until} WHERE {where}"  # noqa: S608
        statement = Prepared(text, (self.holder, *values))
        try:
            changed = self._sessions.write(lambda session: session.change(statement))
        except errors.Conflict:  # others took it, again and again
            return False
        if changed:
            self._good_until = asked + self._seconds
        return changed > 0

    def _beat(self) -> None:
        """Renew it until it is given back, or lost."""
        while not self._given_back.wait(self._seconds / 3):
            with suppress(Failed, errors.BackendError):  # there is time for another try
                if not self._update("`name` = ? AND `holder` = ?", self._lock, self.holder):
                    self._good_until = 0.0
                    return

    def _give_back(self) -> None:
        text = f"UPDATE {self._table} SET `holder` = NULL, `until` = NULL WHERE `name` = ? AND `holder` = ?"  # noqa: S608
        statement = Prepared(text, (self._lock, self.holder))
        with suppress(Failed, errors.BackendError):  # it ends by itself
            self._sessions.write(lambda session: session.change(statement))

    def _create(self) -> None:
        text = (
            f"CREATE TABLE IF NOT EXISTS {self._table} (`name` STRING, `holder` STRING, `until` TIMESTAMP)"
            " TBLPROPERTIES ('delta.isolationLevel' = 'Serializable')"  # makers of a row see each other
        )
        try:
            self._sessions.write(lambda session: session.run(text))
        except Failed as error:
            if not is_missing_schema(error):
                raise
            schema = f"CREATE SCHEMA IF NOT EXISTS {self._catalog}.{SCHEMA}"
            self._sessions.write(lambda session: session.run(schema))
            self._sessions.write(lambda session: session.run(text))

    def _make_row(self, session: Session) -> int:
        text = (
            f"MERGE INTO {self._table} AS t USING (SELECT ? AS `lock`) AS s ON t.`name` = s.`lock`"  # noqa: S608
            " WHEN NOT MATCHED THEN INSERT (`name`, `holder`, `until`) VALUES (s.`lock`, NULL, NULL)"
        )
        return session.change(Prepared(text, (self._lock,)))

    def _rows(self) -> list[tuple[Any, ...]]:
        """Who has it, and until when."""
        text = f"SELECT `holder`, CAST(`until` AS STRING) AS `until` FROM {self._table} WHERE `name` = ?"  # noqa: S608
        return self._sessions.read(lambda session: session.run(text, [self._lock]))

    def _held_by_others(self) -> errors.Unavailable:
        holder, until = next(iter(self._rows()), (None, None))
        return errors.Unavailable(
            f'others hold the lock "{self._lock}"', lock=self._lock, holder=holder, until=until
        )
