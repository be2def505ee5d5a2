"""Who asks: discovery, OAuth for machines (M2M), personal access tokens, and the current user."""

import base64
import secrets
import uuid
import zlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from tests.workspace.control.routing import Call, Route, route
from tests.workspace.control.wire import Answer, Request, Unauthenticated
from tests.workspace.settings import ADMIN, ADMIN_TOKEN, USER, USER_TOKEN, Settings
from tests.workspace.tokens import WORKSPACE, Authority, Claims, Refused, Undecodable

WORKSPACE_ID = "1234567890123456"
ACCOUNT_ID = "7d1b2f0c-1111-4a5e-8d52-3f6a2c9b7e10"
NO_BEARER = "Credential was not sent or was of an unsupported type for this API."


class Identity:
    """Knows clients and users, gives bearers to the former, and tells who sent a request."""

    def __init__(self, url: str, authority: Authority, settings: Settings) -> None:
        self._url = url
        self._authority = authority
        self._settings = settings
        self._users = {ADMIN_TOKEN: ADMIN, USER_TOKEN: USER}
        self._secrets: dict[str, str] = {}
        self._revoked: set[str] = set()
        self._bearers: list[Claims] = []
        self.routes: tuple[Route, ...] = (route("GET", "/api/2.0/preview/scim/v2/Me", self._me),)
        self.open: Mapping[str, Callable[[Request], Answer]] = {
            "GET /.well-known/databricks-config": self._configuration,
            "GET /oidc/.well-known/oauth-authorization-server": self._endpoints,
            "POST /oidc/v1/token": self._token,
        }

    def new_client(self) -> tuple[str, str]:
        """A new service principal's client id and secret."""
        client, secret = str(uuid.uuid4()), f"dose{secrets.token_hex(16)}"
        self._secrets[client] = secret
        return client, secret

    def revoke_secret(self, client: str) -> None:
        """Refuse a client's secret until it is restored."""
        self._revoked.add(client)

    def restore_secret(self, client: str) -> None:
        """Take a client's secret again."""
        self._revoked.discard(client)

    def restore_secrets(self) -> None:
        """Take all secrets again."""
        self._revoked.clear()

    def forget_client(self, client: str) -> None:
        """Know a client no longer."""
        self._secrets.pop(client, None)

    def revoke_bearers(self) -> None:
        """Refuse all bearers that were given out so far."""
        for claims in self._bearers:
            self._authority.revoke(claims)
        self._bearers.clear()

    def caller(self, request: Request) -> str:
        """A user's mail address or a client's id.

        Raises:
            Unauthenticated: there is no bearer, or it is not good.
        """
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not text:
            raise Unauthenticated(NO_BEARER)
        return self._users.get(text) or self._subject(text)

    def bearer(self, request: Request) -> str:
        """The same for who has logged in by OAuth: a personal access token is not good.

        Raises:
            Unauthenticated: see `caller`.
        """
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or text in self._users:
            raise Unauthenticated(NO_BEARER)
        return self._subject(text)

    def _subject(self, text: str) -> str:
        try:
            claims = self._authority.check(text)
        except (Undecodable, Refused) as error:
            raise Unauthenticated(NO_BEARER) from error
        if WORKSPACE not in claims.aud:
            raise Unauthenticated(NO_BEARER)
        return claims.sub

    def _configuration(self, request: Request) -> Answer:
        oidc = self._oidc(request)
        return Answer(
            {"oidc_endpoint": oidc, "account_id": ACCOUNT_ID, "workspace_id": WORKSPACE_ID, "cloud": "aws"}
        )

    def _endpoints(self, request: Request) -> Answer:
        oidc = self._oidc(request)
        authorize, token = f"{oidc}/v1/authorize", f"{oidc}/v1/token"
        return Answer({"issuer": oidc, "authorization_endpoint": authorize, "token_endpoint": token})

    def _oidc(self, request: Request) -> str:
        return f"{request.origin or self._url}/oidc"

    def _token(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        client, secret = _client(request.headers.get("authorization", ""), form)
        if client in self._revoked or not secret or self._secrets.get(client) != secret:
            return _refusal(HTTPStatus.UNAUTHORIZED, "invalid_client", "Client authentication failed")
        if form.get("grant_type") != "client_credentials":
            return _refusal(HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "Unsupported grant_type")
        if form.get("scope") != WORKSPACE:
            return _refusal(HTTPStatus.BAD_REQUEST, "invalid_scope", "Unsupported scope")
        life = self._settings.bearer_seconds
        token = self._authority.mint(client, (WORKSPACE,), life)
        self._bearers.append(token.claims)
        return Answer(
            {"access_token": token.text, "token_type": "Bearer", "expires_in": int(life), "scope": WORKSPACE}
        )

    def _me(self, call: Call) -> Mapping[str, object]:
        return {
            "id": str(zlib.crc32(call.caller.encode())),
            "userName": call.caller,
            "displayName": call.caller.partition("@")[0],
            "active": True,
        }


def _client(authorization: str, form: Mapping[str, str]) -> tuple[str, str]:
    """A client's id and secret, from the header or the form."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme != "Basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return "", ""
    return client, secret


def _refusal(status: HTTPStatus, error: str, description: str) -> Answer:
    return Answer({"error": error, "error_description": description}, status)
