"""A database that others made: its tables are theirs, and the gateway has what it was granted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.client import Client
from tests.waiting import wait_until
from tests.workspace.handle import Workspace
from tests.workspace.roles import DATABASE, quoted

OWNER = "legacy"
SCHEMA = "others"
# a server that was built without ICU has none of these: there they are made as copies of "C"
COLLATIONS = {
    "worldwide": "provider = icu, locale = 'und'",
    "german": "provider = icu, locale = 'de'",
    "any_case": "provider = icu, locale = 'und-u-ks-level2', deterministic = false",
    "utf8": "provider = libc, locale = 'C.UTF-8'",
}


@dataclass(frozen=True)
class Others:
    """Whoever else uses the database; and `client`, which speaks to a gateway there."""

    workspace: Workspace
    client: Client

    def prepare(self) -> None:
        """Make the role, a schema of its, and some types."""
        self.admin(f"CREATE ROLE {OWNER} NOLOGIN")
        self.admin(f"CREATE SCHEMA {SCHEMA} AUTHORIZATION {OWNER}")
        self.admin(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {self.gateway}")
        self.run(
            """
            CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'G''day, "mate" %s');
            CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
            CREATE DOMAIN score AS positive NOT NULL CHECK (VALUE <= 100);
            CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
            CREATE DOMAIN numbers AS integer[];
            CREATE DOMAIN document AS jsonb;
            CREATE TYPE pair AS (a integer, b text)
            """
        )
        for name, made in COLLATIONS.items():
            self.run(
                f"DO $$BEGIN CREATE COLLATION {name} ({made}); EXCEPTION WHEN OTHERS THEN"
                f' CREATE COLLATION {name} FROM "C"; END$$'
            )

    @property
    def gateway(self) -> str:
        """The gateway's role, quoted."""
        return quoted(self.workspace.client)

    def admin(self, statement: str, database: str = DATABASE) -> list[list[Any]]:
        """Run SQL as an administrator."""
        return self.workspace.sql(statement, database)

    def run(self, script: str) -> None:
        """Run SQL as the others do, and let the gateway use all tables and sequences that are there then."""
        self.admin(f"SET ROLE {OWNER}; SET search_path = {SCHEMA}, public; {script}")
        for kind in ("TABLES", "SEQUENCES"):
            self.admin(f"GRANT ALL ON ALL {kind} IN SCHEMA {SCHEMA} TO {self.gateway}")

    def ask(self, query: str) -> list[list[Any]]:
        """What a query gives."""
        return self.admin(f"SET search_path = {SCHEMA}, public; {query}")

    def scans(self, table: str, work: Callable[[], object]) -> tuple[int, int]:
        """How often some work reads a table from end to end, and how often by an index."""
        self.ask(f"SELECT pg_stat_reset_single_table_counters('{table}'::regclass)")
        work()
        self.workspace.kill_all("terminate")  # a connection that ends tells all that it has counted
        wait_until(lambda: self._counted(table) != (0, 0))
        return self._counted(table)

    def _counted(self, table: str) -> tuple[int, int]:
        ((by_rows, by_index),) = self.ask(
            f"SELECT seq_scan, coalesce(idx_scan, 0) FROM pg_stat_all_tables"
            f" WHERE relid = '{table}'::regclass"
        )
        return int(by_rows), int(by_index)
