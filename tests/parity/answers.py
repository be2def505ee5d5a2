"""When two answers are the same: status, headers and body, with clocks and measured times left out."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.client import Answer

HEADERS = ("Content-Type", "Retry-After", "Allow", "Cache-Control", "ETag", "Location", "X-Request-Id")
CLOCK = b"<clock>"
MARGIN = timedelta(minutes=5)
SHOWN = 700  # characters of an answer
_MOMENT = re.compile(rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,6})?(?:\+00:00)?")
_MEASURED = re.compile(rb'"(latency_ms|uptime_seconds)":[0-9.e-]+|"(backend)":"[a-z]+"')
_CURSOR = re.compile(rb'("next_cursor"):"[A-Za-z0-9_-]+"')


@dataclass(frozen=True)
class Pairs:
    """A JSON object, its keys in order."""

    pairs: tuple[tuple[str, Any], ...]


class Digits:
    """A number as it is written: 1, 1.0 and 1.00 differ, but an exponent may be written in several ways."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Digits):
            return NotImplemented
        if "e" in f"{self._text}{other._text}".lower():
            return Decimal(self._text) == Decimal(other._text) and self._whole == other._whole
        return self._text == other._text

    __hash__ = None  # type: ignore[assignment]

    @property
    def _whole(self) -> bool:
        return self._text.lstrip("-").isdigit()


class Period:
    """The time in which the gateways' clocks have filled something in: from its making on."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC) - MARGIN

    def unclocked(self, content: bytes) -> bytes:
        """The content with every moment of this period as `CLOCK`."""
        ends = datetime.now(UTC) + MARGIN

        def mask(match: re.Match[bytes]) -> bytes:
            moment = datetime.fromisoformat(match[1].decode() + "+00:00")
            return CLOCK if self._began <= moment <= ends else match[0]

        return _MOMENT.sub(mask, content)


def differences(one: Answer, other: Answer, period: Period) -> list[str]:
    """What tells two answers apart; empty if nothing does."""
    found = [] if one.status == other.status else [f"status {one.status} and {other.status}"]
    for name in HEADERS:
        here, there = (_header(answer, name) for answer in (one, other))
        if here != there:
            found.append(f"{name}: {here} and {there}")
    ours, theirs = (_comparable(period.unclocked(answer.content)) for answer in (one, other))
    if ours == theirs:
        return found
    if "application/json" in one.headers.get("Content-Type", ""):
        return [*found, *_json_differences(ours, theirs)]
    return [*found, f"bytes: {_around(ours, theirs)}"]


def _header(answer: Answer, name: str) -> str:
    """A header's value; one that is a list, such as Allow, in the order of its items."""
    return ", ".join(sorted(item.strip() for item in answer.headers.get(name, "none").split(",")))


def _comparable(content: bytes) -> bytes:
    """The content without what was measured, the backend's name, and what cursors are made of."""
    return _CURSOR.sub(rb'\1:"<cursor>"', _MEASURED.sub(rb'"\1\2":null', content))


def _json_differences(ours: bytes, theirs: bytes) -> Iterator[str]:
    try:
        here, there = _exact(ours), _exact(theirs)
    except ValueError as error:
        yield f"not JSON: {error}"
    else:
        if here != there:
            yield f"body: {_around(ours, theirs)}"


def _exact(content: bytes) -> Any:
    """JSON whose objects keep the order of their keys, and whose numbers are told apart by their digits."""
    return json.loads(
        content,
        parse_int=Digits,
        parse_float=Digits,
        parse_constant=_refused,
        object_pairs_hook=lambda pairs: Pairs(tuple(pairs)),
    )


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _around(ours: bytes, theirs: bytes) -> str:
    """Both contents from a little before where they part."""
    at = next((at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), 0)
    start = max(0, at - 150) if min(len(ours), len(theirs)) > SHOWN else 0
    shown = [part[start : start + SHOWN].decode(errors="replace") for part in (ours, theirs)]
    return f"they part at byte {at}\n    {shown[0]}\n    {shown[1]}"
