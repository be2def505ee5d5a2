"""Transfers where nothing was moved: what is refused, and that there is nothing to look at."""

from collections.abc import Iterator

from tests.parity.calls import Call, get, sent

PATH = "/api/v1/transfers"
WAY: dict[str, object] = {"from": "default", "to": "default", "mode": "create"}
REFUSED: tuple[object, ...] = (
    {},
    [],
    {**WAY, "from": "nowhere"},
    {**WAY, "to": "nowhere"},
    {**WAY, "mode": "move"},
    {**WAY, "tables": []},
    {**WAY, "tables": ["a", "a"]},
    {**WAY, "tables": "a"},
    {**WAY, "schema": ""},
    {**WAY, "on_error": "go on"},
    {**WAY, "at": 1},
    WAY,  # into itself
    {**WAY, "schema": "lakegate", "to_schema": "elsewhere", "tables": ["jobs"]},
)


def calls() -> Iterator[Call]:
    """The chapter."""
    for body in REFUSED:
        yield sent("POST", PATH, body, status=400)
    yield sent("POST", PATH, {**WAY, "to_schema": "elsewhere", "tables": ["never_made"]}, status=404)
    yield get(PATH)
    for method, what in (
        ("GET", ""),
        ("GET", "/report"),
        ("POST", "/cancel"),
        ("POST", "/resume"),
        ("DELETE", ""),
    ):
        yield sent(method, f"{PATH}/nothing{what}", None, status=404)
    yield get(f"{PATH}/nothing/at/all", status=404)
