"""Results as HTTP: a JSON envelope around bytes that the database gave, NDJSON or CSV."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from flask import Response

from backends.plan import Column
from gateway.service import Page, RowStream

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

JSON = "application/json"
LARGE = 1 << 16  # bytes of rows, from which on to copy them costs more than to send them by themselves

_encode = msgspec.json.Encoder().encode
_lines = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text = msgspec.json.Decoder(str)


_SPECIAL = re.compile(r'[",\r\n]')


class Whole(Response):
    """A JSON answer that is there as a whole: werkzeug need not look at it again before it is sent."""

    def __init__(self, *parts: bytes, status: int = 200) -> None:
        super().__init__(None, status, content_type=JSON)
        self.response = parts
        self.headers["Content-Length"] = str(sum(map(len, parts)))

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """See werkzeug; there is nothing to close, and no path to complete in a header."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        start_response(self.status, self.headers.to_wsgi_list())
        return self.response  # type: ignore[return-value]  # bytes, as it was made of them


def as_json(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Whole(_encode(value), status=status)


def page(found: Page) -> Response:
    """A page of rows; they are not looked into."""
    result = found.result
    told = (result.count, _encode(result.total), _encode(found.cursor))
    parts = (b'{"data":', result.rows, b',"count":%d,"total":%b,"next_cursor":%b}' % told)
    return Whole(*parts) if len(result.rows) > LARGE else Whole(b"".join(parts))


def ndjson(found: RowStream) -> Response:
    """Rows as lines of JSON."""
    return _streamed(found, found.chunks, "application/x-ndjson")


def csv(found: RowStream) -> Response:
    """Rows as RFC 4180 has them."""
    columns = [found.plan.table.by_name[name] for name in found.plan.columns]
    return _streamed(found, csv_chunks(columns, found.chunks), "text/csv; charset=utf-8; header=present")


def _streamed(found: RowStream, chunks: Iterator[bytes], content_type: str) -> Response:
    answer = Response(chunks, content_type=content_type)
    answer.call_on_close(found.chunks.close)
    return answer


def csv_chunks(columns: Sequence[Column], chunks: Iterable[bytes]) -> Iterator[bytes]:
    """NDJSON as CSV with a header: NULL is empty, an empty text is `""`, a nested value is its JSON."""
    header, row = ",".join(_quoted(column.name) for column in columns) + "\r\n", _csv_row(columns)
    for chunk in chunks:
        yield (header + "".join([row(line) for line in _lines.decode_lines(chunk)])).encode()
        header = ""
    yield header.encode()


def _csv_row(columns: Sequence[Column]) -> Callable[[dict[str, msgspec.Raw]], str]:
    names = [column.name for column in columns]

    def row(values: dict[str, msgspec.Raw]) -> str:
        return ",".join([_field(bytes(values[name])) for name in names]) + "\r\n"

    return row


def _field(value: bytes) -> str:
    """A JSON value as a field; a number keeps its digits."""
    match value[:1]:
        case b'"':
            return _quoted(_text.decode(value))
        case b"[" | b"{":
            return _quoted(value.decode())
    return "" if value == b"null" else value.decode()


def _quoted(text: str) -> str:
    """A text as a field, in quotes where it needs them; an empty one does, or it would be NULL."""
    return '"' + text.replace('"', '""') + '"' if not text or _SPECIAL.search(text) else text
