"""All that a database needs, looked at before it is relied upon: what was found, and what mends it."""

import logging
import shlex
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import Literal

from backends import errors

SECONDS = 20.0  # for all checks, which are made beside each other
CLOCK_SECONDS = 5.0  # of difference that are no matter: an HTTP header tells a moment to the second
CLOCK_MOST_SECONDS = 300.0  # of difference, from which on certificates and tokens are taken wrongly
ROOM = 0.8  # of the connections that a server takes, which it is no matter to use

State = Literal["OK", "WARN", "FAIL"]
STATES: tuple[State, ...] = ("OK", "WARN", "FAIL")  # each is worse than the one before
# in the order in which they depend on each other
CHECKS = (
    "host", "identity", "credentials", "clock", "state", "database", "grants", "ownership", "connections",
)  # fmt: skip

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mend:
    """What is run to mend something, exactly as it is: SQL in the database, or a command in a shell."""

    kind: Literal["sql", "command"]
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, in a sentence without a full stop; `mends` are run in their order."""

    state: State
    message: str
    mends: tuple[Mend, ...] = ()


Check = Callable[[], Finding]


class NotAsked(Exception):
    """A check is not made: the database would have to be woken for it, or is known not to answer."""


def ok(message: str) -> Finding:
    """A finding that all is well."""
    return Finding("OK", message)


def warn(message: str, *mends: Mend) -> Finding:
    """A finding of what may go wrong, or cannot be told."""
    return Finding("WARN", message, mends)


def fail(message: str, *mends: Mend) -> Finding:
    """A finding of what makes requests fail."""
    return Finding("FAIL", message, mends)


def sql(statements: Iterable[str]) -> tuple[Mend, ...]:
    """The mends that are statements."""
    return tuple(Mend("sql", statement) for statement in statements)


def command(*words: str) -> Mend:
    """The mend that is a command, each of its words as it is whatever a shell would make of it."""
    return Mend("command", shlex.join(words))


def in_turn(*mends: Mend) -> Mend:
    """The mend that is several commands, each run if the one before went well."""
    return Mend("command", " && ".join(mend.text for mend in mends))


def looked_at(checks: Mapping[str, Check], seconds: float = SECONDS) -> dict[str, Finding]:
    """What each of `CHECKS` found, in their order; one that a database does not have is well.

    They are made beside each other: one that fails or hangs keeps no other from its finding.
    """
    until = time.monotonic() + seconds
    answers = {name: _begun(check) for name, check in checks.items()}
    return {
        name: _waited_for(answers[name], until) if name in answers else ok("this database has nothing of it")
        for name in CHECKS
    }


def _begun(check: Check) -> Future[Finding]:
    answer: Future[Finding] = Future()
    thread = threading.Thread(target=lambda: answer.set_result(_found(check)), name="preflight", daemon=True)
    thread.start()
    return answer


def _waited_for(answer: Future[Finding], until: float) -> Finding:
    try:
        return answer.result(max(0.0, until - time.monotonic()))
    except NotYet:
        return fail("there was no answer in time")


def _found(check: Check) -> Finding:
    """What a check finds; an error of the contract's is a finding too."""
    try:
        return check()
    except NotAsked as reason:
        return warn(f"not looked at: {reason}")
    except errors.BackendError as error:
        return failed(error)
    except Exception:  # noqa: BLE001 - the others' findings are wanted all the same
        _log.exception("a check of the preflight failed")
        return fail("the check itself failed: the gateway's log tells why")


def failed(error: errors.BackendError, *mends: Mend) -> Finding:
    """The finding that an error is; the grants that it names mend it, and what else is told."""
    granted = error.details.get("grants")
    return fail(error.message, *sql(granted if isinstance(granted, list) else ()), *mends)


def clock(ahead: float, whose: str) -> Finding:
    """What there is to say of a clock that is so many seconds ahead of somebody else's."""
    told = f"the gateway's clock is {abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} {whose}"
    mend = command("sudo", "timedatectl", "set-ntp", "true")
    if abs(ahead) <= CLOCK_SECONDS:
        return ok(f"the gateway's clock agrees with {whose}")
    if abs(ahead) <= CLOCK_MOST_SECONDS:
        return warn(f"{told}: audit columns and logs are off by as much", mend)
    return fail(f"{told}: certificates and tokens may count as expired, or not yet good", mend)


def budget(factors: Mapping[str, int], room: int, whose: str, mends: tuple[Mend, ...]) -> Finding:
    """What there is to say of connections, the product of some settings, that somebody has room for."""
    wanted = 1
    for number in factors.values():
        wanted *= number
    product = f"{' x '.join(factors)} = {' x '.join(map(str, factors.values()))} = {wanted} connections"
    if wanted > room:
        return fail(f"{product}, but {whose} has room for {room}", *mends)
    if wanted > ROOM * room:
        return warn(f"{product}: little is left of the {room} that {whose} has room for", *mends)
    return ok(f"{product}, and {whose} has room for {room}")
