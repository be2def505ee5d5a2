"""Where a Postgres is, and as whom it is reached: from DATABASE_URL, or from the PG variables."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

from backends.env import SettingError, choice, named, whole

DATABASE = "databricks_postgres"  # the one that every Lakebase begins with
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SCHEME = re.compile(r"postgres(ql)?(\+\w+)?://")

# libpq's keywords by the variables that it reads them from; the database and the password apart
VARIABLES = {
    "PGHOST": "host",
    "PGHOSTADDR": "hostaddr",
    "PGPORT": "port",
    "PGUSER": "user",
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
    "PGAPPNAME": "application_name",
}


@dataclass(frozen=True, slots=True)
class Address:
    """libpq's `arguments` but for the database and the password.

    With `tokens` a password is minted for each login; else it is `password`, if it needs one.
    """

    arguments: Mapping[str, str] = field(repr=False)  # a URL may bring secrets other than the password
    database: str
    password: str | None = field(repr=False)
    tokens: bool
    from_url: bool

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The address that `env` tells; without a host or user where those are to be looked up.

        Raises:
            SettingError: a variable is malformed, or the host cannot be looked up and is not set.
        """
        return cls._from_url(env["DATABASE_URL"]) if env.get("DATABASE_URL") else cls._from_variables(env)

    @classmethod
    def _from_url(cls, url: str) -> Self:
        given = _parsed(url)
        if not (database := given.pop("dbname", "")):
            raise SettingError(
                "DATABASE_URL names no database: postgresql://user:password@host:port/database"
            )
        password = given.pop("password", None)
        given.setdefault("hostaddr", "")  # or libpq would take PGHOSTADDR, which is for another host
        return cls(_completed(given, tokens=False), database, password, tokens=False, from_url=True)

    @classmethod
    def _from_variables(cls, env: Mapping[str, str]) -> Self:
        given = {keyword: env[name] for name, keyword in VARIABLES.items() if env.get(name)}
        given["port"] = str(whole(env, "PGPORT", 5432, 1, 65535))
        if "sslmode" in given:
            given["sslmode"] = choice(env, "PGSSLMODE", "", SSL_MODES)
        password = env.get("PGPASSWORD") or None
        if password and not given.keys() & {"host", "hostaddr"}:
            raise SettingError("PGHOST is not set")
        tokens = password is None
        if tokens and not given.get("user") and env.get("DATABRICKS_CLIENT_ID"):
            given["user"] = env["DATABRICKS_CLIENT_ID"]
        database = named(env, "PGDATABASE", DATABASE)
        return cls(_completed(given, tokens=tokens), database, password, tokens, from_url=False)

    def shown(self) -> dict[str, str]:
        """What is in force, by the variables that set it; no secret."""
        said = self.arguments
        if self.from_url:
            where = ":".join(said[part] for part in ("host", "port") if part in said)
            user = f"{said['user']}@" if "user" in said else ""
            return {"DATABASE_URL": f"postgresql://{user}{where}/{self.database}?sslmode={said['sslmode']}"}
        looked_up = {"PGHOST": "looked up", "PGUSER": "looked up"} if self.tokens else {}
        known = {name: said[keyword] for name, keyword in VARIABLES.items() if keyword in said}
        return {**looked_up, **known, "PGDATABASE": self.database}


def _parsed(url: str) -> dict[str, str]:
    """libpq's keywords in a URL, by libpq's own rules; what it says of a wrong one may show the password."""
    if not _SCHEME.match(url):
        raise SettingError("DATABASE_URL takes a URL that begins with postgresql://")
    try:
        found: dict[str, str] = parse_dsn(_SCHEME.sub("postgresql://", url, count=1))
    except ProgrammingError:
        raise SettingError("DATABASE_URL takes postgresql://user:password@host:port/database") from None
    if not all(port.isdigit() for port in found.get("port", "5432").split(",")):
        raise SettingError("DATABASE_URL takes a port that is a number")
    if found.get("sslmode", "prefer") not in SSL_MODES:
        raise SettingError(f"DATABASE_URL takes an sslmode of {', '.join(SSL_MODES)}")
    return found


def _completed(given: Mapping[str, str], *, tokens: bool) -> dict[str, str]:
    """With the defaults: a token, or a password for a Databricks host, is sent only encrypted."""
    encrypted = tokens or "databricks" in given.get("host", "")
    defaults = {"application_name": "lakegate", "sslmode": "require" if encrypted else "prefer"}
    return {**defaults, **given}
