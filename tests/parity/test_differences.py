"""What cannot be alike, because one of the databases has a bound that the other has not."""

import pytest

from tests.parity.calls import Call, Fields, Written, definition, get, put, write
from tests.parity.script.catalog import OTHER_CATALOG
from tests.parity.twins import Twins

TWO = {"id": "INT", "name": "STRING"}
WIDEST = {f"c{at}": "DECIMAL(38,0)" for at in range(1590)}
HARD_TO_PACK = "".join(chr(0x4E00 + at * 7919 % 20000) for at in range(3000))
MADE: Fields = {"auto_create": True, "schema_definition": definition(TWO)}

DIFFERENCES: dict[str, tuple[str, list[Call]]] = {
    "name of a table": ("Postgres cuts names off after 63 bytes", [put("t" * 64, TWO)]),
    "name of a column": (
        "Postgres cuts names off after 63 bytes",
        [put("long", {"id": "INT", "c" * 64: "INT"})],
    ),
    "name of a schema": ("Postgres cuts names off after 63 bytes", [put("t", TWO, schema="s" * 64)]),
    "SQLite's own tables": ("SQLite keeps such names to itself", [put("sqlite_x", TWO)]),
    "Postgres's own columns": (
        "Postgres keeps such names to itself",
        [put("t_ctid", {"id": "INT", "ctid": "INT"})],
    ),
    "Postgres's own schemas": ("Postgres keeps such names to itself", [put("t", TWO, schema="pg_x")]),
    "columns": (
        "a table of Postgres's has at most 1,600",
        [put("wider", {f"c{at}": "INT" for at in range(1601)}, [])],
    ),
    "row": (
        "a row of Postgres's fits a page of 8 kB, but for what can be put aside",
        [put("widest", WIDEST, []), write("widest", [dict.fromkeys(WIDEST, Written("9" * 38))])],
    ),
    "key": (
        "three entries of an index of Postgres's fit a page of 8 kB",
        [put("long_key", {"k": "STRING"}, ["k"]), write("long_key", [{"k": HARD_TO_PACK}])],
    ),
    "a new catalog's schemas": (
        "a database is born with the schema that it calls the usual one",
        [
            write("born", [{"id": 1}], catalog=OTHER_CATALOG, **MADE),
            get(f"/api/v1/catalogs/{OTHER_CATALOG}/schemas"),
        ],
    ),
}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(
            sent, id=name, marks=pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True)
        )
        for name, (reason, sent) in DIFFERENCES.items()
    ],
)
def test_both_answer_alike(twins: Twins, sent: list[Call]) -> None:
    found = [str(difference) for difference in twins.replay(sent)]
    assert not found


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_is_a_refusal_that_says_why(twins: Twins, name: str) -> None:
    _, sent = DIFFERENCES[name]
    refused = [answer for call in sent for answer in twins.answers(call) if answer.status >= 500]
    assert not refused
