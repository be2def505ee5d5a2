"""Which column of a table Postgres numbers, and where its sequence stands."""

from typing import NamedTuple

from psycopg2.extensions import cursor

from backends.lakebase.catalog import Described
from backends.numbering import next_number
from backends.structure import Identity

# an identity's sequence, or one that is a column's own (serial) and nothing but its default
_SEQUENCES = """
    SELECT a.attname, a.attidentity, s.seqincrement, s.seqrelid::pg_catalog.regclass::text
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
    JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
    LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    WHERE d.refobjid = %(oid)s AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
      AND pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT')
      AND (a.attidentity <> '' OR (
          pg_catalog.pg_get_expr(f.adbin, f.adrelid) ~ '^nextval[(]E?''([^'']|'''')*''::regclass[)]$'
          AND EXISTS (SELECT FROM pg_catalog.pg_depend n WHERE n.objid = f.oid AND n.refobjid = d.objid)))
    ORDER BY a.attnum"""


class Numbering(NamedTuple):
    """The column, and what is special of its numbers. Of several it is the key, else the first."""

    identity: Identity | None = None
    others: tuple[str, ...] = ()


class _Sequence(NamedTuple):
    """A row of `_SEQUENCES`."""

    column: str
    identity: str
    increment: int
    name: str

    def others(self) -> tuple[str, ...]:
        """What an `Identity` does not say."""
        always = f'the column "{self.column}" takes no number but the database\'s own (GENERATED ALWAYS)'
        steps = f'the column "{self.column}" is numbered in steps of {self.increment}'
        told = ((always, self.identity == "a"), (steps, self.increment != 1))
        return tuple(words for words, is_so in told if is_so)


def numbering(found: cursor, described: Described) -> Numbering:
    """The column that the database numbers."""
    found.execute(_SEQUENCES, {"oid": described.number})
    table = described.table
    known = [_Sequence(*row) for row in found.fetchall()]
    able = [each for each in known if not table.by_name[each.column].nullable]
    for sequence in sorted(able, key=lambda each: (each.column,) != table.primary_key):
        found.execute(f"SELECT last_value - (NOT is_called)::int FROM {sequence.name}")  # noqa: S608 - quoted by Postgres
        ((last,),) = found.fetchall()
        next_ = next_number(table.by_name[sequence.column].type, last)
        return Numbering(Identity(sequence.column, next_), sequence.others())
    return Numbering()
