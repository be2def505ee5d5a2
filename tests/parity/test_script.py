"""The script on all gateways."""

import re

import pytest

from tests.parity.calls import get
from tests.parity.gateways import Gateways
from tests.parity.script import CHAPTERS, calls

# What looks at the place where a gateway runs, which differs.
OF_THE_PLACE = ("/api/v1/databases", "/api/v1/preflight")
STATUSES = {200, 201, 204, 400, 404, 405, 409, 413, 415}


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_all_answer_alike(gateways: Gateways, chapter: str) -> None:
    found = [str(difference) for difference in gateways.replay(CHAPTERS[chapter]())]
    assert not found, f"{len(found)} of the requests:\n\n" + "\n\n".join(found)


def test_the_script_asks_for_all_that_there_is(gateways: Gateways) -> None:
    document = gateways.answers(get("/api/openapi.json"))["sqlite"]
    asked = {(call.method.lower(), call.path) for call in calls()}
    missing = [
        (method, path)
        for path, operations in document.body["paths"].items()
        for method in operations
        if not path.startswith(OF_THE_PLACE)
        and not any(method == verb and _matches(path, found) for verb, found in asked)
    ]
    assert not missing


def test_the_script_is_the_same_every_time_and_meets_every_status() -> None:
    script = [*calls()]
    assert script == [*calls()]
    assert len(script) >= 400
    assert {call.status for call in script} == STATUSES


def _matches(template: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) is not None
