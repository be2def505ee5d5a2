"""Types, casts, comparisons and functions."""

import datetime as dt
import json
import math
from typing import Any

import pyarrow as pa
import pytest

from tests.workspace_tests.engine_cases.harness import Run, T, naive, number, utc

TIMESTAMP = pa.timestamp("us", tz="UTC")
OF_TEXT = [
    ("TINYINT", "-128", -128, pa.int8()),
    ("SMALLINT", " 32767 ", 32767, pa.int16()),
    ("INT", "+12", 12, pa.int32()),
    ("BIGINT", "-9223372036854775808", -9223372036854775808, pa.int64()),
    ("FLOAT", "1.5", 1.5, pa.float32()),
    ("DOUBLE", "1e-3", 0.001, pa.float64()),
    ("DOUBLE", "Infinity", math.inf, pa.float64()),
    ("DOUBLE", "-inf", -math.inf, pa.float64()),
    ("DECIMAL(38, 18)", "12345678901234567890.123456789012345678",
     number("12345678901234567890.123456789012345678"),
     pa.decimal128(38, 18)),
    ("DECIMAL(5, 2)", "1.005", number("1.01"), pa.decimal128(5, 2)),
    ("DECIMAL(5, 2)", "-1.005", number("-1.01"), pa.decimal128(5, 2)),
    ("DECIMAL(5, 2)", "1e2", number("100.00"), pa.decimal128(5, 2)),
    ("BOOLEAN", " Yes ", True, pa.bool_()),
    ("BOOLEAN", "t", True, pa.bool_()),
    ("BOOLEAN", "0", False, pa.bool_()),
    ("DATE", "0001-01-01", dt.date(1, 1, 1), pa.date32()),
    ("DATE", "9999-12-31", dt.date(9999, 12, 31), pa.date32()),
    ("DATE", "2020-1-2", dt.date(2020, 1, 2), pa.date32()),
    ("DATE", "2020-01-02T10:00:00", dt.date(2020, 1, 2), pa.date32()),
    ("TIMESTAMP", "2020-01-02", utc("2020-01-02 00:00:00"), TIMESTAMP),
    ("TIMESTAMP", "2020-01-02 03:04:05.123456", utc("2020-01-02 03:04:05.123456"), TIMESTAMP),
    ("TIMESTAMP", "2020-01-02T03:04:05.123456789Z", utc("2020-01-02 03:04:05.123456"), TIMESTAMP),
    ("TIMESTAMP", "2020-01-02T03:04:05+05:30", utc("2020-01-01 21:34:05"), TIMESTAMP),
    ("TIMESTAMP", "2020-1-2 3:4:5", utc("2020-01-02 03:04:05"), TIMESTAMP),
    ("TIMESTAMP", "0001-01-01T00:00:00Z", utc("0001-01-01 00:00:00"), TIMESTAMP),
    ("TIMESTAMP", "9999-12-31T23:59:59.999999Z", utc("9999-12-31 23:59:59.999999"), TIMESTAMP),
    ("TIMESTAMP_NTZ", "2020-01-02T03:04:05.5", naive("2020-01-02 03:04:05.5"), pa.timestamp("us")),
    ("BINARY", "\u00e9", b"\xc3\xa9", pa.binary()),
    ("STRING", "a\u0301 \U0001f600", "a\u0301 \U0001f600", pa.string()),
]  # fmt: skip
BAD_TEXT = [
    ("INT", "1.5"), ("INT", ""), ("INT", "2147483648"), ("BIGINT", "9223372036854775808"), ("BIGINT", "1_0"),
    ("DOUBLE", "x"), ("DECIMAL(5, 2)", "1,5"), ("BOOLEAN", "maybe"), ("DATE", "2020-13-01"),
    ("DATE", "20200101"),
    ("TIMESTAMP", "2020-01-01 25:00:00"), ("TIMESTAMP", "some day"),
    ("TIMESTAMP_NTZ", "2020-02-30T00:00:00"),
]  # fmt: skip
LITERALS = [
    ("1", "int", 1), ("3000000000", "bigint", 3000000000), ("1.50", "decimal(3,2)", number("1.50")),
    ("1e3", "double", 1000.0), ("10L", "bigint", 10), ("'it''s'", "string", "it's"),
    (r"'a\'b\\c\n'", "string", "a'b\\c\n"),
    ("\"x\"", "string", "x"), ("x'1F'", "binary", b"\x1f"), ("true", "boolean", True), ("-5", "int", -5),
    ("-2147483648", "int", -2147483648), ("-9223372036854775808", "bigint", -9223372036854775808),
    ("date '2020-01-02'", "date", dt.date(2020, 1, 2)), ("r'a\\n'", "string", "a\\n"),
]  # fmt: skip
TRUE = [
    "CAST('NaN' AS DOUBLE) = CAST('NaN' AS DOUBLE)",
    "CAST('NaN' AS DOUBLE) > CAST('Infinity' AS DOUBLE)",
    "CAST('-0.0' AS DOUBLE) = CAST('0.0' AS DOUBLE)",
    "'a' < 'b' AND 'Z' < 'a' AND 'z' < '\u00e9' AND '\uffff' < '\U00010000'",
    "'a' <> 'A'",
    "NULL <=> NULL",
    "NOT (1 <=> NULL)",
    "1 = 1.0 AND 1 < 1.5",
    "CAST(12345678901234567890.5 AS DECIMAL(38, 18)) > CAST(99 AS DECIMAL(38, 0))",
    "'1' = 1",
    "DATE '2020-01-01' = TIMESTAMP '2020-01-01 00:00:00'",
    "'abc' LIKE 'a%' AND NOT 'abc' LIKE 'A%' AND 'abc' ILIKE 'A_C'",
    r"'a%c' LIKE 'a\\%c' AND NOT 'abc' LIKE 'a\\%c'",
    "'a\nb' LIKE 'a%b'",
    "'\u00c9' ILIKE '\u00e9'",
    "'\u0130s' ILIKE 'i\u0307S' AND NOT '\u0130s' ILIKE '_s' AND '\u03a3\u03a3' ILIKE '\u03c3\u03c2'",
    "2 IN (1, 2) AND 3 NOT IN (1, 2)",
    "2 BETWEEN 1 AND 3",
    "coalesce(NULL, NULL, 5) = 5",
    "nullif(1, 1) IS NULL",
    "5 DIV 2 = 2 AND -5 DIV 2 = -2 AND 5 % 3 = 2 AND -5 % 3 = -2",
    "5 / 2 = 2.5",
    "array_contains(array(1, 2), 2)",
    "array_contains(array(1, NULL), 2) IS NULL",
    "base64(CAST('a' AS BINARY)) = 'YQ=='",
    "unbase64('YQ==') = CAST('a' AS BINARY)",
    "hex('a') = '61' AND unhex('61') = CAST('a' AS BINARY)",
    (
        "substring('h\u00e9llo', 2, 2) = '\u00e9l' AND substring('abc', 0, 2) = 'ab' AND "
        "substring('\U0001f600b', 2, 1) = 'b'"
    ),
    "lower('\u00c9A') = '\u00e9a' AND upper('\u00e9a') = '\u00c9A'",
    "lower('\u03a3\u03a3') = '\u03c3\u03c2' AND upper('\u00df') = 'SS'",
    "length('\U0001f600') = 1",
    "CAST(1.5 AS INT) = 1 AND CAST(-1.5 AS INT) = -1 AND CAST(CAST(2.9 AS DOUBLE) AS BIGINT) = 2",
    "CAST(CAST(0.1 AS DOUBLE) AS STRING) = '0.1' AND CAST(CAST(1e10 AS DOUBLE) AS STRING) = '1.0E10'",
    "CAST(CAST(1 AS DECIMAL(5, 2)) AS STRING) = '1.00'",
    "CAST(TIMESTAMP '2020-01-01 00:00:00.100' AS STRING) = '2020-01-01 00:00:00.1'",
    "CAST(true AS STRING) = 'true' AND CAST('a' AS BINARY) = x'61'",
    "current_timestamp() > TIMESTAMP '2020-01-01 00:00:00'",
    "CASE WHEN false THEN raise_error('no') ELSE 'a' END = 'a'",
    "CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END = 'b'",
    "if(1 > 2, 'a', 'b') = 'b'",
    "'a' || 'b' = 'ab' AND ('a' || NULL) IS NULL",
    "named_struct('a', 1, 'b', 'x').b = 'x'",
    "array(1, 2)[0] = 1",
    "map('a', 1)['a'] = 1 AND map('a', 1)['b'] IS NULL",
    "to_json(named_struct('a', 1, 'b', 'x')) = '{\"a\":1,\"b\":\"x\"}'",
]
ERRORS = [
    ("SELECT raise_error('it broke')", "USER_RAISED_EXCEPTION P0001"),
    ("SELECT 1 / 0", "DIVIDE_BY_ZERO 22012"),
    ("SELECT 2147483647 + 1", "ARITHMETIC_OVERFLOW 22003"),
    ("SELECT CAST(300 AS TINYINT)", "CAST_OVERFLOW 22003"),
    ("SELECT CAST(CAST('NaN' AS DOUBLE) AS INT)", "CAST_OVERFLOW 22003"),
    ("SELECT CAST(12345 AS DECIMAL(4, 0))", "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION 22003"),
    ("SELECT CAST('123.45' AS DECIMAL(4, 2))", "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION 22003"),
    ("SELECT sum(a) FROM VALUES (9223372036854775807), (1) AS t(a)", "ARITHMETIC_OVERFLOW 22003"),
    ("SELECT x", "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION 42703"),
    ("SELECT b FROM VALUES (1) AS t(a)", "UNRESOLVED_COLUMN.WITH_SUGGESTION 42703"),
    ("SELECT a FROM VALUES (1) AS t(a), VALUES (2) AS u(a)", "AMBIGUOUS_REFERENCE 42704"),
    ("SELECT nothing_like_it(1)", "UNRESOLVED_ROUTINE 42883"),
    ("SELECT :unknown", "UNBOUND_SQL_PARAMETER 42P02"),
    ("SELECT (", "PARSE_SYNTAX_ERROR 42601"),
    ("SELECT 1 WHERE 'a'", "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN 42K09"),
    ("SELECT array(1)[5]", "INVALID_ARRAY_INDEX 22003"),
    ("SELECT true = 1", "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES 42K09"),
    ("SELECT 1 LIMIT -1", "INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE 42K0E"),
    ("SELECT 1 UNION SELECT 1, 2", "NUM_COLUMNS_MISMATCH 42826"),
]


def same(found: Any, expected: Any) -> bool:
    """Whether two values are the same, NaN too."""
    return bool(found == expected or (found != found and expected != expected))  # NaN is what is not itself


class ValueCases:
    """Values and expressions; none of these needs a table."""

    @pytest.mark.parametrize(("kind", "text", "expected", "arrow"), OF_TEXT)
    def test_a_text_parameter_is_cast(
        self, run: Run, kind: str, text: str, expected: object, arrow: pa.DataType
    ) -> None:
        answer = run(f"SELECT CAST(:v AS {kind}) AS x", v=text)
        assert answer.table.schema.field("x").type == arrow
        assert same(run.value(f"SELECT CAST(:v AS {kind})", v=text), expected)

    @pytest.mark.parametrize(("kind", "text", "expected", "arrow"), OF_TEXT)
    def test_a_text_of_a_row_is_cast_alike(
        self, run: Run, kind: str, text: str, expected: object, arrow: pa.DataType
    ) -> None:
        found = run.value(
            f"SELECT CAST(s AS {kind}) FROM (SELECT explode(from_json(:v, 'array<string>')) AS s)",
            v=json.dumps([text]),
        )
        assert same(found, expected)

    @pytest.mark.parametrize(("kind", "text"), BAD_TEXT)
    def test_a_text_that_is_no_value_is_refused(self, run: Run, kind: str, text: str) -> None:
        assert run.refused(f"SELECT CAST(:v AS {kind})", v=text) == "CAST_INVALID_INPUT 22018"

    @pytest.mark.parametrize(("kind", "text"), BAD_TEXT)
    def test_a_row_with_a_text_that_is_no_value_is_refused(self, run: Run, kind: str, text: str) -> None:
        sql = f"SELECT CAST(s AS {kind}) FROM (SELECT explode(from_json(:v, 'array<string>')) AS s)"
        assert run.refused(sql, v=json.dumps([text])) == "CAST_INVALID_INPUT 22018"

    def test_a_constant_may_name_a_moment(self, run: Run) -> None:
        assert run.value("SELECT CAST(:v AS DATE)", v="epoch") == dt.date(1970, 1, 1)
        assert run.value("SELECT CAST('today' AS DATE) = current_date()") is True

    @pytest.mark.parametrize("kind", sorted({kind for kind, *_ in OF_TEXT}))
    def test_null_is_cast_to_null(self, run: Run, kind: str) -> None:
        assert run.value(f"SELECT CAST(:v AS {kind})", v=None) is None

    @pytest.mark.parametrize(("sql", "kind", "expected"), LITERALS)
    def test_a_literal_has_its_type(self, run: Run, sql: str, kind: str, expected: object) -> None:
        answer = run(f"SELECT {sql} AS x")
        assert answer.types == (kind,)
        assert answer.table.column("x").to_pylist() == [expected]

    @pytest.mark.parametrize("condition", TRUE)
    def test_it_is_true(self, run: Run, condition: str) -> None:
        assert run.value(f"SELECT {condition}") is True

    @pytest.mark.parametrize(("sql", "error"), ERRORS)
    def test_it_is_refused(self, run: Run, sql: str, error: str) -> None:
        assert run.refused(sql) == error

    def test_a_raised_error_keeps_its_words(self, run: Run) -> None:
        with pytest.raises(Exception, match=r"\[USER_RAISED_EXCEPTION\] it broke SQLSTATE: P0001"):
            run("SELECT raise_error('it broke')")

    def test_nulls_come_first_where_it_ascends(self, run: Run) -> None:
        assert run.column("SELECT a FROM VALUES (1), (NULL), (2) AS t(a) ORDER BY a") == [None, 1, 2]

    def test_nulls_come_last_where_it_descends(self, run: Run) -> None:
        assert run.column("SELECT a FROM VALUES (1), (NULL), (2) AS t(a) ORDER BY a DESC") == [2, 1, None]

    def test_nulls_come_where_the_statement_says(self, run: Run) -> None:
        sql = "SELECT a FROM VALUES (1), (NULL), (2) AS t(a) ORDER BY a {} NULLS {}"
        assert run.column(sql.format("ASC", "LAST")) == [1, 2, None]
        assert run.column(sql.format("DESC", "FIRST")) == [None, 2, 1]

    def test_rows_are_counted_and_summed(self, run: Run) -> None:
        sql = "SELECT count(*), count(a), sum(a), min(a), max(a), avg(a) FROM VALUES (1), (NULL), (2) AS t(a)"
        assert run.rows(sql) == [(3, 2, 3, 1, 2, 1.5)]
        assert run(sql).types == ("bigint", "bigint", "bigint", "int", "int", "double")

    def test_a_sum_of_decimals_is_exact(self, run: Run) -> None:
        sql = "SELECT sum(a) AS x FROM VALUES (0.1), (0.2) AS t(a)"
        assert (run.value(sql), run(sql).types) == (number("0.3"), ("decimal(11,1)",))

    def test_rows_are_numbered_within_a_partition(self, run: Run) -> None:
        sql = (
            "SELECT g, a, row_number() OVER (PARTITION BY g ORDER BY a DESC) AS place FROM "
            "VALUES (1, 1), (1, 2), (2, 5) AS t(g, a) ORDER BY g, place"
        )
        assert run.rows(sql) == [(1, 2, 1), (1, 1, 2), (2, 5, 1)]

    def test_a_window_of_row_numbers_can_be_filtered_from_outside(self, run: Run) -> None:
        inner = "SELECT a, row_number() OVER (ORDER BY a) AS place FROM VALUES (3), (1), (2) AS t(a)"
        assert run.column(f"SELECT a FROM ({inner}) WHERE place = 2") == [2]

    def test_limit_and_offset_are_parameters(self, run: Run) -> None:
        sql = (
            "SELECT a FROM VALUES (1), (2), (3), (4) AS t(a) ORDER BY a LIMIT CAST(:n AS INT) "
            "OFFSET CAST(:m AS INT)"
        )
        assert run.column(sql, n="2", m="1") == [2, 3]

    def test_groups_are_filtered(self, run: Run) -> None:
        sql = "SELECT a, count(*) AS n FROM VALUES (1), (1), (2) AS t(a) GROUP BY a HAVING count(*) > 1"
        assert run.rows(sql) == [(1, 2)]

    def test_queries_are_joined(self, run: Run) -> None:
        sql = (
            "SELECT t.a, u.b FROM VALUES (1), (2) AS t(a) LEFT JOIN VALUES (2, 'x') AS u(a, b) "
            "ON t.a = u.a ORDER BY 1"
        )
        assert run.rows(sql) == [(1, None), (2, "x")]

    def test_a_union_takes_the_wider_type(self, run: Run) -> None:
        answer = run("SELECT 1 AS a UNION ALL SELECT 3000000000")
        assert (answer.types, sorted(answer.table.column("a").to_pylist())) == (("bigint",), [1, 3000000000])

    def test_a_named_query_is_found(self, run: Run) -> None:
        assert run.value("WITH q AS (SELECT 1 AS a) SELECT q.a + 1 FROM q") == 2

    def test_columns_are_found_in_any_case_and_named_as_written(self, run: Run) -> None:
        answer = run("SELECT A, t.`a` AS `B b` FROM VALUES (1) AS t(a)")
        assert answer.table.column_names == ["A", "B b"]

    def test_columns_without_alias_have_sparks_names(self, run: Run) -> None:
        assert run("SELECT 1, count(*), 'x'").table.column_names == ["1", "count(1)", "x"]

    def test_a_like_pattern_with_a_lone_backslash_is_refused(self, run: Run) -> None:
        assert run.refused("SELECT 'a' LIKE :v", v="a\\") == "INVALID_FORMAT.ESC_AT_THE_END 42601"
        assert run.refused("SELECT 'a' LIKE :v", v="\\a") == "INVALID_FORMAT.ESC_IN_THE_MIDDLE 42601"

    def test_a_query_on_nothing_keeps_its_types(self, run: Run) -> None:
        run(f"CREATE TABLE {T} (a DECIMAL(5, 1), b TIMESTAMP, c ARRAY<STRING>, d MAP<STRING, INT>)")
        answer = run(f"SELECT * FROM {T}")
        assert answer.types == ("decimal(5,1)", "timestamp", "array<string>", "map<string,int>")
        assert [field.type for field in answer.table.schema] == [
            pa.decimal128(5, 1), TIMESTAMP, pa.list_(pa.string()), pa.map_(pa.string(), pa.int32()),
        ]  # fmt: skip

    def test_many_rows_come_back_in_order(self, run: Run) -> None:
        text = json.dumps(list(range(5000)))
        found = run.column("SELECT explode(from_json(:v, 'array<int>')) AS a", v=text)
        assert sorted(found) == list(range(5000))
