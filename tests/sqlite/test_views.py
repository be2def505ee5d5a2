"""Views, triggers and full-text tables of other programs."""

from tests.app_client import AppClient
from tests.sqlite.conftest import Others

VIEW = """
CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, n INTEGER);
INSERT INTO t VALUES (1, 'a', 10), (2, 'b', NULL), (3, NULL, 30);
CREATE VIEW v AS
    SELECT id, upper(name) AS loud, n / 4.0 AS quarter, n > 15 AS large, NULL AS empty, 'x' FROM t;
"""


def test_a_view_with_expressions_is_read(client: AppClient, others: Others) -> None:
    others(VIEW)
    described = client.get(client.path("v")).body
    assert (described["kind"], described["primary_key"]) == ("view", [])
    types = [column["data_type"] for column in described["columns"]]
    assert types == ["BIGINT", "STRING", "DOUBLE", "BIGINT", "STRING", "STRING"]
    found = client.read("v", filters=[{"column": "quarter", "op": ">=", "value": 2.5}], order_by=["-quarter"])
    assert found.rows == [
        {"id": 3, "loud": None, "quarter": 7.5, "large": 1, "empty": None, "'x'": "x"},
        {"id": 1, "loud": "A", "quarter": 2.5, "large": 0, "empty": None, "'x'": "x"},
    ]
    assert [row["id"] for page in client.pages("v", limit=1) for row in page] == [1, 2, 3]


def test_a_view_is_not_written(client: AppClient, others: Others) -> None:
    others(VIEW)
    answers = [
        client.write("v", [{"id": 4}]),
        client.update("v", key_column="id", key_value=1, updates={"loud": "x"}),
        client.delete("v", key_column="id", key_value=1, soft=False),
        client.delete("v", key_column="id", key_value=1),
    ]
    assert {(answer.status, answer.error_type) for answer in answers} == {(400, "Unsupported")}


def test_a_view_whose_table_is_gone_is_an_error_of_its_own(client: AppClient, others: Others) -> None:
    others(VIEW + "DROP TABLE t")
    assert client.read("v").status in (400, 404)
    assert client.get(client.path()).body["tables"] == [{"name": "v", "kind": "view"}]


def test_triggers_run_and_may_refuse(client: AppClient, others: Others) -> None:
    others(
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);
        CREATE TABLE log (id INTEGER, what TEXT);
        CREATE TRIGGER after_insert AFTER INSERT ON t BEGIN INSERT INTO log VALUES (new.id, 'in'); END;
        CREATE TRIGGER no_negative BEFORE UPDATE ON t WHEN new.n < 0
            BEGIN SELECT RAISE(ABORT, 'secret words'); END;
        """
    )
    assert client.write("t", [{"id": 1, "n": 1}, {"id": 2, "n": 2}]).body["count"] == 2
    answer = client.update("t", filters=[{"column": "id", "op": ">", "value": 0}], updates={"n": -1})
    assert (answer.status, b"secret" in answer.content) == (409, False)
    assert [row["n"] for row in client.read("t").rows] == [1, 2]
    assert client.count("log") == 2


def test_a_full_text_table_is_read_and_kept_up_by_its_triggers(client: AppClient, others: Others) -> None:
    others(
        """
        CREATE TABLE docs (id INTEGER PRIMARY KEY, body TEXT);
        CREATE VIRTUAL TABLE docs_fts USING fts5(body, content='docs', content_rowid='id');
        CREATE TRIGGER docs_ai AFTER INSERT ON docs
            BEGIN INSERT INTO docs_fts(rowid, body) VALUES (new.id, new.body); END;
        """
    )
    assert client.write("docs", [{"body": "a quick fox"}, {"body": "a lazy dog"}]).status == 201
    assert client.read("docs_fts", limit=1).rows == [{"body": "a lazy dog"}]
    assert [len(page) for page in client.pages("docs_fts", limit=1)] == [1, 1]


def test_a_full_text_table_of_its_own_is_written(client: AppClient, others: Others) -> None:
    others("CREATE VIRTUAL TABLE notes USING fts5(title, body)")
    assert client.write("notes", [{"title": "a", "body": "x"}, {"title": "b"}]).status == 201
    assert client.update("notes", key_column="title", key_value="b", updates={"body": "y"}).body["count"] == 1
    assert client.read("notes").rows == [{"title": "a", "body": "x"}, {"title": "b", "body": "y"}]
