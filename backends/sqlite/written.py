"""A table's own SQL taken apart, for what SQLite tells nowhere else: constraints' names, checks, comments."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<line>--[^\n]*)|(?P<block>/\*.*?(?:\*/|\Z))|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|\[[^\]]*\])|(?P<word>[\w$\u0080-\U0010ffff]+)|(?P<sign>\S)",
    re.DOTALL,
)
_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})


@dataclass(slots=True)
class Piece:
    """A name, a word in capitals, a group in parentheses...; and the comment that follows it."""

    kind: str
    text: str
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class WrittenCheck:
    """A CHECK: its name, if it has one, its expression, and the comment that follows it."""

    name: str | None
    sql: str
    remark: str | None


@dataclass(slots=True)
class Written:
    """What a CREATE TABLE says; `keys` are the names of its foreign keys, in their order.

    `types` are those of columns that tell them in a comment.
    """

    comment: str | None = None
    comments: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    checks: list[WrittenCheck] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    words: set[str] = field(default_factory=set)


def written(sql: str) -> Written:
    """A CREATE TABLE taken apart."""
    found = Written()
    pieces = list(_pieces(sql))
    comment = _told(pieces[0].remark) if pieces else None
    found.comment = comment if isinstance(comment, str) else None
    for definition in _definitions(pieces[1:]):
        _add_column(found, definition)
        for at, piece in enumerate(definition):
            found.words |= {piece.text} if piece.kind == "word" and at else set()
            if piece.text == "CHECK" and at + 1 < len(definition):
                group = definition[at + 1]
                found.checks.append(WrittenCheck(_constraint(definition, at), group.text[1:-1], group.remark))
            if piece.text == "REFERENCES":
                found.keys.append(_key_name(definition, at))
    return found


def commented(sql: str) -> Written:
    """What a CREATE TABLE says, if it has any comments."""
    return written(sql) if sql and "/*" in sql else Written()


def _add_column(found: Written, definition: list[Piece]) -> None:
    first = definition[0]
    if first.kind not in ("name", "word", "text") or first.text in _CONSTRAINTS:
        return
    for piece in reversed(definition):  # the first one tells
        match _told(piece.remark):
            case str(comment):
                found.comments[_unquoted(first)] = comment
            case {"type": str(type_)}:
                found.types[_unquoted(first)] = type_


def _key_name(definition: list[Piece], at: int) -> str | None:
    """The name of the foreign key whose REFERENCES stands at a place."""
    return _constraint(definition, at - 3 if at > 2 and definition[at - 3].text == "FOREIGN" else at)


def _constraint(definition: list[Piece], at: int) -> str | None:
    """The name before what stands at a place, if it is a constraint's."""
    if at < 2 or definition[at - 2].text != "CONSTRAINT":
        return None
    return _unquoted(definition[at - 1])


def _definitions(pieces: list[Piece]) -> Iterator[list[Piece]]:
    definition: list[Piece] = []
    for piece in pieces:
        if piece.kind != "comma":
            definition.append(piece)
        elif definition:
            yield definition
            definition = []
    if definition:
        yield definition


def _pieces(sql: str) -> Iterator[Piece]:
    """The table's opening parenthesis, and what is in it piece by piece."""
    depth, start, last = 0, 0, Piece("", "")
    for token in _TOKEN.finditer(sql):
        kind, text = token.lastgroup or "", token[0]
        depth -= text == ")"
        if kind in ("line", "block"):
            if kind == "block" and depth < 2:
                last.remark = text[2:-2].strip()
        elif text == "(":
            depth += 1
            start = token.start() if depth == 2 else start
            if depth == 1:
                last = Piece("opening", text)
                yield last
        elif text == ")":
            if depth == 1:
                last = Piece("group", sql[start : token.end()])
                yield last
            elif depth == 0:
                return
        elif depth == 1:
            last = _piece(kind, text)
            yield last


def _piece(kind: str, text: str) -> Piece:
    if text == ",":
        return Piece("comma", text)
    return Piece(kind, text.upper() if kind == "word" and text.upper() in _KEYWORDS else text)


_KEYWORDS = _CONSTRAINTS | {"REFERENCES", "COLLATE", "AUTOINCREMENT", "CONFLICT", "DEFERRABLE"}


def _told(remark: str | None) -> object:
    """What a comment keeps as JSON; None for anybody else's."""
    try:
        return json.loads(remark or "")
    except (ValueError, RecursionError):
        return None


def _unquoted(piece: Piece) -> str:
    text = piece.text
    if piece.kind == "word":
        return text
    return text[1:-1].replace(text[-1] * 2, text[-1])
