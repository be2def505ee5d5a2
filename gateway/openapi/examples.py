"""Requests that work on the demo (`make run`): the document shows them, the tests send them.

They may be sent again and again: what they write is a table of their own, `refunds`.
"""

from typing import Any

Request = dict[str, Any]

DEMO = {"catalog": "demo", "schema": "main"}
FLIGHTS = {**DEMO, "table": "flights"}
REFUNDS = {**DEMO, "table": "refunds"}
REFUND_COLUMNS: list[Request] = [
    {"name": "id", "data_type": "BIGINT", "nullable": False},
    {"name": "carrier", "data_type": "STRING"},
    {"name": "amount", "data_type": "DECIMAL(10,2)", "comment": "in US dollars"},
    {"name": "filed_on", "data_type": "DATE"},
]

READ: dict[str, Request] = {
    "The longest delays from JFK": {
        **FLIGHTS,
        "columns": ["time_hour", "carrier", "flight", "dest", "dep_delay"],
        "filters": [{"column": "origin", "value": "JFK"}, {"column": "dep_delay", "op": ">", "value": 60}],
        "order_by": ["-dep_delay"],
        "limit": 10,
    },
    "Cancelled flights to California or Hawaii, counted": {
        **FLIGHTS,
        "columns": "time_hour,carrier,flight,origin,dest",
        "filters": [
            {"column": "dep_time", "op": "IS NULL"},
            {
                "or": [
                    {"column": "dest", "op": "IN", "value": ["SFO", "LAX"]},
                    {"column": "dest", "value": "HNL"},
                ]
            },
        ],
        "include_total": True,
        "limit": 5,
    },
    "Christmas morning, by airline": {
        **FLIGHTS,
        "filters": [
            {"column": "time_hour", "op": "BETWEEN", "value": ["2013-12-25T10:00Z", "2013-12-25T16:00Z"]},
            {"not": {"column": "tailnum", "op": "LIKE", "value": "%MQ"}},
        ],
        "order_by": [{"column": "carrier"}, {"column": "arr_delay", "direction": "desc"}],
    },
}

WRITE: dict[str, Request] = {
    "Two refunds, their table created if it is missing": {
        **REFUNDS,
        "data": [
            {"id": 1, "carrier": "UA", "amount": "129.90", "filed_on": "2013-12-26"},
            {"id": 2, "carrier": "B6", "amount": 60, "filed_on": None},
        ],
        "auto_create": True,
        "schema_definition": REFUND_COLUMNS,
        "primary_key": ["id"],
        "on_conflict": "update",
    }
}

UPDATE: dict[str, Request] = {
    "One refund, by its key": {
        **REFUNDS, "key_column": "id", "key_value": 1, "updates": {"amount": 150}, "include_deleted": True,
    },
    "Every refund of an airline, ten at most": {
        **REFUNDS,
        "filters": [{"column": "carrier", "value": "B6"}],
        "updates": {"filed_on": "2013-12-31"},
        "max_affected": 10,
    },
    "Each refund its own amount": {
        **REFUNDS,
        "key_column": "id",
        "bulk_updates": [
            {"key_value": 1, "updates": {"amount": "99.50"}},
            {"key_value": 2, "updates": {"amount": "75.25", "carrier": "DL"}},
        ],
    },
    "A flight, by its composite key": {
        **FLIGHTS,
        "keys": {"time_hour": "2013-01-01T10:00:00Z", "carrier": "UA", "flight": 1545},
        "updates": {"tailnum": "N14228"},
    },
}  # fmt: skip

DELETE: dict[str, Request] = {
    "Small refunds, marked as deleted": {
        **REFUNDS, "filters": [{"column": "amount", "op": "<", "value": 100}], "soft": True,
    },
    "Refunds by their keys, for good": {
        **REFUNDS, "key_column": "id", "key_values": [1, 2], "soft": False, "include_deleted": True,
    },
}  # fmt: skip

DEFINE: dict[str, Request] = {
    "The table of refunds": {"columns": REFUND_COLUMNS, "primary_key": ["id"]},
}

TRANSFER: dict[str, Request] = {
    "A copy of the flights, in a schema of its own": {
        "from": "default", "to": "default", "tables": ["flights"], "to_schema": "copies", "mode": "replace",
    },
}  # fmt: skip

DATABASE: dict[str, Request] = {
    "Provisioned": {"name": "shop", "capacity": "CU_1", "retention_days": 7, "nodes": 1},
    "Autoscaling": {"project": "shop", "least_cu": 0.5, "most_cu": 2, "suspend_seconds": 300},
}

PAGE: Request = {
    "data": [{"time_hour": "2013-12-25T11:00:00+00:00", "carrier": "B6", "flight": 1783, "dep_delay": 61}],
    "count": 1,
    "total": None,
    "next_cursor": None,
}
NDJSON = '{"carrier":"B6","flight":1783,"dep_delay":61}\n{"carrier":"DL","flight":30,"dep_delay":null}\n'
CSV = "carrier,flight,dep_delay\r\nB6,1783,61\r\nDL,30,\r\n"
WRITTEN: Request = {"message": "Inserted 2 record(s) into demo.main.refunds", "count": 2}
UPDATED: Request = {"message": "Updated 1 record(s) in demo.main.refunds", "count": 1}
DELETED: Request = {"message": "Soft deleted 2 record(s) in demo.main.refunds", "count": 2}
TABLE: Request = {
    **DEMO,
    "name": "refunds",
    "kind": "table",
    "columns": [{"nullable": True, "comment": None, **column} for column in REFUND_COLUMNS],
    "primary_key": ["id"],
}

PREFLIGHT: dict[str, object] = {
    "status": "FAIL",
    "checks": [
        {"name": "host", "status": "OK", "message": '"db.example" answers at port 5432', "mends": []},
        {
            "name": "grants",
            "status": "FAIL",
            "message": 'grants are missing in the schema "shop"',
            "mends": [{"kind": "sql", "text": 'GRANT USAGE, CREATE ON SCHEMA "shop" TO "my-app"'}],
        },
    ],
}
