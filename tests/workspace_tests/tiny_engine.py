"""An engine that knows a few words, to try the warehouse's service with."""

import re
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa

from tests.workspace.warehouse.engine import Answer, Engine, EngineSession, Parameter, SqlError, Upload

NAME = "tests.workspace_tests.tiny_engine:TinyEngine"
WAIT_SECONDS = 60.0
MOMENT = datetime(2024, 2, 29, 12, 30, 15, 250, tzinfo=UTC)
NOTHING = Answer(pa.table({}))
PUT = re.compile(r"PUT '(.*)' INTO '(.*?)'( OVERWRITE)?")
FROM = re.compile(r"SELECT (.*) FROM `(\w+)`.`information_schema`.`(\w+)`.*")
EVERYTHING: Mapping[str, tuple[pa.DataType, object]] = {
    "boolean": (pa.bool_(), True),
    "tinyint": (pa.int8(), -1),
    "smallint": (pa.int16(), 300),
    "int": (pa.int32(), 70_000),
    "bigint": (pa.int64(), 2**62),
    "float": (pa.float32(), 0.5),
    "double": (pa.float64(), -2.25),
    "decimal(20,4)": (pa.decimal128(20, 4), Decimal("1234567890123456.5000")),
    "string": (pa.string(), "grüße"),
    "binary": (pa.binary(), b"\x00\xff"),
    "date": (pa.date32(), date(1, 1, 1)),
    "timestamp": (pa.timestamp("us", "UTC"), MOMENT),
    "timestamp_ntz": (pa.timestamp("us"), MOMENT.replace(tzinfo=None)),
    "array<int>": (pa.list_(pa.int32()), [1, None]),
    "map<string,decimal(4,1)>": (pa.map_(pa.string(), pa.decimal128(4, 1)), [("a", Decimal("1.5"))]),
    "struct<d:date,s:string>": (
        pa.struct([("d", pa.date32()), ("s", pa.string())]),
        {"d": date(2024, 1, 2), "s": None},
    ),
    "void": (pa.null(), None),
}
SCHEMATA = pa.table({"schema_name": ["default", "wor_k"], "comment": [None, "it"]})
TABLES = pa.table(
    {
        "table_schema": ["default", "wor_k", "wor_k"],
        "table_name": ["t", "people", "young"],
        "table_type": ["MANAGED", "MANAGED", "VIEW"],
        "comment": [None, "all of them", None],
    }
)
COLUMNS = pa.table(
    {
        "table_schema": ["wor_k", "wor_k"],
        "table_name": ["people", "people"],
        "column_name": ["id", "pay"],
        "ordinal_position": pa.array([0, 1], pa.int32()),
        "column_default": pa.array([None, "0"], pa.string()),
        "is_nullable": ["NO", "YES"],
        "full_data_type": ["bigint", "decimal(10,2)"],
        "comment": [None, "a month"],
    }
)
RELATIONS = {"schemata": SCHEMATA, "tables": TABLES, "columns": COLUMNS}


class TinyEngine(Engine):
    """Counts, waits, fails and shows its types."""

    def __init__(self, folder: Path) -> None:
        self.rows = 0
        self.granted: list[str] = []
        (folder / "volumes" / "main" / "default" / "files").mkdir(parents=True, exist_ok=True)

    def open(self, principal: str, catalog: str | None, schema: str | None) -> EngineSession:
        if catalog not in {None, "main", "other"}:
            raise SqlError("NO_SUCH_CATALOG_EXCEPTION", f"Catalog '{catalog}' was not found.", "42704")
        return TinySession(self, f"{principal} {catalog} {schema}")

    def close(self) -> None:
        self.rows = 0


class TinySession(EngineSession):
    """Remembers who it is for."""

    def __init__(self, engine: TinyEngine, place: str) -> None:
        self._engine = engine
        self._place = place
        self._interrupted = threading.Event()
        self._closed = False
        self._words: Mapping[str, Callable[[str], Answer]] = {
            "SELECT 1": lambda _: one("1", pa.int32(), 1, "int"),
            "WHERE": lambda _: one("place", pa.string(), self._place, "string"),
            "COUNT": lambda _: one("count", pa.int64(), self._engine.rows, "bigint"),
            "INSERT": self._insert,
            "RANGE": span,
            "TEXTS": texts,
            "EVERYTHING": everything,
            "GRANTED": lambda _: one("granted", pa.string(), "; ".join(self._engine.granted), "string"),
            "GRANT": self._grant,
            "NOTHING": lambda _: NOTHING,
            "WAIT": self._wait,
            "FAIL": fail,
            "BREAK": stumble,
            "UNTYPED": lambda _: Answer(pa.table({"a": [1]})),
            "SHOW CATALOGS": lambda _: Answer(pa.table({"catalog": ["main", "other"]}), ("string",)),
        }

    def execute(self, sql: str, parameters: tuple[Parameter, ...]) -> Answer:
        assert not self._closed
        if sql == "ECHO":
            return echo(parameters)
        if put := PUT.fullmatch(sql):
            return Answer(NOTHING.table, upload=Upload(put[1], put[2], bool(put[3])))
        if asked := FROM.fullmatch(sql):
            columns = asked[1].split(", ")
            found = RELATIONS[asked[3]].select(columns)
            return Answer(found.slice(0, 0) if asked[2] == "other" else found, ("string",) * len(columns))
        word = next((word for word in self._words if sql.startswith(word)), None)
        if word is None:
            raise SqlError("PARSE_SYNTAX_ERROR", f"Syntax error at or near '{sql}'.", "42601")
        return self._words[word](sql)

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self._closed = True

    def _insert(self, sql: str) -> Answer:
        self._engine.rows += 1
        table = pa.table({"num_affected_rows": [1], "num_inserted_rows": [1]})
        return Answer(table, ("bigint", "bigint"), modified=1)

    def _grant(self, sql: str) -> Answer:
        self._engine.granted.append(f"{self._place}: {sql}")
        return NOTHING

    def _wait(self, sql: str) -> Answer:
        if self._interrupted.wait(WAIT_SECONDS):
            self._interrupted.clear()
            raise SqlError("OPERATION_CANCELED", "Operation has been canceled.", "HY008")
        return NOTHING


def one(name: str, kind: pa.DataType, value: object, written: str) -> Answer:
    """One value."""
    return Answer(pa.table({name: pa.array([value], kind)}), (written,))


def echo(parameters: tuple[Parameter, ...]) -> Answer:
    """A row for each parameter."""
    rows = [[p.name for p in parameters], [p.type for p in parameters], [p.value for p in parameters]]
    columns = [pa.array(values, pa.string()) for values in rows]
    return Answer(pa.table(columns, names=["name", "type", "value"]), ("string",) * 3)


def span(sql: str) -> Answer:
    """So many numbers, in two pieces."""
    number = int(sql.split()[1])
    half = number // 2
    chunks = [pa.array(range(half), pa.int64()), pa.array(range(half, number), pa.int64())]
    return Answer(pa.table({"id": pa.chunked_array(chunks)}), ("bigint",))


def texts(sql: str) -> Answer:
    """So many texts of so many characters."""
    number, size = map(int, sql.split()[1:])
    return Answer(pa.table({"text": pa.array(["x" * size] * number, pa.string())}), ("string",))


def everything(sql: str) -> Answer:
    """A row with a value of each type, and one of NULLs."""
    arrays = [pa.array([value, None], kind) for kind, value in EVERYTHING.values()]
    return Answer(pa.table(arrays, names=list(EVERYTHING)), tuple(EVERYTHING))


def stumble(sql: str) -> Answer:
    """A fault of the engine's own."""
    raise LookupError("nobody thought of this")


def fail(sql: str) -> Answer:
    """What a table that is not there gives."""
    raise SqlError("TABLE_OR_VIEW_NOT_FOUND", "The table or view `t` cannot be found.", "42P01")
