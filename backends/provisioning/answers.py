"""Whether an app answers at its URL, asked as its users ask: with an OAuth bearer, under /api/."""

import time
from collections.abc import Callable
from http import HTTPStatus

import requests

from backends import errors
from backends.provisioning.looking import looks
from backends.provisioning.platform import Platform

READY = "/api/health/ready"
WAIT_SECONDS = 300.0  # for a database that wakes, or a warehouse that starts
ANSWER_SECONDS = 125  # the proxy of Apps gives up at 120
_STRANGER = (HTTPStatus.FOUND, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def ready(
    platform: Platform, url: str, report: Callable[[str], object], seconds: float = WAIT_SECONDS
) -> float:
    """How long an app took to say that it is ready, in ms; waited for if need be.

    Raises:
        Forbidden: its proxy does not let in who deploys.
        Unavailable: it was not ready in time; the message has its last answer.
    """
    told = "nothing"
    for status, milliseconds in looks(lambda: _asked(platform, url), seconds):
        if status == HTTPStatus.OK:
            return milliseconds
        if status in _STRANGER:
            raise errors.Forbidden(
                f"the app's proxy answers {status}: it lets in who has CAN USE on the app and has logged in"
                " by OAuth (DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET, or a profile of"
                " `databricks auth login`); it takes no personal access token"
            )
        told = f"status {status}" if status else "nothing"
        report(f"the app answers {told}")
    raise errors.Unavailable(f"{url}{READY} answers {told}: the app's log (/logz) tells why", retry_after=30)


def _asked(platform: Platform, url: str) -> tuple[int, float]:
    """The status of an answer, 0 where there was none, and how long it took."""
    bearer = platform.workspace.bearer().text
    begun = time.perf_counter()
    try:
        answer = requests.get(
            f"{url}{READY}",
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=ANSWER_SECONDS,
            allow_redirects=False,
        )
    except requests.RequestException:
        return 0, 0.0
    return answer.status_code, (time.perf_counter() - begun) * 1000
