"""from_json, explode and inline: rows that come as one text."""

from tests.workspace_tests.engine_cases.harness import Run, number


class JsonCases:
    """Rows of JSON."""

    def test_json_becomes_rows(self, run: Run) -> None:
        kind = (
            "array<struct<`a`: bigint, `B b`: string, c: decimal(38,18), d: double, e: "
            "array<int>, f: map<string,int>, g: binary>>"
        )
        text = (
            '[{"a": 9007199254740993, "B b": "x", "c": 12345678901234567890.123456789012345678, "d": "NaN", '
            '"e": [1, null], "f": {"z": 1, "y": 2}, "g": "AAE="}, {"x": 1}]'
        )
        ((first,), (second,)) = run.rows(f"SELECT explode(from_json(:v, '{kind}')) AS s", v=text)
        assert (first["a"], first["B b"]) == (9007199254740993, "x")
        assert first["c"] == number("12345678901234567890.123456789012345678")
        assert first["d"] != first["d"]  # NaN is what is not itself
        assert (first["e"], first["f"], first["g"]) == ([1, None], [("z", 1), ("y", 2)], b"\x00\x01")
        assert set(second.values()) == {None}

    def test_json_of_another_type_is_null(self, run: Run) -> None:
        kind = "array<struct<a: bigint, b: double, c: boolean, d: decimal(3,1)>>"
        sql = f"SELECT s.a, s.b, s.c, s.d FROM (SELECT explode(from_json(:v, '{kind}')) AS s)"
        assert run.rows(sql, v='[{"a": "1", "b": "x", "c": 1, "d": 1234}]') == [(None, None, None, None)]

    def test_a_field_of_text_takes_any_json_as_it_is_written(self, run: Run) -> None:
        sql = "SELECT s.a FROM (SELECT explode(from_json(:v, 'array<struct<a: string>>')) AS s)"
        text = '[{"a": 1.50}, {"a": true}, {"a": {"b":[1]}}, {"a": "x"}, {"a": null}]'
        assert run.column(sql, v=text) == ["1.5", "true", '{"b":[1]}', "x", None]

    def test_a_field_may_have_a_name_that_json_escapes(self, run: Run) -> None:
        sql = r"""SELECT s.`\`, s.`"` FROM (SELECT from_json(:v, 'struct<`\\`: int, `"`: int>') AS s)"""
        assert run.rows(sql, v=r'{"\\": 1, "\"": 2}') == [(1, 2)]

    def test_fields_of_json_are_matched_exactly(self, run: Run) -> None:
        sql = "SELECT s.a FROM (SELECT explode(from_json(:v, 'array<struct<a: string>>')) AS s)"
        assert run.column(sql, v='[{"A": "x"}]') == [None]

    def test_text_that_is_no_json_is_null(self, run: Run) -> None:
        assert run.value("SELECT from_json(:v, 'array<int>')", v="[1,") is None

    def test_inline_makes_columns(self, run: Run) -> None:
        answer = run(
            "SELECT inline(from_json(:v, 'array<struct<a: int, b: string>>'))", v='[{"a": 1, "b": "x"}]'
        )
        assert answer.table.to_pylist() == [{"a": 1, "b": "x"}]

    def test_an_empty_array_makes_no_rows(self, run: Run) -> None:
        assert run.rows("SELECT explode(from_json(:v, 'array<int>'))", v="[]") == []
