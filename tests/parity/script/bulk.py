"""Much at once: 5,000 rows in one body, 300 columns, long texts, and streams of all of it."""

from collections.abc import Iterator

from tests.parity.calls import (
    CSV,
    MOST_BYTES,
    MOST_ROWS,
    NDJSON,
    Call,
    Written,
    delete,
    pages,
    put,
    read,
    stream,
    update,
    where,
    write,
)

MANY = 5000
LARGE = {
    "id": "BIGINT", "name": "STRING", "x": "DOUBLE", "d": "DECIMAL(18,4)", "at": "TIMESTAMP", "raw": "BINARY",
}  # fmt: skip
WIDE = {
    "id": "INT",
    **{f"c{at}": ("INT", "STRING", "DOUBLE", "DECIMAL(9,3)", "DATE")[at % 5] for at in range(299)},
}


def calls() -> Iterator[Call]:
    """The chapter."""
    yield put("large", LARGE)
    yield from _written()
    yield from _read()
    yield from _changed()
    yield from _wide()
    yield from _long()


def _written() -> Iterator[Call]:
    yield write("large", [_row(at) for at in range(MANY)])
    yield write("large", [_row(at) for at in range(MANY - 1, MANY + 10)], 409)
    yield write("large", [_row(at) for at in range(MANY)], on_conflict="ignore")
    yield write("large", [{"id": at, "name": "again"} for at in range(0, MANY, 2)], on_conflict="update")
    yield write(
        "large", [{"id": at % 2500, "name": "twice"} for at in range(MANY)], 409, on_conflict="update"
    )
    yield write("large", [{"id": MANY + at, "x": "bad" if at % 3 else 1} for at in range(1000)], 400)
    yield write("large", [{"id": MANY + at} for at in range(MOST_ROWS + 1)], 400)
    yield read("large", columns=["id"], include_total=True, limit=1)


def _read() -> Iterator[Call]:
    for accept in (NDJSON, CSV):
        yield stream("large", accept, columns=["id", "name", "x", "d", "at", "raw"])
        yield stream(
            "large",
            accept,
            columns=["name", "id"],
            order_by=["name", "-id"],
            filters=[where("id", ">", 2000)],
        )
    yield pages("large", columns="id", order_by="-name", limit=1000)
    yield pages("large", columns="id", order_by="x,-d", limit=700)


def _changed() -> Iterator[Call]:
    yield update(
        "large",
        key_column="id",
        bulk_updates=[{"key_value": at, "updates": {"name": f"b{at}"}} for at in range(2000)],
    )
    yield update("large", filters=[where("id", "<", 3000)], updates={"d": "0.0001"}, max_affected=3000)
    yield delete("large", key_column="id", key_values=list(range(0, MANY, 3)))
    yield delete("large", filters=[where("id", ">=", 4000)], soft=False)
    yield read("large", columns="id,name,d", include_total=True, limit=50, order_by="-id")


def _row(at: int) -> dict[str, object]:
    return {
        "id": at,
        "name": None if at % 11 == 0 else f'n{at * 7919 % MANY} \u00e9"\n'[: 3 + at % 9],
        "x": Written(repr((at - 2500) / 7 * 10.0 ** (at % 17 - 4))),
        "d": f"{at * 1234567}.{at:04d}",
        "at": f"20{at % 100:02d}-12-06T10:30:{at % 60:02d}.{at % 1000:03d}Z",
        "raw": ["", "AA==", "/w==", None][at % 4],
    }


def _wide() -> Iterator[Call]:
    yield put("wide300", WIDE)
    rows = [
        {name: _of(type_, at + column) for column, (name, type_) in enumerate(WIDE.items())}
        for at in range(5)
    ]
    yield write("wide300", [{**row, "id": at} for at, row in enumerate(rows)])
    yield write("wide300", [{"id": 5 + at, f"c{at}": _of(WIDE[f"c{at}"], at)} for at in range(60)])
    yield write("wide300", [{"id": at, f"c{at}": None} for at in range(30)], on_conflict="update")
    yield read("wide300", columns=[*WIDE])
    yield read("wide300", columns=[*reversed(WIDE)], limit=2)
    yield pages("wide300", columns=["id"], order_by=["-c7", "c3", "c298"], limit=20)
    yield stream("wide300", CSV, columns=[*WIDE])
    yield update(
        "wide300", key_column="id", key_value=1, updates={name: None for name in WIDE if name != "id"}
    )
    yield update(
        "wide300",
        key_column="id",
        bulk_updates=[{"key_value": at, "updates": {f"c{at}": None, f"c{at * 3}": None}} for at in range(60)],
    )
    yield read(
        "wide300", filters=[{"or": [where(f"c{at}", "IS NOT NULL") for at in range(190)]}], columns="id"
    )
    yield stream("wide300", NDJSON, columns=[*WIDE], order_by=["-id"])


def _of(type_: str, number: int) -> object:
    return {
        "INT": number,
        "STRING": f"s{number}",
        "DOUBLE": number / 3,
        "DATE": f"2025-01-{number % 28 + 1:02d}",
    }.get(type_, f"{number}.125")


def _long() -> Iterator[Call]:
    yield put("long", {"id": "INT", "t": "STRING", "raw": "BINARY", "v": "VARCHAR(100000)"})
    yield write("long", [{"id": 1, "t": "\u00e9" * 500_000, "raw": "QUJD" * 100_000, "v": "x" * 100_000}])
    yield write("long", [{"id": 2, "v": "x" * 100_001}], 400)
    yield write("long", [{"id": 3, "t": "x" * MOST_BYTES}], 413)
    yield read("long", columns=["v", "raw", "t"])
    yield read("long", columns="id", filters=[where("t", "=", "\u00e9" * 500_000)])
    yield read("long", columns="id", filters=[where("t", "LIKE", "%" + "\u00e9" * 900 + "%")])
    yield stream("long", CSV, columns=["raw", "id"])
    yield put("long_key", {"k": "STRING"}, ["k"])
    yield write("long_key", [{"k": "k" * 2000}])
    yield read("long_key", columns="k")
