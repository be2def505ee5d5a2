"""Which method and path is answered by what."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from tests.workspace.control import shapes
from tests.workspace.control.wire import JsonObject, NoSuchPath


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: by whom, of what (the path's placeholders), how (the query string), with what body."""

    caller: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: JsonObject
    port: int = 0  # the client's; 0 where the workspace itself calls
    origin: str = ""  # the URL of the server that it came to


Reply = Callable[[Call], JsonObject]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of a path such as "/api/2.0/apps/{name}", and the fields that its body may have."""

    method: str
    path: str
    reply: Reply
    fields: shapes.Fields

    def names(self, method: str, path: str) -> Mapping[str, str] | None:
        """What the placeholders stand for in a path; None if this is another's."""
        found = re.fullmatch(_expression(self.path), path) if method == self.method else None
        return found and {name: unquote(value) for name, value in found.groupdict().items()}


def route(method: str, path: str, reply: Reply, fields: shapes.Fields | None = None) -> Route:
    """A route; without `fields`, its body has none."""
    return Route(method, path, reply, fields or {})


def _expression(path: str) -> str:
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route of a path, with what its placeholders stand for.

        Raises:
            NoSuchPath: there is none.
        """
        for found in self._routes:
            names = found.names(method, path)
            if names is not None:
                return found, names
        raise NoSuchPath(f"No API found for '{method} {path}'")
