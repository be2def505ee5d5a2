"""What cannot be alike, because one of the databases has a bound that the others have not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import pytest

from tests.parity.calls import APART, NEW_CATALOG, Call, Fields, Written, definition, get, put, read, write
from tests.parity.gateways import Gateways

DATABASES = ("sqlite", "lakebase", "warehouse")
TWO = {"id": "INT", "name": "STRING"}
WIDEST = {f"c{at}": "DECIMAL(38,0)" for at in range(1590)}
HARD_TO_PACK = "".join(chr(0x4E00 + at * 7919 % 20000) for at in range(3000))
MADE: Fields = {"auto_create": True, "schema_definition": definition(TWO)}


@dataclass(frozen=True)
class Different:
    """Requests, and which databases do not answer them as the others do, each with its reason."""

    reasons: Mapping[str, str]
    calls: Sequence[Call]

    @property
    def alike(self) -> list[str]:
        """The databases that do."""
        return [name for name in DATABASES if name not in self.reasons]


_put, _write = partial(put, catalog=APART), partial(write, catalog=APART)

DIFFERENCES = {
    "name of a table": Different(
        {"lakebase": "Postgres cuts names off after 63 bytes"}, [_put("t" * 64, TWO)]
    ),
    "name of a column": Different(
        {"lakebase": "Postgres cuts names off after 63 bytes"},
        [_put("long", {"id": "INT", "c" * 64: "INT"})],
    ),
    "name of a schema": Different(
        {"lakebase": "Postgres cuts names off after 63 bytes"}, [_put("t", TWO, schema="s" * 64)]
    ),
    "SQLite's own tables": Different(
        {"sqlite": "SQLite keeps such names to itself"}, [_put("sqlite_x", TWO)]
    ),
    "Postgres's own columns": Different(
        {"lakebase": "Postgres keeps such names to itself"},
        [_put("t_ctid", {"id": "INT", "ctid": "INT"})],
    ),
    "Postgres's own schemas": Different(
        {"lakebase": "Postgres keeps such names to itself"}, [_put("t", TWO, schema="pg_x")]
    ),
    "columns": Different(
        {"lakebase": "a table of Postgres's has at most 1,600"},
        [_put("wider", {f"c{at}": "INT" for at in range(1601)}, [])],
    ),
    "row": Different(
        {"lakebase": "a row of Postgres's fits a page of 8 kB, but for what can be put aside"},
        [
            _put("widest", WIDEST, []),
            _write("widest", [dict.fromkeys(WIDEST, Written("9" * 38))]),
        ],
    ),
    "key": Different(
        {"lakebase": "three entries of an index of Postgres's fit a page of 8 kB"},
        [
            _put("long_key", {"k": "STRING"}, ["k"]),
            _write("long_key", [{"k": HARD_TO_PACK}]),
        ],
    ),
    "order of numbers inside of others": Different(
        {"warehouse": "rows without a key go by their values' texts, and Spark's to_json writes 1.0E22"},
        [
            _put("by_list", {"list": "ARRAY<DOUBLE>"}, []),
            _write("by_list", [{"list": [1.5]}, {"list": [1e22]}]),
            read("by_list", catalog=APART, columns=["list"]),
        ],
    ),
    "keys of BINARY": Different(
        {"warehouse": "JSON's keys are text, whose CAST to BINARY takes base64 for the bytes themselves"},
        [
            _put("by_bytes", {"map": "MAP<BINARY,INT>"}, []),
            _write("by_bytes", [{"map": {"AA==": 1}}]),
            read("by_bytes", catalog=APART, columns=["map"]),
        ],
    ),
    "a new catalog's schemas": Different(
        {
            "lakebase": "a database is born with the schema that it calls the usual one",
            "warehouse": "a catalog is born with the schema that it calls the usual one",
        },
        [
            write("born", [{"id": 1}], catalog=NEW_CATALOG, **MADE),
            get(f"/api/v1/catalogs/{NEW_CATALOG}/schemas"),
        ],
    ),
}
ODD = [
    pytest.param(
        name,
        database,
        id=f"{name}, {database}",
        marks=pytest.mark.xfail(reason=reason, raises=AssertionError, strict=True),
    )
    for name, different in DIFFERENCES.items()
    for database, reason in different.reasons.items()
]


def refuse_differences(gateways: Gateways, names: Sequence[str], calls: Sequence[Call]) -> None:
    """Send the calls to all, and compare what those of these names answer."""
    found: list[str] = []
    for call in calls:
        answers = gateways.answers(call)
        found += gateways.unlike({name: answers[name] for name in names})
    assert not found, "\n\n".join(found)


@pytest.mark.parametrize(("name", "database"), ODD)
def test_all_answer_alike(gateways: Gateways, name: str, database: str) -> None:
    different = DIFFERENCES[name]
    refuse_differences(gateways, [different.alike[0], database], different.calls)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_the_others_answer_alike(gateways: Gateways, name: str) -> None:
    refuse_differences(gateways, DIFFERENCES[name].alike, DIFFERENCES[name].calls)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_what_differs_is_a_refusal_that_says_why(gateways: Gateways, name: str) -> None:
    answers = [answer for call in DIFFERENCES[name].calls for answer in gateways.answers(call).values()]
    assert not [answer for answer in answers if answer.status >= 500]
