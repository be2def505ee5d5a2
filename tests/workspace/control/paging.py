"""Lists, one page after another."""

import base64
from collections.abc import Mapping, Sequence

from tests.workspace.control.wire import Invalid, JsonObject

MAX_PAGE_SIZE = 100  # items; also what a request gets that names no size


def page(key: str, items: Sequence[JsonObject], query: Mapping[str, str]) -> JsonObject:
    """The page that `page_size` and `page_token` ask for, under a key, and the token of the next one.

    Raises:
        Invalid: the size is no number from 0 to 100, or the token none that was given out.
    """
    size, start = _size(query), _start(query)
    found: dict[str, object] = {key: list(items[start : start + size])} if items else {}
    if start + size < len(items):
        found["next_page_token"] = base64.urlsafe_b64encode(str(start + size).encode()).decode()
    return found


def _size(query: Mapping[str, str]) -> int:
    asked = query.get("page_size", "0")
    if not asked.isdecimal() or int(asked) > MAX_PAGE_SIZE:
        raise Invalid(f"page_size must be a number between 0 and {MAX_PAGE_SIZE}.")
    return int(asked) or MAX_PAGE_SIZE


def _start(query: Mapping[str, str]) -> int:
    token = query.get("page_token", "")
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except ValueError as error:
        raise Invalid("page_token is not valid.") from error
