"""Each type's values: kept, refused, compared, sorted, paged, streamed, changed, and used as a key."""

from collections.abc import Iterator

from tests.effort import some
from tests.parity.calls import (
    CSV,
    NDJSON,
    Call,
    Written,
    delete,
    describe,
    pages,
    put,
    read,
    stream,
    update,
    where,
    write,
)
from tests.parity.script.samples import SAMPLES, Sample

COMPARING = ("=", "!=", "<", "<=", ">", ">=")


def calls() -> Iterator[Call]:
    """A table for each type that is tried."""
    for at, (type_, sample) in enumerate(some(SAMPLES.items(), 2)):
        yield from _kept(f"v_{at}", type_, sample)
        yield from _refused(f"v_{at}", sample)
        yield from _compared(f"v_{at}", sample)
        yield from _ordered(f"v_{at}")
        yield from _changed(f"v_{at}", sample)
        yield from _as_key(f"k_{at}", type_, sample)


def _kept(table: str, type_: str, sample: Sample) -> Iterator[Call]:
    rows = [Written(f'{{"id": {at}, "v": {text}}}') for at, text in enumerate(sample.good)]
    yield put(table, {"id": "INT", "v": type_.lower()})
    yield put(table, {"id": "INT", "v": type_}, status=200)
    yield describe(table)
    yield write(table, rows)
    yield write(table, [{"id": len(rows)}])
    yield read(table, columns=["id", "v"])
    yield read(table, columns="v,id", order_by="-id", limit=5, include_total=True)


def _refused(table: str, sample: Sample) -> Iterator[Call]:
    bad = [
        Written(f'{{"id": {1000 + at}, "v": {text}}}')
        for at, text in enumerate((*sample.bad, *sample.beyond))
    ]
    yield write(table, [*bad, {"id": 5000}], status=400)
    for row in bad:
        yield write(table, [row], status=400)
    for text in sample.bad[:3]:
        yield update(table, 400, key_column="id", key_value=0, updates={"v": Written(text)})


def _compared(table: str, sample: Sample) -> Iterator[Call]:
    values = [Written(text) for text in sample.good if text != "null"]
    for value in values:
        yield read(table, columns="id", filters=[{"column": "v", "value": value}])
    for op in COMPARING:
        for value in (values[0], values[len(values) // 2]):
            yield read(table, columns=["id"], filters=[where("v", op, value)])
    for op in ("IN", "not in"):
        yield read(table, columns=["id"], filters=[where("v", op, values)])
        yield read(table, columns=["id"], filters=[where("v", op, values[:1])])
        yield read(table, columns=["id"], filters=[where("v", op, [])])
    yield read(table, columns=["id"], filters=[where("v", "between", [values[0], values[-1]])])
    yield read(table, columns=["id"], filters=[where("v", "BETWEEN", [values[-1], values[0]])])
    yield read(table, columns=["id"], filters=[where("v", "IS NULL")], include_total=True)
    yield read(table, columns=["id"], filters=[{"not": where("v", "=", values[0])}])
    for text in sample.bad[:4]:
        yield read(table, 400, filters=[where("v", "=", Written(text))])
    for text in sample.beyond:
        yield read(table, filters=[where("v", ">=", Written(text))], columns=["id"])


def _ordered(table: str) -> Iterator[Call]:
    for order in (["v"], ["-v"], ["-v", "-id"]):
        yield read(table, columns=["id", "v"], order_by=order, limit=100)
        yield pages(table, columns=["v"], order_by=order, limit=4)
    for accept in (NDJSON, CSV):
        yield stream(table, accept, columns=["id", "v"])
        yield stream(table, accept, columns=["v"], order_by=["-v", "id"], limit=9)


def _changed(table: str, sample: Sample) -> Iterator[Call]:
    values = [Written(text) for text in sample.good if text != "null"]
    last = len(sample.good)
    for value in values:
        yield update(table, key_column="id", key_value=last, updates={"v": value})
    yield read(table, columns=["v", "updated_by"], filters=[{"column": "id", "value": last}])
    changes = [{"key_value": at, "updates": {"v": value}} for at, value in enumerate(reversed(values))]
    yield update(table, key_column="id", bulk_updates=changes)
    yield update(table, key_column="v", key_values=values, updates={"id": Written("null")}, status=400)
    yield update(table, key_column="v", key_values=values, updates={"v": None})
    yield read(table, columns=["id", "v"], limit=1000)
    yield delete(table, filters=[where("v", "IS NULL")])


def _as_key(table: str, type_: str, sample: Sample) -> Iterator[Call]:
    """Values that are equal to each other are the same key."""
    values = [Written(text) for text in sample.good if text != "null"]
    yield put(table, {"k": type_, "n": "INT"}, ["k"])
    for at, value in enumerate(values):
        yield write(table, [{"k": value, "n": at}], on_conflict="ignore")
    yield write(table, [{"k": value, "n": 50 + at} for at, value in enumerate(values)], on_conflict="ignore")
    yield write(table, [{"k": values[0], "n": 99}], status=409)
    yield write(table, [{"k": values[0], "n": 99}], on_conflict="update")
    yield write(table, [{"k": None, "n": 1}], status=400)
    yield write(table, [{"n": 1}], status=400)
    yield read(table, columns=["k", "n"])
    yield pages(table, columns="n", limit=3, order_by="-k")
    yield update(table, keys={"k": values[0]}, updates={"n": 100})
    yield update(table, key_column="k", bulk_updates=[{"key_value": values[0], "updates": {"n": 101}}])
    yield delete(table, key_column="k", key_value=values[0])
    yield delete(table, 404, key_column="k", key_value=values[0])
    yield delete(table, keys={"k": values[0]}, soft=False, include_deleted=True)
    yield read(table, columns=["k", "n"], include_deleted=True)
