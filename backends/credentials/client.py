"""The SDK's edge, where its client is made and its errors become ours; importing this imports the SDK."""

import base64
import logging
import math
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from databricks.sdk import WorkspaceClient
from databricks.sdk import errors as sdk
from databricks.sdk.clock import Clock
from databricks.sdk.core import ApiClient, Config, DatabricksError
from databricks.sdk.credentials_provider import (
    CredentialsProvider,
    CredentialsStrategy,
    DefaultCredentials,
    OAuthCredentialsProvider,
)
from databricks.sdk.oauth import Refreshable, Token

from backends import errors
from backends.credentials.workspace import LoginRefused, LoginUntold

RETRY_SECONDS = 5  # the SDK asks again for so long, and may overshoot by one answer: requests wait for it
ANSWER_SECONDS = 8  # for each of its requests
LONGEST_SLEEP = 4.0  # seconds; a server that asks for more is not waited for: the time would be over
CREDENTIALS = "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or DATABRICKS_TOKEN"
UNTOLD = (
    f"the settings do not tell how to log in to Databricks: DATABRICKS_HOST with {CREDENTIALS},"
    " or else DATABRICKS_CONFIG_PROFILE, and no two of them"
)
BUSY = (sdk.TooManyRequests, sdk.TemporarilyUnavailable)
BROKEN = (sdk.InternalError, sdk.DeadlineExceeded, sdk.Cancelled)


class _Clock(Clock):
    """Time as it is, but no sleep that a server could make last for ever."""

    def time(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        if seconds > LONGEST_SLEEP + 1:  # the SDK adds up to a second
            raise TimeoutError
        time.sleep(seconds)


class _Config(Config):
    """The SDK's settings, without those that it would read from the process's own environment."""

    def _load_from_env(self) -> None:
        pass


class _Bearer(Refreshable):
    """A service principal's own token. The SDK's own way to it has no time limit, this one has."""

    def __init__(self, config: Config) -> None:
        super().__init__(disable_async=True)  # its threads would keep a process from ending
        self._config = config

    def refresh(self) -> Token:
        """A new token; raises the SDK's errors."""
        api = ApiClient(self._config)
        form = {"grant_type": "client_credentials", "scope": self._config.get_scopes_as_string()}
        answer: Any = api.do(
            "POST",
            url=self._token_endpoint(api),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            data=urlencode(form),
            auth=self._identify,
        )
        expiry = datetime.now() + timedelta(seconds=int(answer["expires_in"]))  # noqa: DTZ005 - as the SDK does
        return Token(str(answer["access_token"]), str(answer["token_type"]), expiry=expiry)

    def _token_endpoint(self, api: ApiClient) -> str:
        usual = f"{self._config.host}/oidc/.well-known/oauth-authorization-server"
        found: Any = api.do("GET", url=self._config.discovery_url or usual, auth=lambda request: request)
        return str(found["token_endpoint"])

    def _identify(self, request: Any) -> Any:
        pair = f"{self._config.client_id}:{self._config.client_secret}"
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return request


class _Login(CredentialsStrategy):
    """A service principal with its secret logs in as `_Bearer`, all others as the SDK knows how."""

    def __init__(self) -> None:
        self._chosen: Any = None

    def auth_type(self) -> str:
        return str(self._chosen.auth_type()) if self._chosen is not None else "oauth-m2m"

    def __call__(self, cfg: Config) -> CredentialsProvider:
        principal = cfg.client_id and cfg.client_secret and not cfg.group_id
        if principal and cfg.auth_type in (None, "oauth-m2m"):
            bearer = _Bearer(cfg)
            return OAuthCredentialsProvider(lambda: _header(bearer), bearer.token)
        self._chosen = DefaultCredentials()
        return self._chosen(cfg)  # type: ignore[no-any-return]


def _header(bearer: _Bearer) -> dict[str, str]:
    return {"Authorization": f"Bearer {bearer.token().access_token}"}


def open_workspace(env: Mapping[str, str]) -> WorkspaceClient:
    """A client that logs in as the DATABRICKS_... variables of `env` say; the process's own are not read.

    Raises:
        LoginUntold: they do not say how, or say it twice.
    """
    # at DEBUG the SDK logs answers, and tokens in them
    logging.getLogger("databricks.sdk").setLevel(logging.INFO)
    known = {attribute.name: attribute for attribute in Config.attributes() if attribute.env}
    given = {name: env[attribute.env] for name, attribute in known.items() if env.get(attribute.env)}
    bounds = {"retry_timeout_seconds": RETRY_SECONDS, "http_timeout_seconds": ANSWER_SECONDS}
    fixed: dict[str, Any] = {**bounds, "debug_headers": False, "disable_async_token_refresh": True}
    try:
        config = _Config(
            credentials_strategy=_Login(), clock=_Clock(), product="lakegate", **{**given, **fixed}
        )
    except ValueError as error:
        raise LoginUntold(UNTOLD) from error
    if not config.host:
        raise LoginUntold(UNTOLD)
    return WorkspaceClient(config=config)


def as_ours(error: Exception, subject: str) -> errors.BackendError:
    """An error of the SDK, or of a network below it, as one of ours."""
    match error:
        case sdk.Unauthenticated():
            return LoginRefused(f"Databricks refuses the gateway's credentials: {CREDENTIALS}")
        case sdk.PermissionDenied():
            return errors.Forbidden(f"the gateway's service principal lacks the permission to use {subject}")
        case sdk.NotFound():
            return errors.NotFound(
                f"there is no {subject}, or none that the gateway's service principal sees"
            )
        case _ if isinstance(error, BUSY + BROKEN) or type(error) is DatabricksError:
            return errors.Unavailable("Databricks is not able to answer now", retry_after=_patience(error))
        case OSError() if not isinstance(error, DatabricksError):
            return errors.Unavailable("Databricks does not answer", retry_after=_patience(error))
        case _:
            return errors.BackendError(f"Databricks cannot be asked about {subject}")


def _patience(error: BaseException) -> int:
    """The seconds that Databricks asked to wait, wherever in the chain of errors it did; else a few."""
    found: BaseException | None = error
    while found is not None:
        asked = getattr(found, "retry_after_secs", None)
        if isinstance(asked, int | float):
            return min(max(1, math.ceil(asked)), 3600)
        found = found.__cause__ or found.__context__
    return 5
