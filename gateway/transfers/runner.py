"""A transfer carried out: every table loaded, verified, and all of them put into place."""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from backends import errors
from gateway.transfers.checkpoints import Checkpoints, Taken
from gateway.transfers.finishing import OldKey, finish, forget, is_begun
from gateway.transfers.loading import Hand, Loader, prepare
from gateway.transfers.progress import Cancelled, TableProgress, told
from gateway.transfers.store import State, Store
from gateway.transfers.syncing import Syncing
from gateway.transfers.verifying import Differs, verify

ALIVE_SECONDS = 5.0  # between two signs of life
TRIES = 24  # of a step, while the database cannot be reached: ten minutes, for a warehouse to start
LONGEST_PAUSE = 30.0  # seconds between two of them
FAILED = errors.BackendError("it failed; the log tells why")
_log = logging.getLogger(__name__)

Step = Callable[[Hand], None]


@dataclass
class Runner:
    """Carries out one transfer, in the thread that calls `run`; `stop` ends it after the chunk under way."""

    store: Store
    transfer: str
    holder: str
    by: str
    hands: Sequence[Hand]
    old_keys: Sequence[OldKey]
    checkpoints: Checkpoints
    stop: threading.Event
    ended: threading.Event = field(default_factory=threading.Event)
    _lost: bool = False  # to another process

    @property
    def tables(self) -> list[TableProgress]:
        """How far each table is."""
        return [hand.progress for hand in self.hands]

    def leave(self) -> None:
        """Let another process take over at once. Raises any `BackendError`."""
        self._lost = True
        self.stop.set()
        self.store.release(self.transfer, self.holder)

    def run(self) -> None:
        """Go on until the end, a failure, or being stopped; it is kept which."""
        alive = threading.Thread(target=self._keep_alive, name=f"transfer {self.transfer}", daemon=True)
        alive.start()
        try:
            self._carry_out()
        except Taken:
            self._lost = True
        except Cancelled:
            self._end("cancelled")
        except errors.BackendError as error:
            self._end("failed", error)
        except Exception:  # noqa: BLE001 - it is kept that it failed, whatever it was
            _log.exception("transfer %s failed", self.transfer)
            self._end("failed", FAILED)
        finally:
            self.ended.set()
            alive.join()

    def _carry_out(self) -> None:
        self._each(self.hands, self._load)
        self._each([each for each in reversed(self.hands) if each.move.mode == "sync"], self._remove)
        self._each(self.hands, self._verify)
        if failed := [each.name for each in self.tables if each.state == "failed"]:
            left = "; none was put into its place" if any(hand.move.made for hand in self.hands) else ""
            raise errors.Conflict(f"{', '.join(failed[:5])} failed{left}", tables=failed)
        self._finish()
        self.checkpoints.forget()
        self._end("done")
        with suppress(errors.BackendError):  # what is left behind bothers nobody
            forget(self.hands[0].target, self.transfer)

    def _finish(self) -> None:
        for table in self.tables:
            table.state = "finishing"
        target = self.hands[0].target
        moves = [hand.move for hand in self.hands]

        def confirm() -> None:
            for move in moves:
                self.checkpoints.find(move.position)  # which is this holder's from then on

        try:
            self._patiently(lambda: finish(target, self.transfer, moves, self.old_keys, self.by, confirm))
        except errors.Conflict as error:
            if not isinstance(error, Taken) and not is_begun(target, self.transfer):
                self._load_anew()
            raise
        for table in self.tables:
            table.state = "done"

    def _load_anew(self) -> None:
        """Let rows that were refused be loaded anew when the transfer is gone on with."""
        for hand in self.hands:
            if hand.move.made is not None:
                self.checkpoints.forget(hand.move.position)
                hand.progress.state = "waiting"

    def _each(self, hands: Sequence[Hand], step: Step) -> None:
        """Take a step with each table; one that fails does not keep the others."""
        for hand in hands:
            if hand.progress.state == "failed":
                continue
            try:
                hand.going_on()
                self._patiently(lambda hand=hand: step(hand))  # type: ignore[misc]
            except Taken:
                raise
            except errors.BackendError as error:
                hand.progress.fail(error)
                _log.warning("transfer %s, %s: %s", self.transfer, hand.move.source.name, error.message)
            except Cancelled:
                raise
            except Exception:  # noqa: BLE001 - it is this table's, whatever it was
                hand.progress.fail(FAILED)
                _log.exception("transfer %s, %s failed", self.transfer, hand.move.source.name)
            if not self._lost:
                self.store.save(self.transfer, [hand.progress])

    @staticmethod
    def _load(hand: Hand) -> None:
        if hand.progress.state == "verified":
            return
        prepare(hand)
        if hand.move.mode == "sync":
            Syncing(hand).upsert()
        else:
            Loader(hand).run()

    @staticmethod
    def _remove(hand: Hand) -> None:
        if hand.progress.state != "verified":
            Syncing(hand).remove()

    def _verify(self, hand: Hand) -> None:
        if hand.progress.state == "verified":
            return
        try:
            verify(hand)
        except Differs:
            if hand.move.mode != "append":  # it is done anew when the transfer is gone on with
                hand.progress.report.pop("extra", None)
                self.checkpoints.forget(hand.move.position)
            raise

    def _patiently(self, step: Callable[[], None]) -> None:
        """Take a step, again and again while a database cannot be reached: each goes on where it was."""
        pause = 1.0
        for left in reversed(range(TRIES)):
            try:
                return step()
            except (errors.Unavailable, errors.Timeout) as error:
                if not left or "lock" in error.details:
                    raise
                _log.warning("transfer %s goes on after %s s: %s", self.transfer, pause, error.message)
            if self.stop.wait(pause):
                raise Cancelled
            pause = min(2 * pause, LONGEST_PAUSE)
        return None

    def _end(self, state: State, error: errors.BackendError | None = None) -> None:
        if self._lost:
            return
        for table in self.tables:
            table.rest()
        self.store.save(self.transfer, self.tables)
        self.store.end(self.transfer, self.holder, state, told(error) if error else None)

    def _keep_alive(self) -> None:
        """Give signs of life, and see whether it is still this process's to carry out."""
        while not self.ended.wait(ALIVE_SECONDS):
            try:
                state = self.store.alive(self.transfer, self.holder, self.tables)
            except errors.BackendError as error:
                _log.warning("transfer %s: no sign of life could be given: %s", self.transfer, error.message)
                continue
            if state is None:
                self._lost = True
            if state != "running":
                self.stop.set()
