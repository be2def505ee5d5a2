"""The Flask application, without the steps of a request that the gateway has no use for."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from flask import Flask, Request, Response, request
from werkzeug.routing import MapAdapter, Rule


class App(Flask):
    """Flask, but for what it looks for in every request and never finds here: hooks, signals, coroutines."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """See Flask; a path without variables is known by itself."""
        if request is not None and not request.root_path:
            known = self._known.get((request.method, request.path))
            if known is not None:
                return known
        return super().create_url_adapter(request)

    @cached_property
    def _known(self) -> dict[tuple[str, str], "_Known"]:
        rules = [rule for rule in self.url_map.iter_rules() if not rule.arguments]
        return {
            (method, rule.rule): _Known(rule, method)
            for rule in rules
            for method in (rule.methods or set()) - {"OPTIONS"}
        }

    def full_dispatch_request(self) -> Response:
        """See Flask; nothing comes before or after a view whose path has no variables."""
        if request.view_args:
            return super().full_dispatch_request()
        try:
            found = self.dispatch_request()
        except Exception as error:  # noqa: BLE001 - as Flask does
            found = self.handle_user_exception(error)
        return self.make_response(found)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """See Flask; no view is a coroutine."""
        return func

    def do_teardown_request(self, exc: BaseException | None = None) -> None:
        """See Flask; nothing has to be torn down."""

    def do_teardown_appcontext(self, exc: BaseException | None = None) -> None:
        """See Flask; nothing has to be torn down."""


class _Known(MapAdapter):
    """The one rule of a path without variables, for all requests: it knows neither their host nor scheme."""

    def __init__(self, rule: Rule, method: str) -> None:
        super().__init__(rule.map, "", "/", "", "http", rule.rule, method)
        self._found = rule, dict[str, Any]()

    def match(self, *_: object, **__: object) -> tuple[Rule, dict[str, Any]]:
        """See werkzeug."""
        return self._found
