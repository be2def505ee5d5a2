"""Who did what, when: the audit columns."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import Client, Row
from tests.gateway_process import Gateway

COLUMNS = {"id": "INT", "name": "STRING"}
BY_ID = {"key_column": "id", "key_value": 1}
FORWARDED = {"X-Forwarded-Email": "ada@example.com", "X-Forwarded-User": "42@7"}


def row_of(client: Client, table: str) -> Row:
    return client.read(table, include_deleted=True).rows[0]


def write_as(client: Client, table: str, headers: dict[str, str | bytes]) -> Row:
    """The row that a write with `headers` leaves."""
    client.post("/api/v1/records/write", {"table": table, "data": [{"id": 1}]}, headers)
    return row_of(client, table)


def is_now(text: str) -> bool:
    moment = datetime.fromisoformat(text)
    return moment.tzinfo == UTC and abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


def test_a_write_says_when_and_by_whom(client: Client, table: str) -> None:
    row = row_of(client, client.fill(table, COLUMNS, [{"id": 1}]))
    assert is_now(row["created_at"]) and row["created_by"] == "lakegate"


def test_a_write_fills_nothing_else(client: Client, table: str) -> None:
    row = row_of(client, client.fill(table, COLUMNS, [{"id": 1}]))
    assert (row["updated_at"], row["updated_by"], row["deleted_at"]) == (None, None, None)


def test_the_clock_is_in_microseconds(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    for number in range(5):
        client.write(table, [{"id": number}])
    moments = [datetime.fromisoformat(row["created_at"]) for row in client.read(table).rows]
    assert sorted(set(moments)) == moments and any(moment.microsecond % 1000 for moment in moments)


def test_the_callers_own_values_in_a_write_are_kept(client: Client, table: str) -> None:
    own = {
        "created_at": "2001-02-03T04:05:06.7+00:00", "created_by": "Charles",
        "updated_at": "2002-02-03T04:05:06+00:00", "updated_by": "Ada",
        "deleted_at": "2003-02-03T04:05:06+00:00",
    }  # fmt: skip
    row = row_of(client, client.fill(table, COLUMNS, [{"id": 1, "name": "x", **own}]))
    assert row == {"id": 1, "name": "x", **own}


def test_the_callers_own_value_in_one_row_is_not_that_of_another(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": 1, "created_by": "Charles"}, {"id": 2}])
    assert [row["created_by"] for row in client.read(table).rows] == ["Charles", "lakegate"]


def test_an_update_says_when_and_by_whom(client: Client, table: str) -> None:
    before = row_of(client, client.fill(table, COLUMNS, [{"id": 1}]))
    client.update(table, **BY_ID, updates={"name": "Ada"})
    after = row_of(client, table)
    assert is_now(after["updated_at"]) and after["updated_by"] == "lakegate"
    assert (after["created_at"], after["created_by"]) == (before["created_at"], before["created_by"])


def test_a_bulk_update_says_when_and_by_whom(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": 1}, {"id": 2}])
    client.update(table, key_column="id", bulk_updates=[{"key_value": 2, "updates": {"name": "Bob"}}])
    first, second = client.read(table).rows
    assert is_now(second["updated_at"]) and second["updated_by"] == "lakegate"
    assert (first["updated_at"], first["updated_by"]) == (None, None)


def test_a_table_with_some_audit_columns_has_those_filled(client: Client, table: str) -> None:
    client.create(table, {**COLUMNS, "created_by": "VARCHAR(20)", "created_at": "TIMESTAMP_NTZ"})
    client.write(table, [{"id": 1}])
    row = row_of(client, table)
    assert row["created_by"] == "lakegate"
    assert abs(datetime.fromisoformat(row["created_at"] + "+00:00") - datetime.now(UTC)) < timedelta(
        minutes=1
    )


def test_forwarded_headers_are_not_believed_on_a_laptop(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    assert write_as(client, table, {**FORWARDED})["created_by"] == "lakegate"


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        (FORWARDED, "ada@example.com"),
        ({"X-Forwarded-User": "42@7"}, "42@7"),
        ({}, "lakegate"),
    ],
)
def test_forwarded_headers_are_believed_behind_the_proxy_of_an_app(
    app_gateway: Gateway, table: str, headers: dict[str, str], caller: str
) -> None:
    behind = Client(app_gateway)
    behind.create(table, COLUMNS)
    assert write_as(behind, table, {**headers})["created_by"] == caller


def test_an_update_behind_the_proxy_is_by_its_caller(app_gateway: Gateway, table: str) -> None:
    behind = Client(app_gateway)
    behind.fill(table, COLUMNS, [{"id": 1}])
    behind.post("/api/v1/records/update", {"table": table, **BY_ID, "updates": {"name": "x"}}, {**FORWARDED})
    assert row_of(behind, table)["updated_by"] == "ada@example.com"
