"""The control plane as a whole: faults first, then who asks, then what is asked."""

import threading
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlsplit

from tests.workspace.admission import Target
from tests.workspace.control import shapes
from tests.workspace.control.app_resources import Resources
from tests.workspace.control.apps import Apps
from tests.workspace.control.autoscaling import Autoscaling
from tests.workspace.control.endpoints import Power
from tests.workspace.control.faults import Dropped, Faults
from tests.workspace.control.identity import Identity
from tests.workspace.control.objects import Objects
from tests.workspace.control.provisioned import Provisioned
from tests.workspace.control.routing import Call, Router
from tests.workspace.control.warehouses import Warehouses
from tests.workspace.control.wire import Answer, ApiError, JsonObject, Request
from tests.workspace.journal import Asked, Journal, Minted, process_of
from tests.workspace.roles import Roles
from tests.workspace.settings import ADMIN, Settings
from tests.workspace.tokens import Authority, Token

DOMAIN = "database.lakegate.test"


class ControlPlane:
    """Answers requests; one at a time, but for the waiting that faults ask for.

    Args:
        url: where it is reached.
        authority: issues its tokens.
        settings: lives and delays; they may be changed at any time.
        roles: makes roles in Postgres.
        power: whether the database sleeps.
    """

    def __init__(
        self,
        url: str,
        authority: Authority,
        settings: Settings,
        roles: Roles,
        power: Callable[[], Power],
    ) -> None:
        self.authority = authority
        self.settings = settings
        self.faults = Faults()
        self.journal = Journal()
        self._port = urlsplit(url).port or 0
        self.identity = Identity(url, authority, settings)
        self._provisioned = Provisioned(DOMAIN, settings, roles, self._mint)
        self.autoscaling = Autoscaling(DOMAIN, settings, roles, self._mint, power)
        self.warehouses = Warehouses(settings)
        resources = Resources(self._provisioned, self.autoscaling, self.warehouses)
        objects = Objects()
        self.apps = Apps(self.identity, settings, resources, objects)
        lakebase = (self._provisioned, self.autoscaling)
        parts = (self.identity, *lakebase, self.warehouses, objects, self.apps)
        self._router = Router(route for part in parts for route in part.routes)
        self._lock = threading.RLock()

    def answer(self, request: Request) -> Answer | None:
        """What a request is answered with; None if its connection is to be dropped."""
        try:
            answer = self.faults.meet(request, self._reply)
        except Dropped:
            answer = None
        except ApiError as error:
            answer = error.answer()
        status = answer.status if answer else 0
        self.journal.add(Asked(request.method, request.path, status))
        return answer

    def create(self, path: str, body: JsonObject, **query: str) -> JsonObject:
        """Make what the administrator asks for, without HTTP.

        Raises:
            ApiError: it cannot be made.
        """
        return self._perform("POST", path, Call(ADMIN, {}, query, body))

    def instance_host(self, name: str) -> str:
        """The DNS name of a Provisioned instance.

        Raises:
            NotFound: there is none of that name.
        """
        return self._provisioned.instance(name).host

    def target(self, host: str) -> Target | None:
        """What a host name of the database's leads to, None if it is unknown."""
        with self._lock:
            return self._provisioned.target(host) or self.autoscaling.target(host)

    def _reply(self, request: Request) -> Answer:
        with self._lock:
            if reply := self.identity.open.get(request.line):
                return reply(request)
            caller = self.identity.caller(request)
            call = Call(caller, {}, request.parameters(), request.json(), request.port, request.origin)
            return Answer(self._perform(request.method, request.path, call), HTTPStatus.OK)

    def _perform(self, method: str, path: str, call: Call) -> JsonObject:
        with self._lock:
            route, names = self._router.find(method, path)
            shapes.check(call.body, route.fields)
            return route.reply(replace(call, names=names))

    def _mint(self, call: Call, resources: tuple[str, ...], seconds: float) -> Token:
        token = self.authority.mint(call.caller, resources, seconds)
        server = urlsplit(call.origin).port or self._port
        process = process_of(call.port, server) if call.port else None
        self.journal.add(Minted(call.caller, resources, process))
        return token
