"""The benchmark on Postgres: the local workspace's Lakebase, and the same server without TLS and tokens."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from psycopg2.extensions import make_dsn

from backends import open_backend
from backends.lakebase.address import VARIABLES
from bench import copying, inside, items, peers, workloads
from bench.contenders import (
    DRIVER,
    DRIVER_TLS,
    LAKEBASE,
    POSTGRES,
    Contender,
    Driver,
    alike,
    bare,
    gunicorn,
    query,
)
from bench.measure import Bench, Sample, Streamed, Wanted
from bench.recorder import Requests, recorded
from bench.server import cpu_seconds, family_cpu_seconds
from bench.speech import GATEWAY
from bench.workloads import WORKLOADS, Workload
from tests.workspace.handle import Workspace, running_workspace

SCHEMA = "bench"
PLACE = {"GATEWAY_BACKEND": "lakebase", "GATEWAY_CATALOG": items.CATALOG, "GATEWAY_SCHEMA": SCHEMA}
TEMPLATE = f"{items.CATALOG}_template"
USER = "plain"


class Lakebase:
    """See `measure.Database`; every contender gets a fresh copy of one Postgres database."""

    streamed = Streamed(items.NAME, items.COUNT, ("NDJSON",), {})

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._postmaster = int(
            workspace.sql("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")[0][0]
        )
        self.version: Mapping[str, str] = {"postgres": workspace.sql("SHOW server_version")[0][0].split()[0]}
        self._recorded: dict[str, Requests] = {}
        self._plain = {**PLACE, "DATABASE_URL": workspace.plain_url(USER, database=items.CATALOG)}
        self.contenders = self._contenders()
        self._fill()

    def _contenders(self) -> Sequence[Contender]:
        there = self._plain["DATABASE_URL"]
        tokens = {**self._workspace.environment("autoscaling"), **PLACE}
        encrypted = {keyword: tokens[name] for name, keyword in VARIABLES.items() if name in tokens}
        tls = make_dsn(dbname=items.CATALOG, password=self._workspace.mint(), **encrypted)
        return (
            bare(),
            query("bench.postgres_query:app", {"DATABASE_URL": there}),
            *peers.on_postgres({"DATABASE_URL": there}),
            Driver(DRIVER, there, self._recorded),
            Driver(DRIVER_TLS, tls, self._recorded),
            gunicorn(POSTGRES, "wsgi:app", self._plain),
            gunicorn(LAKEBASE, "wsgi:app", tokens),
        )

    def _fill(self) -> None:
        """Make the database that all others are copied from."""
        env = {**PLACE, "DATABASE_URL": self._workspace.plain_url(USER)}
        with closing(open_backend("lakebase", env)) as backend:
            items.fill(backend, SCHEMA)
        run = self._workspace.sql
        run(f"SET search_path = {SCHEMA}; CREATE INDEX {items.INDEX}", items.CATALOG)
        run("VACUUM (ANALYZE)", items.CATALOG)
        run(f'GRANT {USER} TO "{self._workspace.client}"')
        run(f"ALTER DATABASE {items.CATALOG} RENAME TO {TEMPLATE}")
        run(f"ALTER DATABASE {TEMPLATE} ALLOW_CONNECTIONS false")  # else autovacuum hinders the copying

    def renew(self) -> None:
        """See `measure.Database.renew`."""
        self._workspace.sql(f"DROP DATABASE IF EXISTS {items.CATALOG} WITH (FORCE)")
        self._workspace.sql(f"CREATE DATABASE {items.CATALOG} TEMPLATE {TEMPLATE} OWNER {USER}")

    def counted(self, table: str) -> int:
        """See `measure.Database.counted`."""
        return int(self._workspace.sql(f"SELECT count(*) FROM {SCHEMA}.{table}", items.CATALOG)[0][0])

    def cpu_seconds(self) -> Mapping[str, float]:
        """See `measure.Database.cpu_seconds`: the simulated Lakebase's proxy, and Postgres itself."""
        return {
            "proxy": cpu_seconds(self._workspace.pid),
            "postgres": family_cpu_seconds(self._postmaster),
        }

    def before(self, bench: Bench, contenders: Sequence[Contender], wanted: Wanted) -> Sequence[Sample]:
        """See `measure.Database.before`: what the drivers are to send is taken down."""
        if any(isinstance(each, Driver) for each in contenders):
            self._recorded |= recorded(bench, self._plain, self._wanted(wanted))
        return ()

    def _wanted(self, wanted: Wanted) -> Iterator[Workload]:
        made = {**WORKLOADS, "bulk": workloads.bulk}
        yield from (make(GATEWAY) for name, make in made.items() if wanted(name) and Driver.answers(name))
        if wanted("stream"):
            yield workloads.stream(GATEWAY, self.streamed.table, self.streamed.count, "NDJSON")

    def besides(
        self, bench: Bench, contenders: Sequence[Contender], wanted: Wanted, round_: int
    ) -> Iterator[Sample]:
        """See `measure.Database.besides`."""
        if wanted("one"):
            yield from inside.measured(bench, alike(contenders), round_)
        yield from copying.measured(bench, self._plain["DATABASE_URL"], wanted, round_)


@contextmanager
def running(folder: Path) -> Iterator[Lakebase]:
    """The database, in a workspace whose log is in a folder."""
    with running_workspace(folder) as workspace:
        yield Lakebase(workspace)
