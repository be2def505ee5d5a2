"""Which types are found in a CSV file, and that they lose no digit."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends import errors, types, values
from gateway.files.base import Hints, keyed
from tests.gateway.files.reading import Write, infer, load, nullable


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1", "-2147483648", "2147483647"], "INT"),
        (["1", "2147483648"], "BIGINT"),
        (["-9223372036854775808", "9223372036854775807"], "BIGINT"),
        (["9223372036854775808"], "DECIMAL(19,0)"),
        (["1" * 38], "DECIMAL(38,0)"),
        (["1" * 39], "STRING"),
        (["39.02", "10.357019999999999"], "DECIMAL(17,15)"),
        (["100", "0.5", "-.25"], "DECIMAL(5,2)"),
        (["0.5"], "DECIMAL(1,1)"),
        (["0", "0.0"], "DECIMAL(2,1)"),
        (["0." + "1" * 39], "STRING"),
        (["0." + "0" * 40 + "1"], "DOUBLE"),
        (["1e3", "1021.5"], "DOUBLE"),
        (["1e3", "0.12345678901234567890"], "STRING"),
        (["1e400"], "STRING"),
        (["1e9999999999999999999999"], "STRING"),
        (["1.5", "NaN", "-inf"], "DOUBLE"),
        (["NaN"], "STRING"),
        (["007", "12"], "STRING"),
        (["04G"], "STRING"),
        (["+4912345"], "STRING"),
        ([" 5"], "STRING"),
        (["-"], "STRING"),
        (["1_000"], "STRING"),
        (["٣"], "STRING"),
        (["true", "False", "TRUE"], "BOOLEAN"),
        (["true", "1"], "STRING"),
        (["2013-01-31", "0001-01-01"], "DATE"),
        (["2013-02-30"], "STRING"),
        (["2013-01-01T05:00:00Z", "2013-01-01 05:00:00.5+02:00"], "TIMESTAMP"),
        (["2013-01-01T05:00:00", "2013-01-01 05:00"], "TIMESTAMP_NTZ"),
        (["2013-01-01T05:00:00.1234567"], "STRING"),
        (["2013-01-01T05:00:00", "2013-01-01T05:00:00Z"], "STRING"),
        (["2013-01-01", "5"], "STRING"),
        (["", ""], "STRING"),
    ],
)
def test_a_csv_column_gets_the_narrowest_type_that_keeps_every_digit(
    write: Write, texts: list[str], expected: str
) -> None:
    file = write("t.csv", "".join(f"{line}\n" for line in ["k,v", *(f"x,{text}" for text in texts)]))
    assert infer(file)["v"] == expected


def test_a_given_type_goes_before_what_is_found(write: Write) -> None:
    assert infer(write("t.csv", "a,b\n1,2\n"), a="VARCHAR(3)") == {"a": "VARCHAR(3)", "b": "INT"}


def test_a_given_type_needs_its_column(write: Write) -> None:
    with pytest.raises(errors.Invalid, match='no column "z"'):
        infer(write("t.csv", "a\n1\n"), z="INT")


def test_a_csv_column_is_nullable_where_it_holds_a_null(write: Write) -> None:
    file = write("t.csv", 'a,b,c,d\n1,,"",""\n2,x,5,y\n')
    assert nullable(file) == {"a": False, "b": True, "c": True, "d": False}


def test_only_the_key_is_not_null(write: Write) -> None:
    columns = write("t.csv", "a,b\n1,2\n").infer(Hints(), lambda _: None)
    assert [column.nullable for column in keyed(columns, ["b"])] == [True, False]


@pytest.mark.parametrize(("key", "message"), [("a", "has a NULL"), ("z", 'no column "z"')])
def test_a_key_needs_a_column_without_nulls(write: Write, key: str, message: str) -> None:
    columns = write("t.csv", "a,b\n,2\n").infer(Hints(), lambda _: None)
    with pytest.raises(errors.Invalid, match=message):
        keyed(columns, [key])


NUMBER = (
    st.decimals(allow_nan=False, allow_infinity=False).map(str)
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.from_regex(r"-?[0-9]{1,3}\.[0-9]{1,40}(e-?[0-9]{1,3})?", fullmatch=True)
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(NUMBER, min_size=1, max_size=4))
def test_the_type_found_for_numbers_holds_each_of_them_exactly(write: Write, texts: list[str]) -> None:
    file = write("n.csv", "".join(f"{line}\n" for line in ["v,w", *(f"{text}," for text in texts)]))
    [column, _] = file.infer(Hints(), lambda _: None)
    rows = load(file, v=str(column.type), w="INT")
    stored = [values.reader(column.type)(row["v"]) for row in rows]  # type: ignore[index]
    if column.type == types.String():
        assert stored == texts
    else:
        assert [_as_number(str(value)) for value in stored] == [_as_number(text) for text in texts]


def _as_number(text: str) -> Decimal | str:
    found = Decimal(text)
    return str(found) if not found.is_finite() else found
