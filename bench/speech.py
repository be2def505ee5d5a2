"""How each contender is asked, and what its answers say."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from urllib.parse import quote

from bench import items
from bench.client import request
from bench.items import Row

READ, WRITE, UPDATE, DELETE = (f"/api/v1/records/{deed}" for deed in ("read", "write", "update", "delete"))
FORMATS = {"NDJSON": ("application/x-ndjson", 0), "CSV": ("text/csv", 1)}  # and how many lines are no rows


class Speech(ABC):
    """What can be asked of everyone."""

    @abstractmethod
    def one(self, key: int) -> bytes:
        """The request for a row by its key."""

    @abstractmethod
    def page(self, category: str, size: int) -> bytes:
        """The request for the first active rows of a category, the oldest first."""

    @abstractmethod
    def rows(self, answer: bytes) -> list[Row]:
        """The rows of an answer."""

    def agrees(self, found: list[Row], wanted: list[Row]) -> bool:
        """Whether rows are those that are wanted: their values, however they are spelled."""
        return [plain(row) for row in found] == [plain(row) for row in wanted]


class Writing(Speech):
    """What can be asked of those that write too."""

    @abstractmethod
    def insert(self, rows: Sequence[str], table: str = items.NAME) -> bytes:
        """The request that writes rows, each given as canonical JSON."""

    @abstractmethod
    def update(self, key: int, price: str, quantity: str) -> bytes:
        """The request that sets two columns of a row."""

    @abstractmethod
    def delete(self, key: int) -> bytes:
        """The request that deletes a row."""

    @abstractmethod
    def count(self, answer: bytes) -> int:
        """How many rows an answer says were written."""


class Gateway(Writing):
    """The gateway's own words, and those of views written by hand in its place."""

    def one(self, key: int) -> bytes:
        return _asking(READ, table=items.NAME, filters=[{"column": "id", "op": "=", "value": key}])

    def page(self, category: str, size: int) -> bytes:
        filters = [{"column": "category", "value": category}, {"column": "active", "value": True}]
        return _asking(READ, table=items.NAME, filters=filters, order_by=["made_at"], limit=size)

    def insert(self, rows: Sequence[str], table: str = items.NAME) -> bytes:
        return request("POST", WRITE, f'{{"table":"{table}","data":{_array(rows)}}}')

    def update(self, key: int, price: str, quantity: str) -> bytes:
        new = f'{{"price":{price},"quantity":{quantity}}}'
        selected = f'"table":"{items.NAME}","key_column":"id","key_value":{key}'
        return request("POST", UPDATE, f'{{{selected},"updates":{new}}}')

    def delete(self, key: int) -> bytes:
        return _asking(DELETE, table=items.NAME, key_column="id", key_value=key, soft=False)

    def every(self, table: str, form: str) -> bytes:
        """The request for all rows of a table as a stream."""
        return request("POST", READ, json.dumps({"table": table}), accept=FORMATS[form][0])

    def rows(self, answer: bytes) -> list[Row]:
        found: list[Row] = items.rows_of(answer)["data"]  # type: ignore[call-overload]
        return found

    def agrees(self, found: list[Row], wanted: list[Row]) -> bool:
        """The same, its columns in the same order: what is promised."""
        return [list(row.items()) for row in found] == [list(row.items()) for row in wanted]

    def count(self, answer: bytes) -> int:
        return int(json.loads(answer)["count"])


class Rest(Writing):
    """A path for each row, as FastAPI's own tutorial has it."""

    def one(self, key: int) -> bytes:
        return request("GET", f"/items/{key}")

    def page(self, category: str, size: int) -> bytes:
        return request("GET", _query("/items", category=category, active="true", limit=str(size)))

    def insert(self, rows: Sequence[str], table: str = items.NAME) -> bytes:
        return request("POST", f"/{table}", _array(rows))

    def update(self, key: int, price: str, quantity: str) -> bytes:
        return request("PATCH", f"/items/{key}", f'{{"price":{price},"quantity":{quantity}}}')

    def delete(self, key: int) -> bytes:
        return request("DELETE", f"/items/{key}")

    def every(self, table: str, form: str) -> bytes:
        """The request for all rows of a table as a stream."""
        return request("GET", f"/{table}.{form.lower()}")

    def rows(self, answer: bytes) -> list[Row]:
        found = json.loads(answer, parse_float=Decimal)
        return found if isinstance(found, list) else [found]

    def count(self, answer: bytes) -> int:
        return int(json.loads(answer)["count"])


class JsonApi(Writing):
    """JSON:API as Flask-Restless-NG speaks it: one row a request."""

    media = "application/vnd.api+json"
    kind = "items"
    end = ""  # of a path

    def one(self, key: int) -> bytes:
        return self._request("GET", f"/api/items/{key}{self.end}")

    def page(self, category: str, size: int) -> bytes:
        wanted = {"category": category, "active": True}
        filters = [{"name": name, "op": "eq", "val": value} for name, value in wanted.items()]
        sizes = {"sort": "made_at", "page[size]": str(size)}
        return self._request("GET", _query("/api/items", **{"filter[objects]": json.dumps(filters), **sizes}))

    def insert(self, rows: Sequence[str], table: str = items.NAME) -> bytes:
        (row,) = map(json.loads, rows)
        return self._request("POST", f"/api/{table}{self.end}", self._data(row.pop("id"), row))

    def update(self, key: int, price: str, quantity: str) -> bytes:
        new: Row = {"price": float(price), "quantity": int(quantity)}
        return self._request("PATCH", f"/api/items/{key}{self.end}", self._data(key, new))

    def delete(self, key: int) -> bytes:
        return self._request("DELETE", f"/api/items/{key}{self.end}")

    def rows(self, answer: bytes) -> list[Row]:
        found = json.loads(answer, parse_float=Decimal)["data"]
        return [
            {"id": row["id"], **row["attributes"]} for row in (found if isinstance(found, list) else [found])
        ]

    def count(self, answer: bytes) -> int:
        return 1  # its status says so: there may be no body

    def _request(self, method: str, path: str, body: str = "") -> bytes:
        return request(method, path, body, content_type=self.media, accept=self.media)

    def _data(self, key: int, attributes: Row) -> str:
        return json.dumps({"data": {"type": self.kind, "id": str(key), "attributes": attributes}})


class Safrs(JsonApi):
    """JSON:API as SAFRS speaks it."""

    kind = "Item"
    end = "/"

    def page(self, category: str, size: int) -> bytes:
        wanted = {"filter[category]": category, "filter[active]": "true"}
        sizes = {"sort": "made_at", "page[limit]": str(size)}
        return self._request("GET", _query("/api/items/", **wanted, **sizes))

    def _data(self, key: int, attributes: Row) -> str:
        if made_at := attributes.get("made_at"):  # any other form it takes for this very moment
            moment = datetime.fromisoformat(str(made_at)).strftime("%Y-%m-%d %H:%M:%S.%f")
            attributes = {**attributes, "made_at": moment}
        return super()._data(key, attributes)


class Datasette(Speech):
    """What a Datasette answers as JSON, without the counts and facets that its pages have."""

    def one(self, key: int) -> bytes:
        return request("GET", f"/{items.CATALOG}/items/{key}.json?_shape=objects")

    def page(self, category: str, size: int) -> bytes:
        form = {"_shape": "objects", "_nocount": "1", "_sort": "made_at", "_size": str(size)}
        return request("GET", _query(f"/{items.CATALOG}/items.json", category=category, active="1", **form))

    def rows(self, answer: bytes) -> list[Row]:
        found: list[Row] = items.rows_of(answer)["rows"]  # type: ignore[call-overload]
        return found


class Roapi(Speech):
    """ROAPI's REST."""

    def one(self, key: int) -> bytes:
        return request("GET", _query("/api/tables/items", **{"filter[id]": str(key)}))

    def page(self, category: str, size: int) -> bytes:
        wanted = {"filter[category]": f"'{category}'", "filter[active]": "1"}
        return request("GET", _query("/api/tables/items", **wanted, sort="made_at", limit=str(size)))

    def rows(self, answer: bytes) -> list[Row]:
        return items.rows_of(answer)


GATEWAY = Gateway()


def plain(row: Row) -> Row:
    """A row's values as Python has them, whatever the JSON that they came in; some leave NULL out."""
    return {
        **{name: value for name, value in row.items() if value is not None},
        "id": int(str(row["id"])),
        "price": Decimal(str(row["price"])),
        "score": None if (score := row.get("score")) is None else float(str(score)),
        "grade": row.get("grade"),
        "active": bool(row["active"]),
        "made_at": datetime.fromisoformat(str(row["made_at"])),
    }


def _asking(path: str, **fields: object) -> bytes:
    return request("POST", path, json.dumps(fields, separators=(",", ":")))


def _array(rows: Iterable[str]) -> str:
    return f"[{','.join(rows)}]"


def _query(path: str, **values: str) -> str:
    return f"{path}?{'&'.join(f'{name}={quote(value)}' for name, value in values.items())}"
