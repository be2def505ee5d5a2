"""What a user would pick instead, each as its own documentation shows it; they run in `.bench`."""

import sys
from collections.abc import Mapping

from bench.contenders import DATASETTE, FASTAPI, READING, RESTLESS, ROAPI, ROW_BY_ROW, SAFRS, Served
from bench.server import GUNICORN, ROOT
from bench.speech import Datasette, JsonApi, Rest, Roapi, Safrs

HOME = ROOT / ".bench" / "bin"


def on_postgres(env: Mapping[str, str]) -> list[Served]:
    """Those that serve Postgres; none where they are not installed."""
    if not _installed():
        return []
    uvicorn = ("-k", "uvicorn_worker.UvicornWorker")
    return [
        Served(FASTAPI, _gunicorn(*uvicorn, "bench.peers.fastapi_app:app"), env, speech=Rest()),
        Served(RESTLESS, _gunicorn("bench.peers.restless_app:app"), env, ROW_BY_ROW, JsonApi()),
        Served(SAFRS, _gunicorn("bench.peers.safrs_app:app"), env, ROW_BY_ROW, Safrs()),
    ]


def on_sqlite(file: str) -> list[Served]:
    """Those that serve a file of SQLite's; none where they are not installed."""
    if not _installed():
        return []
    datasette = ("serve", file, "--port", "{port}", "--setting", "suggest_facets", "off")
    elsewhere = ("--addr-flight-sql", "127.0.0.1:0", "--addr-postgres", "127.0.0.1:0")
    roapi = ("--addr-http", "{address}", *elsewhere, "--table", f"items=sqlite://{file}")
    return [
        Served(DATASETTE, (str(HOME / "datasette"), *datasette), {}, READING, Datasette()),
        Served(ROAPI, (str(HOME / "roapi"), *roapi), {}, READING, Roapi()),
    ]


def _gunicorn(*options: str) -> tuple[str, ...]:
    settings = ("-c", "bench/peers/gunicorn.conf.py", "--bind", "{address}")
    return (str(HOME / "python"), "-m", GUNICORN, *settings, *options)


def _installed() -> bool:
    if (HOME / "python").exists():
        return True
    print("the peers are not installed: `make .bench/peers` does that", file=sys.stderr)
    return False
