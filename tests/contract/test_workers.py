"""What one worker changes the others see: no table is remembered for longer than it is true."""

from tests.client import Client, columns_of

COLUMNS = {"id": "INT", "name": "STRING"}
MANY = 8  # requests: enough that every worker gets some


def known_to_every_worker(client: Client, table: str) -> None:
    """Make every worker read a table that has an `id`."""
    assert {client.read(table, columns=["id"]).status for _ in range(MANY)} == {200}


def test_a_dropped_table_is_gone_for_every_worker(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": 1}])
    known_to_every_worker(client, table)
    client.send("DELETE", client.path(table))
    statuses = [client.read(table).status for _ in range(MANY)]
    statuses += [client.write(table, [{"id": 2}]).status for _ in range(MANY)]
    statuses += [client.get(client.path(table)).status for _ in range(MANY)]
    assert set(statuses) == {404}


def test_a_dropped_table_can_be_created_again_at_once(client: Client, table: str) -> None:
    for _ in range(MANY):
        client.create(table, COLUMNS)
        known_to_every_worker(client, table)
        assert client.send("DELETE", client.path(table)).status == 204


def test_a_dropped_table_is_created_again_by_auto_create(client: Client, table: str) -> None:
    asked = {"auto_create": True, "schema_definition": columns_of(COLUMNS), "primary_key": ["id"]}
    for _ in range(MANY):
        assert client.write(table, [{"id": 1}], **asked).status == 201
        known_to_every_worker(client, table)
        assert client.send("DELETE", client.path(table)).status == 204


def test_a_table_can_be_created_anew_with_other_columns(client: Client, table: str) -> None:
    for column in ("a", "b", "c", "d", "e", "f"):
        client.create(table, {"id": "INT", column: "INT"})
        known_to_every_worker(client, table)
        client.send("DELETE", client.path(table))


def test_a_table_created_anew_is_written_as_it_is_now(client: Client, table: str) -> None:
    client.create(table, COLUMNS)
    known_to_every_worker(client, table)
    client.send("DELETE", client.path(table))
    client.create(table, {"id": "STRING", "shoe": "INT"})
    statuses = [client.write(table, [{"id": f"x{at}", "shoe": at}]).status for at in range(MANY)]
    assert (statuses, len(client.ids(table))) == ([201] * MANY, MANY)


def test_a_table_created_anew_is_read_as_it_is_now(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": 1}])
    known_to_every_worker(client, table)
    client.send("DELETE", client.path(table))
    client.create(table, {"id": "STRING", "shoe": "INT"})
    client.write(table, [{"id": "x", "shoe": 44}])
    found = [client.read(table, columns=["id", "shoe"], order_by=["-shoe"]).rows for _ in range(MANY)]
    assert found == [[{"id": "x", "shoe": 44}]] * MANY


def test_a_table_created_anew_without_a_column_is_described_as_it_is_now(client: Client, table: str) -> None:
    client.fill(table, COLUMNS, [{"id": 1, "name": "Ada"}])
    known_to_every_worker(client, table)
    client.send("DELETE", client.path(table))
    client.create(table, {"id": "INT"})
    client.write(table, [{"id": 1}])
    found = [list(client.read(table).rows[0])[:2] for _ in range(MANY)]
    assert found == [["id", "created_at"]] * MANY
