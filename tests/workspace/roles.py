"""The Postgres behind all instances and projects: its roles and databases."""

from collections import Counter

from tests.workspace.postgres import Postgres

DATABASE = "databricks_postgres"
SUPERUSER = "databricks_superuser"


class Roles:
    """Makes roles and databases in the one server that every instance and every branch shares.

    What belongs to which of them is the control plane's to remember; here, a name is one role for all, which
    goes when the last of them drops it.
    """

    def __init__(self, postgres: Postgres) -> None:
        self._postgres = postgres
        self._holders: Counter[str] = Counter()  # how many instances and branches have a role

    def prepare(self) -> None:
        """Make what is in each new Lakebase. Nobody may create in `public`, as in Postgres 15 and later."""
        for database in ("template1", "postgres"):
            self._postgres.sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database)
        self._postgres.sql(f"CREATE DATABASE {DATABASE}")
        self._postgres.sql(f"CREATE ROLE {SUPERUSER} NOLOGIN CREATEDB CREATEROLE")
        self._postgres.sql(f"GRANT pg_read_all_data, pg_write_all_data, pg_monitor TO {SUPERUSER}")
        self._postgres.sql(f"GRANT ALL ON DATABASE {DATABASE} TO {SUPERUSER}")

    def create(self, name: str, attributes: frozenset[str], *, superuser: bool = False) -> None:
        """Make a role that may log in, connect to the database, and create schemas there, if there is none.

        Args:
            name: the role's.
            attributes: such as "CREATEDB".
            superuser: whether it is a member of `databricks_superuser`.
        """
        role = quoted(name)
        self._holders[name] += 1
        if not self.exists(name):
            self._postgres.sql(f"CREATE ROLE {role} LOGIN {' '.join(sorted(attributes))}")
        self._postgres.sql(f"GRANT CONNECT, CREATE ON DATABASE {DATABASE} TO {role}")
        if superuser:
            self._postgres.sql(f"GRANT {SUPERUSER} TO {role}")

    def create_with_password(self, name: str, password: str) -> None:
        """Make a role that logs in with a password, and may create databases, or give it another password."""
        self.create(name, frozenset({"CREATEDB"}))
        self._postgres.sql(f"ALTER ROLE {quoted(name)} PASSWORD {literal(password)}")

    def exists(self, name: str) -> bool:
        """Whether there is such a role."""
        return bool(self._postgres.sql(f"SELECT 1 FROM pg_roles WHERE rolname = {literal(name)}"))

    def drop(self, name: str, heir: str | None) -> None:
        """Drop a role, unless others have it too; an heir gets what it owns.

        Raises:
            psycopg2.Error: it owns something, and there is no heir.
        """
        if self._holders[name] > 1:
            self._holders[name] -= 1
            return
        role = quoted(name)
        for (database,) in self._postgres.sql("SELECT datname FROM pg_database WHERE datallowconn"):
            if heir is not None:
                self._postgres.sql(f"REASSIGN OWNED BY {role} TO {quoted(heir)}", str(database))
                self._postgres.sql(f"DROP OWNED BY {role}", str(database))
        self._postgres.sql(f"REVOKE ALL ON DATABASE {DATABASE} FROM {role}")
        self._postgres.sql(f"DROP ROLE {role}")
        del self._holders[name]

    def create_database(self, name: str, owner: str) -> None:
        """Make a database.

        Raises:
            psycopg2.Error: there is one of that name.
        """
        self._postgres.sql(f"CREATE DATABASE {quoted(name)} OWNER {quoted(owner)}")

    def drop_database(self, name: str) -> None:
        """Drop a database and whoever is connected to it."""
        self._postgres.sql(f"DROP DATABASE {quoted(name)} WITH (FORCE)")


def quoted(name: str) -> str:
    """An identifier, quoted."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text, quoted."""
    return "'" + text.replace("'", "''") + "'"
