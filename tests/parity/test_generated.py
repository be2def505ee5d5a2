"""Requests that nobody thought of, on all gateways."""

from hypothesis import given, settings
from hypothesis import strategies as st

from backends.types import Type
from tests.effort import examples
from tests.parity.calls import (
    CSV,
    NDJSON,
    Call,
    Fields,
    Written,
    describe,
    drop,
    pages,
    put,
    stream,
    write,
)
from tests.parity.gateways import Gateways
from tests.parity.requests import KEYED, KEYLESS, TABLES, calls, cleared, reading, rows
from tests.strategies import TYPES, object_text, texts_of

HISTORIES = st.tuples(rows(KEYED), rows(KEYLESS), st.lists(calls(), min_size=4, max_size=12))
LIMITS = st.integers(1, 4).map(lambda limit: {"limit": limit})
ENDS = st.tuples(*[st.builds(dict.__or__, reading(table), LIMITS) for table in (KEYED, KEYLESS)])


def refuse_differences(gateways: Gateways, sent: list[Call]) -> None:
    found = [str(difference) for difference in gateways.replay(sent)]
    assert not found, "\n\n".join(found)


def test_any_history_is_answered_alike(gateways: Gateways) -> None:
    assert not [*gateways.replay(TABLES)]

    @settings(max_examples=examples(30))
    @given(HISTORIES, ENDS)
    def is_answered_alike(history: tuple[object, object, list[Call]], ends: tuple[Fields, ...]) -> None:
        first, first_alike, following = history
        begun = [write(KEYED, first, None, on_conflict="ignore"), write(KEYLESS, first_alike, None)]
        ended = [pages(table, None, **end) for table, end in zip((KEYED, KEYLESS), ends, strict=True)]
        refuse_differences(gateways, [*cleared(), *begun, *following, *ended])

    is_answered_alike()


def test_any_table_is_answered_alike(gateways: Gateways) -> None:
    alike = TYPES.filter(lambda type_: "MAP<BINARY" not in str(type_))  # see test_differences
    columns = st.lists(alike, min_size=1, max_size=4)

    @settings(max_examples=examples(20))
    @given(columns, st.data())
    def is_answered_alike(found: list[Type], data: st.DataObject) -> None:
        named = {f"c{at}": type_ for at, type_ in enumerate(found)}
        row = st.fixed_dictionaries(
            {}, optional={f'"{name}"': texts_of(type_) for name, type_ in named.items()}
        )
        drawn = data.draw(st.lists(row, min_size=1, max_size=5))
        numbered = [Written(object_text({**values, '"id"': str(at)})) for at, values in enumerate(drawn)]
        table = "drawn_table"
        columns = {"id": "INT", **{name: str(type_) for name, type_ in named.items()}}
        refuse_differences(
            gateways,
            [
                put(table, columns),
                describe(table),
                write(table, numbered, None),
                pages(table, limit=2),
                stream(table, NDJSON),
                stream(table, CSV),
                drop(table),
            ],
        )

    is_answered_alike()
