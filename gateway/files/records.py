"""CSV (RFC 4180) split into fields, the quoted ones told apart from those that mean NULL.

Python's own `csv` cannot tell `""` from an empty field, and R writes the text NA as `"NA"` and a
missing value as `NA`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from backends import errors

LONGEST = 64 * 1024 * 1024  # characters of one record; more is a quote that was never closed


@dataclass(frozen=True, slots=True)
class Literal:
    """A quoted field whose text would mean NULL without its quotes."""

    text: str


Field = str | Literal
Record = list[Field]


def text_of(field: Field) -> str:
    """A field's text, quoted or not."""
    return field.text if isinstance(field, Literal) else field


class Records:
    """Splits lines into records. A quote is one only where it begins a field."""

    def __init__(self, delimiter: str, nulls: frozenset[str]) -> None:
        self._delimiter = delimiter
        self._opening = f'{delimiter}"'
        self._nulls = nulls
        mark = re.escape(delimiter)
        self._field = re.compile(
            rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{mark}\r\n][^{mark}\r\n]*|))({mark}|\Z)',
        )

    def of(self, lines: Iterable[str]) -> Iterator[tuple[int, Record]]:
        """Each record with the number of the line it begins on. `lines` keep their ends.

        Raises:
            Invalid: a quote is not closed, or followed by text.
        """
        numbered = enumerate(lines, 1)
        for number, line in numbered:
            if '"' in line and (line[0] == '"' or self._opening in line):
                record = self._joined(number, line, numbered)
                yield number, self._split(number, record)
            else:
                yield number, line.rstrip("\r\n").split(self._delimiter)  # type: ignore[misc]

    def _joined(self, number: int, line: str, following: Iterator[tuple[int, str]]) -> str:
        """The lines of one record: it ends with the line that closes its last quote."""
        parts, length, inside = [line], len(line), line.count('"') % 2
        while inside:
            _, line = next(following, (0, ""))
            length += len(line)
            if not line or length > LONGEST:
                raise errors.Invalid(f"line {number}: a quote is never closed")
            parts.append(line)
            inside ^= line.count('"') % 2
        return "".join(parts).rstrip("\r\n")

    def _split(self, number: int, record: str) -> Record:
        fields: Record = []
        at = 0
        while match := self._field.match(record, at):
            quoted, plain, mark = match.groups()
            fields.append(plain if quoted is None else self._unquoted(quoted))
            if not mark:
                return fields
            at = match.end()
        raise errors.Invalid(f"line {number}, field {len(fields) + 1}: text before or after a quoted part")

    def _unquoted(self, quoted: str) -> Field:
        text = quoted.replace('""', '"')
        return Literal(text) if text in self._nulls else text
