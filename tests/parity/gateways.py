"""Gateways that are sent the same requests, all at the same time, and each request after the other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from tests.client import Answer, Client
from tests.parity.answers import Period, differences
from tests.parity.calls import Call

MOST_PAGES = 100
REQUEST_ID = "parity"

Answers = Mapping[str, Answer]


@dataclass(frozen=True)
class Difference:
    """A request that was not answered alike, or not as the script says."""

    call: Call
    said: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join([str(self.call), *self.said])


class Gateways:
    """Sends each request to all; ids and cursors are seen to, clocks are left out.

    The first of the gateways is the one that the others are compared with.
    """

    def __init__(self, clients: Mapping[str, Client], pool: ThreadPoolExecutor) -> None:
        self._clients = dict(clients)
        self._pool = pool
        self._period = Period()

    def replay(self, calls: Iterable[Call]) -> Iterator[Difference]:
        """Send all requests in turn; what is not alike."""
        for call in calls:
            if said := tuple(self._said(call)):
                yield Difference(call, said)

    def answers(self, call: Call) -> Answers:
        """What all answer, by the gateways' names."""
        return self._answers(lambda _: call)

    def unlike(self, answers: Answers) -> Iterator[str]:
        """What tells the others' answers from the first one's."""
        (_, first), *others = answers.items()
        for name, answer in others:
            yield from (f"{name}: {found}" for found in differences(first, answer, self._period))

    def _answers(self, call_of: Callable[[str], Call]) -> Answers:
        """What each answers to its own request."""
        sent = {
            name: self._pool.submit(_answer, client, call_of(name)) for name, client in self._clients.items()
        }
        return {name: answer.result() for name, answer in sent.items()}

    def _said(self, call: Call) -> Iterator[str]:
        answers = self.answers(call)
        yield from self.unlike(answers)
        first = next(iter(answers.values()))
        if call.status not in (None, first.status):
            yield f"status {first.status}, not {call.status}: {first.content[:400]!r}"
        if call.turns:
            yield from self._turned(call, answers)

    def _turned(self, call: Call, answers: Answers) -> Iterator[str]:
        """Follow the cursors: each gateway is handed its own, and one of the others'."""
        for page in range(2, MOST_PAGES):
            cursors = {name: _cursor(answer) for name, answer in answers.items()}
            if None in cursors.values():
                return
            calls = {name: _with_cursor(call, str(cursor)) for name, cursor in cursors.items()}
            passed = _passed_on(calls, page)
            answers, crossed = self._answers(calls.__getitem__), self._answers(passed.__getitem__)
            yield from (f"page {page}: {found}" for found in self.unlike(answers))
            yield from (f"page {page} by another's cursor: {found}" for found in self.unlike(crossed))
            yield from (f"page {page}, by two cursors: {found}" for found in self._led(answers, crossed))
        yield f"more than {MOST_PAGES} pages"

    def _led(self, answers: Answers, crossed: Answers) -> Iterator[str]:
        """Where two cursors lead to with one gateway."""
        for name, answer in answers.items():
            if answer.status != 200:
                yield f"{name}: status {answer.status}: {answer.content[:400]!r}"
            yield from (f"{name}: {found}" for found in differences(answer, crossed[name], self._period))


def _passed_on(calls: Mapping[str, Call], page: int) -> dict[str, Call]:
    """The calls, each with another gateway; from page to page with each of the others in turn."""
    names = [*calls]
    step = 1 + page % (len(names) - 1)
    return {name: calls[names[(at + step) % len(names)]] for at, name in enumerate(names)}


def _answer(client: Client, call: Call) -> Answer:
    return client.send(call.method, call.path, call.content, {"X-Request-Id": REQUEST_ID, **call.headers})


def _cursor(answer: Answer) -> str | None:
    found: str | None = answer.body.get("next_cursor")
    return found


def _with_cursor(call: Call, cursor: str) -> Call:
    fields = (call.content or b"{}").removesuffix(b"}")
    return replace(call, content=fields + f', "cursor": "{cursor}"}}'.encode())
