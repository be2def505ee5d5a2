"""Conditions as a person types them after `--where`: JSON, or `column OP value`."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal

from backends import errors
from backends.plan import Table
from backends.types import String
from gateway import body
from gateway.files.text import converter

EXAMPLES = '"dep_delay > 60", \'carrier IN UA,AA\', "tailnum IS NULL", or JSON as in the API\'s filters'
_PLAIN = re.compile(
    r"""\s*(?:"((?:[^"]|"")+)"|([^\s<>=!"]+))\s*
    (?:(<=|>=|<>|!=|=|<|>)
      |(?<=[\s"])(IS\s+NULL|IS\s+NOT\s+NULL|(?:NOT\s+)?I?LIKE\b|(?:NOT\s+)?IN\b|BETWEEN\b))
    (.*)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_ITEM = re.compile(r"\s*('(?:[^']|'')*'|[^,]*)\s*(?:,|\Z)")
_BETWEEN = re.compile(r"\s+AND\s+|,", re.IGNORECASE)


def conditions(text: str, table: Table) -> list[object]:
    """The conditions of one `--where`, as JSON; values of the plain form by their column's type.

    Raises:
        Invalid: it is neither JSON nor `column OP value`.
    """
    if text.lstrip().startswith(("{", "[")):
        found = body.value_of(text.encode())
        return found if isinstance(found, list) else [found]
    match = _PLAIN.fullmatch(text)
    if not match:
        raise errors.Invalid(f"--where {text!r} is not a condition such as {EXAMPLES}")
    quoted, bare, sign, word, rest = match.groups()
    column = quoted.replace('""', '"') if quoted else bare
    operator = " ".join((sign or word).upper().split())
    return [{"column": column, "op": operator, **_operand(column, operator, rest.strip(), table)}]


def named(error: errors.Invalid, texts: Sequence[str]) -> errors.Invalid:
    """The same error, each condition as it was typed: `texts` are what the conditions came from."""

    def typed(fault: errors.Fault) -> errors.Fault:
        match fault.loc:
            case ("filters", int(at), *_):
                return errors.Fault((f"--where {texts[at]!r}",), fault.msg)
        return fault

    return errors.Invalid.of(map(typed, error.faults)) if error.faults else error


def _operand(column: str, operator: str, text: str, table: Table) -> dict[str, object]:
    if operator.endswith("NULL"):
        if text:
            raise errors.Invalid(f"{operator} takes no value, not {text!r}")
        return {}
    known = table.by_name.get(column)
    convert = converter(String() if known is None or operator.endswith("LIKE") else known.type)

    def value(item: str) -> object:
        if item.upper() == "NULL":
            return None
        return json.loads(convert(_unquoted(item)), parse_float=Decimal)

    if operator == "BETWEEN":
        return {"value": [value(part.strip()) for part in _BETWEEN.split(text)]}
    return {"value": [value(item) for item in _items(text)] if operator.endswith("IN") else value(text)}


def _items(text: str) -> list[str]:
    """The parts of a list with commas, in parentheses or not; a quoted part may hold commas."""
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text
    found, at = [], 0
    while match := _ITEM.match(inner, at):
        found.append(match[1].strip())
        if match.end() == len(inner):
            break
        at = match.end()
    return found


def _unquoted(text: str) -> str:
    """A value as it was meant: 'UA', as SQL writes it, is UA."""
    quoted = len(text) > 1 and text[0] == text[-1] == "'"
    return text[1:-1].replace("''", "'") if quoted else text
