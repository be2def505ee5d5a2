"""Spark's own parser reads what the gateway sent to the warehouse, while all tests ran on DuckDB too."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.spark import SparkEngine
from tests.workspace.warehouse.unity import parse

Parser = Callable[[str], str]
RANDOM = re.compile(r"(?<=_)[0-9a-f]{12,}")
# Databricks' own statements, by their first words.
NOT_SPARKS = re.compile(
    r"\s*(PUT|REMOVE|LIST|COPY\s+INTO|GRANT|REVOKE|SHOW\s+(GRANTS?|CATALOGS|VOLUMES)|USE\s+CATALOG"
    r"|(CREATE|DROP|DESCRIBE|ALTER|COMMENT\s+ON)\s+(CATALOG|VOLUME)|ALTER\s+\w+\s+\S+\s+(SET\s+)?OWNER"
    r"|ALTER\s+TABLE\s+\S+\s+DROP\s+(PRIMARY|FOREIGN)\s+KEY)\b",
    re.IGNORECASE,
)


@pytest.fixture
def refusal(engine: SparkEngine) -> Parser:
    """What Spark's parser says against a statement; nothing where it takes it."""
    parser = engine.parser

    def refused(sql: str) -> str:
        try:
            parser.parsePlan(sql)
        except Py4JJavaError as error:
            return str(error.java_exception.getMessage())
        return ""

    return refused


def test_the_parser_refuses_what_is_no_sql(refusal: Parser) -> None:
    assert "PARSE_SYNTAX_ERROR" in refusal("SELECT (1 FROM t")
    assert not refusal("SELECT `a` FROM `c`.`s`.`t` WHERE `a` = :v0 LIMIT ?")


def test_spark_can_parse_all_statements_that_were_sent(refusal: Parser) -> None:
    folder = Path(os.environ["LAKEGATE_STATEMENTS"])
    found = {RANDOM.sub("x", text) for text in statements(folder)}
    assert found, f"no statements in '{folder}'"
    refused = {text: message for text in sorted(found) if (message := refusal(text))}
    assert refused == {}


def statements(folder: Path) -> Iterator[str]:
    """What was sent and the local warehouse can read, but for what Spark does not have."""
    for path in folder.glob("*.jsonl"):
        for line in path.read_text().splitlines():
            told: dict[str, Any] = json.loads(line)
            text = told["statement"]
            if not NOT_SPARKS.match(text) and is_read(text):
                yield text


def is_read(text: str) -> bool:
    """Whether the local warehouse can read a statement: tests of what goes wrong send others too."""
    try:
        parse(text)
    except SqlError:
        return False
    return True
