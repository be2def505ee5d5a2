"""All that a table is made of, as Postgres's catalogs tell it; what others made is told in sentences."""

from collections.abc import Iterator
from typing import NamedTuple

from psycopg2.extensions import cursor

from backends import errors, types
from backends.lakebase import sequences, spelling
from backends.lakebase.catalog import Described, describe
from backends.lakebase.constants import default_of
from backends.lakebase.declaring import CONSTRAINT, MARK
from backends.plan import Condition, TableName
from backends.structure import Check, Default, ForeignKey, Index, Structure, columns_in, condition_of

_NAMES = """ARRAY(SELECT a.attname::text FROM pg_catalog.unnest({numbers}) WITH ORDINALITY u(number, at)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = {table} AND a.attnum = u.number ORDER BY u.at)"""
_CONSTRAINTS = f"""
    SELECT k.conname, k.contype, pg_catalog.pg_get_constraintdef(k.oid),
           pg_catalog.obj_description(k.oid, 'pg_constraint'),
           {_NAMES.format(numbers="k.conkey", table="k.conrelid")}, n.nspname, c.relname,
           {_NAMES.format(numbers="k.confkey", table="k.confrelid")},
           k.convalidated AND NOT k.condeferrable AND k.confmatchtype IN ('s', ' ')
           AND k.confdeltype IN ('a', ' ') AND k.confupdtype IN ('a', ' ')
    FROM pg_catalog.pg_constraint k
    LEFT JOIN pg_catalog.pg_class c ON c.oid = k.confrelid
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.conrelid = %s AND k.contype IN ('c', 'f', 'u', 'x')"""  # noqa: S608 - of our own making
_INDEXES = f"""
    SELECT c.relname, pg_catalog.obj_description(c.oid, 'pg_class'), pg_catalog.pg_get_indexdef(c.oid),
           {_NAMES.format(numbers="x.indkey", table="x.indrelid")},
           m.amname = 'btree' AND NOT x.indisunique AND x.indisvalid AND x.indexprs IS NULL
           AND x.indpred IS NULL AND x.indnatts = x.indnkeyatts AND 0 = ALL (x.indoption::int2[])
    FROM pg_catalog.pg_index x
    JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
    JOIN pg_catalog.pg_am m ON m.oid = c.relam
    WHERE x.indrelid = %s AND NOT x.indisprimary
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_constraint k
          WHERE k.conrelid = x.indrelid AND k.conindid = x.indexrelid AND k.contype IN ('u', 'x'))"""  # noqa: S608
_OTHERS = """
    SELECT 'the trigger "' || tgname || '"' FROM pg_catalog.pg_trigger
    WHERE tgrelid = %(oid)s AND NOT tgisinternal
    UNION ALL SELECT 'the policy "' || polname || '"' FROM pg_catalog.pg_policy WHERE polrelid = %(oid)s
    UNION ALL SELECT 'the rule "' || rulename || '"' FROM pg_catalog.pg_rewrite WHERE ev_class = %(oid)s
    UNION ALL SELECT 'it inherits from ' || inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits
    WHERE inhrelid = %(oid)s
    UNION ALL
    SELECT told.words FROM pg_catalog.pg_class c, LATERAL (VALUES
        (c.relrowsecurity, 'row-level security'), (c.relkind = 'p', 'it is partitioned'),
        (c.relkind = 'f', 'it is a foreign table'), (c.relpersistence = 'u', 'it is unlogged')
    ) told(is_so, words)
    WHERE c.oid = %(oid)s AND told.is_so"""


class _Constraint(NamedTuple):
    """A row of `_CONSTRAINTS`."""

    name: str
    kind: str
    definition: str
    comment: str | None
    columns: list[str]
    target_schema: str | None
    target: str | None
    target_columns: list[str]
    simple: bool

    def condition(self, known: frozenset[str]) -> Condition | None:
        """A check's condition as it was asked for; None if it is none of the gateway's, or not any more."""
        if not (self.comment or "").startswith(MARK):
            return None
        try:
            found = condition_of((self.comment or "").removeprefix(MARK))
        except ValueError:
            return None
        named = columns_in(found)
        return found if named.issuperset(self.columns) and named <= known and self.simple else None

    def tells_type(self) -> bool:
        """Whether it only holds a column's values to its type."""
        try:
            types.parse(self.comment or "")
        except types.TypeSyntaxError:
            return False
        return self.kind == "c" and self.name.startswith(CONSTRAINT)

    def is_plain_key(self) -> bool:
        """Whether it is a foreign key that does no more than refuse."""
        return self.kind == "f" and self.simple


class _Index(NamedTuple):
    """A row of `_INDEXES`."""

    name: str
    comment: str | None
    definition: str
    columns: list[str]
    simple: bool

    def own(self) -> bool:
        """Whether the gateway made it."""
        return (self.comment or "").startswith(MARK)

    def told(self) -> str:
        """Its name as the table has it."""
        return (self.comment or "").removeprefix(MARK) if self.own() else self.name


def structure(found: cursor, name: TableName) -> Structure:
    """All that a table is made of; raises as `Backend.structure` does."""
    described = describe(found, name)
    if described.table.kind != "table":
        raise errors.Unsupported(f'"{name}" is a {described.table.kind}, which has no structure of its own')
    numbering = sequences.numbering(found, described)
    defaults, others = _defaults(described, numbering)
    checks, keys, ruled = _constraints(found, described)
    indexes, searched = _indexes(found, described)
    return Structure(
        described.table,
        comment=_comment(found, described),
        defaults=defaults,
        checks=checks,
        foreign_keys=keys,
        indexes=indexes,
        others=(*others, *ruled, *searched, *_others(found, described)),
        identity=numbering.identity,
    )


def _comment(found: cursor, described: Described) -> str | None:
    found.execute("SELECT pg_catalog.obj_description(%s, 'pg_class')", (described.number,))
    ((comment,),) = found.fetchall()
    return None if comment is None else str(comment)


def _defaults(
    described: Described, numbering: sequences.Numbering
) -> tuple[dict[str, Default], tuple[str, ...]]:
    """The defaults that can be said, and what else is special of the columns."""
    defaults: dict[str, Default] = {}
    others: list[str] = list(numbering.others)
    numbered = numbering.identity.column if numbering.identity else None
    for column in described.table.columns:
        native = described.natives[column.name]
        if native.declared != spelling.declared(column.type):
            others.append(f'the column "{column.name}" is declared {native.declared}')
        if column.name == numbered:
            continue
        if native.identity:
            others.append(f'the column "{column.name}" is numbered by the database')
        elif column.generated:
            others.append(f'the column "{column.name}" is generated by the database')
        elif column.default is not None:
            default = default_of(native, column.default)
            if default is None:
                others.append(f'the column "{column.name}" has the default {column.default}')
            else:
                defaults[column.name] = default
    return defaults, tuple(others)


def _constraints(
    found: cursor, described: Described
) -> tuple[tuple[Check, ...], tuple[ForeignKey, ...], tuple[str, ...]]:
    """The checks, the foreign keys, and what else is constrained."""
    found.execute(_CONSTRAINTS, (described.number,))
    all_ = sorted((_Constraint(*row) for row in found.fetchall()), key=lambda each: each.name)
    names = frozenset(described.table.names)
    conditions = {each.name: each.condition(names) for each in all_ if each.kind == "c"}
    checks = tuple(Check(name, condition) for name, condition in conditions.items() if condition is not None)
    keys = tuple(_foreign_key(described.table.name, each) for each in all_ if each.kind == "f")
    told = {name for name, condition in conditions.items() if condition is not None}
    told |= {each.name for each in all_ if each.is_plain_key() or each.tells_type()}
    others = [f'the constraint "{each.name}": {each.definition}' for each in all_ if each.name not in told]
    if described.key_deferrable:
        others.append("the primary key is DEFERRABLE")
    return checks, keys, tuple(others)


def _foreign_key(table: TableName, told: _Constraint) -> ForeignKey:
    target = TableName(table.catalog, told.target_schema or "", told.target or "")
    return ForeignKey(told.name, tuple(told.columns), target, tuple(told.target_columns))


def _indexes(found: cursor, described: Described) -> tuple[tuple[Index, ...], tuple[str, ...]]:
    """The indexes by their own names, and those that are more than an index."""
    found.execute(_INDEXES, (described.number,))
    all_ = sorted((_Index(*row) for row in found.fetchall()), key=lambda each: (not each.own(), each.name))
    known: dict[str, Index] = {}
    others: list[str] = []
    for each in all_:
        if each.simple and each.told() not in known:
            known[each.told()] = Index(each.told(), tuple(each.columns))
        else:
            others.append(f'the index "{each.name}": {each.definition}')
    return tuple(known[name] for name in sorted(known)), tuple(others)


def _others(found: cursor, described: Described) -> Iterator[str]:
    found.execute(_OTHERS, {"oid": described.number})
    return iter(sorted(words for (words,) in found.fetchall()))
