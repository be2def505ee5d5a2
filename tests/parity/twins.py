"""Two gateways that are sent the same requests, one after the other."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tests.client import Answer, Client
from tests.parity.answers import Period, differences
from tests.parity.calls import Call

MOST_PAGES = 100
REQUEST_ID = "parity"

Answers = tuple[Answer, Answer]


@dataclass(frozen=True)
class Difference:
    """A request that was not answered alike, or not as the script says."""

    call: Call
    said: tuple[str, ...]

    def __str__(self) -> str:
        return "\n  ".join([str(self.call), *self.said])


class Twins:
    """Sends each request to both; ids and cursors are seen to, clocks are left out."""

    def __init__(self, one: Client, other: Client) -> None:
        self._clients = one, other
        self._period = Period()

    def replay(self, calls: Iterable[Call]) -> Iterator[Difference]:
        """Send all requests in turn; what is not alike."""
        for call in calls:
            if said := tuple(self._said(call)):
                yield Difference(call, said)

    def _said(self, call: Call) -> Iterator[str]:
        answers = self.answers(call)
        yield from self._alike(answers)
        if call.status not in (None, answers[0].status):
            yield f"status {answers[0].status}, not {call.status}: {answers[0].content[:400]!r}"
        if call.turns:
            yield from self._turned(call, answers)

    def answers(self, call: Call) -> Answers:
        """What both answer."""
        return self._answers(call, call)

    def _answers(self, one: Call, other: Call) -> Answers:
        """What each answers to its own request."""
        files, lakebase = self._clients
        return _answer(files, one), _answer(lakebase, other)

    def _alike(self, answers: Answers) -> list[str]:
        return differences(*answers, self._period)

    def _turned(self, call: Call, answers: Answers) -> Iterator[str]:
        """Follow the cursors: each gateway is handed its own, and then the other's."""
        for page in range(2, MOST_PAGES):
            cursors = [_cursor(answer) for answer in answers]
            if None in cursors:
                return
            one, other = (_with_cursor(call, str(cursor)) for cursor in cursors)
            answers, crossed = self._answers(one, other), self._answers(other, one)
            yield from (f"page {page}: {found}" for found in self._alike(answers))
            yield from (f"page {page} by the other's cursor: {found}" for found in self._alike(crossed))
            yield from (
                f"page {page}, one cursor and the other: {found}" for found in self._led(answers, crossed)
            )
        yield f"more than {MOST_PAGES} pages"

    def _led(self, answers: Answers, crossed: Answers) -> list[str]:
        """Where the cursors of both lead to with one gateway."""
        if answers[0].status != 200:
            return [f"status {answers[0].status}: {answers[0].content[:400]!r}"]
        return self._alike((answers[0], crossed[0]))


def _answer(client: Client, call: Call) -> Answer:
    return client.send(call.method, call.path, call.content, {"X-Request-Id": REQUEST_ID, **call.headers})


def _cursor(answer: Answer) -> str | None:
    found: str | None = answer.body.get("next_cursor")
    return found


def _with_cursor(call: Call, cursor: str) -> Call:
    fields = (call.content or b"{}").removesuffix(b"}")
    return replace(call, content=fields + f', "cursor": "{cursor}"}}'.encode())
