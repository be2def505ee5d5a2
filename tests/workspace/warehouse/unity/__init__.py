"""Unity Catalog for any engine: names, metadata, privileges, INFORMATION_SCHEMA and volumes' files.

An engine makes one `Unity(folder)`, and for each of its sessions a `UnitySession` and an object of its own
that fulfils `Physical`:

    session = UnitySession(unity, principal, catalog, schema)
    session.physical = SparkSide(session)
    answer = session.execute(sql, parameters)

`execute` parses the statement (`statement.parse`, cached by text) and then

* answers SHOW, DESCRIBE, USE, COMMENT ON, GRANT, REVOKE, PUT, REMOVE, LIST, and all that is about catalogs,
  schemas and volumes, by itself;
* for CREATE, DROP and ALTER of tables, views and schemas checks names and privileges, calls `physical`
  (`create_table`, `create_table_as`, `create_view`, `alter_table`, `drop_table`, `create_schema`,
  `drop_schema`, `columns_of`), and records the change when that returns;
* hands a SELECT, INSERT, UPDATE, DELETE or MERGE, privileges checked, to `physical.run`;
* hands COPY INTO to `physical.copy_into`, and a SELECT of INFORMATION_SCHEMA to `physical.information`;
  every engine lets DuckDB run that: `duck.side.DuckSide(session, Shared(database)).information(...)`, which
  reads `session.information.relation(catalog, name)`.

What an engine finds in a `Statement`: `kind`, `text`, `tree` (sqlglot's, never changed), `reads` and `writes`
(names as they were written, one to three parts) and `files`. `session.resolve(parts)` gives a name's three
levels in lower case, `session.table(parts)` the `Table`: columns with `type` (a `SqlType`: `text` as
Databricks writes it, `arrow`), `nullable`, `default` (SQL text), `identity`; the table's `checks`, `uid`. A
view is a `Table` with `query`. `session.file("/Volumes/...")` is the path on this machine. A table's `uid`
and a column's `number` stay the same when they are renamed.
"""

from tests.workspace.warehouse.unity.physical import Parameters, Physical
from tests.workspace.warehouse.unity.session import UnitySession
from tests.workspace.warehouse.unity.statement import Statement, parse
from tests.workspace.warehouse.unity.store import Unity

__all__ = ["Parameters", "Physical", "Statement", "Unity", "UnitySession", "parse"]
