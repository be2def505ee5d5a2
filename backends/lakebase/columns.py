"""What Postgres's catalogs tell of a table's columns, and the contract's types that are nearest to theirs."""

from typing import NamedTuple

from psycopg2.extensions import cursor

from backends import errors, types
from backends.lakebase import spelling
from backends.lakebase.declaring import CONSTRAINT
from backends.lakebase.spelling import Native
from backends.plan import Column

# `depth` counts the arrays around a type; a database's own collation is 100
_COLUMNS = """
    WITH RECURSIVE underlying AS (
        SELECT a.attnum, a.atttypid AS type, a.atttypmod AS modifier, a.attnotnull AS filled, 0 AS depth
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = %(oid)s AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT u.attnum,
               CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.typelem END,
               CASE WHEN u.modifier >= 0 OR t.typtype <> 'd' THEN u.modifier ELSE t.typtypmod END,
               u.filled OR (t.typtype = 'd' AND u.depth = 0 AND t.typnotnull),
               u.depth + (t.typtype <> 'd')::int
        FROM underlying u
        JOIN pg_catalog.pg_type t ON t.oid = u.type AND (t.typtype = 'd' OR t.typcategory = 'A')
    ), alike AS (
        SELECT pg_catalog.lower(pg_catalog.replace(l.collcollate, '-', '')) IN ('c', 'posix', 'c.utf8')
                   AND l.collprovider = 'c' OR l.collprovider = 'b' AS sorted, l.oid, l.collisdeterministic
        FROM pg_catalog.pg_collation l WHERE l.oid <> 100
        UNION ALL
        SELECT pg_catalog.lower(pg_catalog.replace(b.datcollate, '-', '')) IN ('c', 'posix', 'c.utf8')
                   AND coalesce(pg_catalog.to_jsonb(b) ->> 'datlocprovider', 'c') = 'c'
                   OR pg_catalog.to_jsonb(b) ->> 'datlocprovider' = 'b', 100, true
        FROM pg_catalog.pg_database b WHERE b.datname = pg_catalog.current_database()
    )
    SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
           pg_catalog.format_type(o.type, o.modifier), i.depth,
           pg_catalog.format_type(i.type, i.modifier), it.typtype = 'c',
           o.filled, pg_catalog.pg_get_expr(d.adbin, d.adrelid),
           a.attidentity, a.attgenerated, pg_catalog.col_description(a.attrelid, a.attnum),
           coalesce(l.sorted, l.oid IS NULL), coalesce(l.collisdeterministic, true),
           (SELECT p.at FROM pg_catalog.pg_index x, pg_catalog.unnest(x.indkey) WITH ORDINALITY p(key, at)
            WHERE x.indrelid = a.attrelid AND x.indisprimary AND p.key = a.attnum AND p.at <= x.indnkeyatts),
           (SELECT pg_catalog.obj_description(k.oid, 'pg_constraint') FROM pg_catalog.pg_constraint k
            WHERE k.conrelid = a.attrelid AND k.contype = 'c' AND k.conkey = ARRAY[a.attnum]
              AND pg_catalog.starts_with(k.conname, %(mark)s) AND k.convalidated LIMIT 1)
    FROM underlying o
    JOIN pg_catalog.pg_type ot ON ot.oid = o.type AND ot.typtype <> 'd'
    JOIN underlying i ON i.attnum = o.attnum
    JOIN pg_catalog.pg_type it ON it.oid = i.type AND it.typtype <> 'd' AND it.typcategory <> 'A'
    JOIN pg_catalog.pg_attribute a ON a.attrelid = %(oid)s AND a.attnum = o.attnum
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN alike l ON l.oid = a.attcollation
    WHERE o.depth = 0
    ORDER BY a.attnum"""


class Found(NamedTuple):
    """What is told of one column."""

    name: str
    declared: str
    base: str  # its type without its domains
    depth: int  # 1 for an array, more for arrays of domains over arrays
    element: str  # the type of an array's elements, without their domains; else the same as `base`
    composite: bool  # whether that is made of columns
    filled: bool
    default: str | None
    identity: str
    generated: str
    comment: str | None
    collated: bool
    exact: bool
    key: int | None  # its place in the primary key
    told: str | None  # its type, as the gateway wrote it down

    def native(self) -> Native:
        """What only Postgres knows of it.

        Raises:
            Unsupported: no type of the contract can hold what it holds.
        """
        type_ = spelling.own(self.told, self.declared) or self._nearest()
        plain = spelling.declared(type_) == self.declared and (self.told or not spelling.bounds(type_, ""))
        return Native(
            declared=self.declared,
            type=type_,
            base=spelling.without_digits(self.base),
            taken=spelling.taken_as(type_, self.base),
            own=bool(plain),
            collated=self.collated or not spelling.collatable(type_),
            exact=self.exact,
            identity=bool(self.identity),
        )

    def column(self, type_: types.Type) -> Column:
        """The column as the contract sees it."""
        return Column(
            name=self.name,
            type=type_,
            nullable=not self.filled,
            comment=self.comment,
            default=self.default or ("DEFAULT" if self.identity else None),
            generated=bool(self.generated) or self.identity == "a",
        )

    def _nearest(self) -> types.Type:
        """The type nearest to a column's that somebody else declared."""
        nearest = (spelling.nearest, spelling.nearest_array, None)[min(self.depth, 2)]
        found = nearest(self.element) if nearest and not self.composite else None
        if found is None:
            raise errors.Unsupported(
                f'column "{self.name}" has the type {self.declared}, which no type can hold'
            )
        return found


def columns(found: cursor, oid: int) -> list[Found]:
    """The columns of a table, in their own order."""
    found.execute(_COLUMNS, {"oid": oid, "mark": CONSTRAINT})
    return [Found(*row) for row in found.fetchall()]
