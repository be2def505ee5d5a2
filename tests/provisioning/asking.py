"""What the tests ask of databases over HTTP."""

import time
from typing import Any

from tests.client import Answer, Client

PATH = "/api/v1/databases"
PATIENCE = 60.0  # seconds

Json = dict[str, Any]


def ended(client: Client, answer: Answer) -> Json:
    """A job that has begun with an answer, when it has ended."""
    assert answer.status == 202, answer
    assert (answer.headers["Location"], answer.body["state"]) == (
        f"{PATH}/jobs/{answer.body['job']}",
        "running",
    )
    end = time.monotonic() + PATIENCE
    while (found := client.get(answer.headers["Location"]).body)["state"] == "running":
        assert time.monotonic() < end, found
        time.sleep(0.05)
    assert (found["job"], found["kind"]) == (answer.body["job"], answer.body["kind"])
    job: Json = found
    return job


def done(client: Client, answer: Answer) -> Json:
    """The database that a job has ended with."""
    found = ended(client, answer)
    assert (found["state"], found["progress"]) == ("done", None), found
    database: Json = found["result"]["database"]
    return database
