"""Values that become another type's, exactly: what fits, and what a row that does not fit is refused by."""

from backends import types
from backends.warehouse.faults import DUPLICATE_KEY, NULL_KEY, UNFIT
from backends.warehouse.inlining import literal, quoted

_TEXTS = types.String | types.Varchar | types.Char


def converted(name: str, old: types.Type, new: types.Type) -> str:
    """A column's value as one of another type."""
    if isinstance(old, types.Char):
        return f"rtrim({quoted(name)})"  # its padding is no part of the text
    return quoted(name) if isinstance(new, _TEXTS) else f"CAST({quoted(name)} AS {new})"


def alike(name: str, old: types.Type, new: types.Type, other: str) -> str:
    """Whether another column has what a column's value is as another type; two NULLs are alike."""
    there = f"rtrim({quoted(other)})" if isinstance(new, types.Char) else quoted(other)
    return f"{there} <=> {converted(name, old, new)}"


def unfit(name: str, old: types.Type, new: types.Type) -> str | None:
    """Whether a column's value has no place in another type; None if all have."""
    match new:
        case types.Varchar(length) | types.Char(length):
            return f"length({converted(name, old, new)}) > {length}"
        case types.Integer() | types.Decimal():
            there = f"try_cast({quoted(name)} AS {new})"
            back = f"CAST({there} AS {old}) = {quoted(name)}"  # a DECIMAL is rounded in silence
            return f"{quoted(name)} IS NOT NULL AND NOT coalesce({back}, false)"
    return None


def refuse_unfit(table: str, condition: str) -> str:
    """A statement that fails where a row meets a condition."""
    return _refuse(f"count(*) > 0 THEN raise_error({literal(UNFIT)})", f"{table} WHERE {condition}")


def refuse_keys(table: str, columns: dict[str, types.Type]) -> tuple[str, ...]:
    """Statements that fail where a row has no key, or the same as another."""
    null = " OR ".join(f"{quoted(name)} IS NULL" for name in columns)
    same = ", ".join(_alike(name, type_) for name, type_ in columns.items())
    groups = f"(SELECT count(*) AS `rows` FROM {table} GROUP BY {same})"  # noqa: S608 - quoted
    return (
        _refuse(f"count(*) > 0 THEN raise_error({literal(NULL_KEY)})", f"{table} WHERE {null}"),
        _refuse(f"max(`rows`) > 1 THEN raise_error({literal(DUPLICATE_KEY)})", groups),
    )


def _alike(name: str, type_: types.Type) -> str:
    return f"rtrim({quoted(name)})" if isinstance(type_, types.Char) else quoted(name)


def _refuse(case: str, source: str) -> str:
    return f"SELECT CASE WHEN {case} ELSE '' END AS `refused` FROM {source}"  # noqa: S608 - quoted
