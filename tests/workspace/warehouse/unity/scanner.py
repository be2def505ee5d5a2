"""A statement's words, names, texts and marks, read one after the other; for what sqlglot does not know."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from tests.workspace.warehouse.engine import SqlError
from tests.workspace.warehouse.unity import errors

TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<raw>[rR](?:'[^']*'|"[^"]*"))
    |(?P<text>'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")
    |(?P<name>`(?:[^`]|``)*`)
    |(?P<number>\d+(?:\.\d*)?|\.\d+)
    |(?P<word>[^\W\d]\w*|\d+\w+)
    |(?P<mark>[-+*/%<>=!.,;:()\[\]{}?|&^~@$])""",
    re.VERBOSE | re.DOTALL,
)
ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\([0-3][0-7]{2})|\\(.)|''|\"\"", re.DOTALL)
NAMED_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a", "%": "\\%", "_": "\\_"}


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    MARK = "mark"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its value (a name without backticks, a text unescaped) and where it stands."""

    kind: Kind
    value: str
    start: int
    end: int


@lru_cache(4096)
def scan(sql: str) -> tuple[Token, ...]:
    """All tokens of a text, and one more of kind END.

    Raises:
        SqlError: something in it is no token.
    """
    tokens: list[Token] = []
    place = 0
    while place < len(sql):
        match = TOKEN.match(sql, place)
        if match is None or match.lastgroup is None:
            raise errors.syntax(sql[place])
        if match.lastgroup != "blank":
            tokens.append(_token(match, match.lastgroup))
        place = match.end()
    return (*tokens, Token(Kind.END, "", len(sql), len(sql)))


def _token(match: re.Match[str], group: str) -> Token:
    text = match[0]
    match group:
        case "name":
            return Token(Kind.NAME, text[1:-1].replace("``", "`"), *match.span())
        case "raw":
            return Token(Kind.TEXT, text[2:-1], *match.span())
        case "text":
            return Token(Kind.TEXT, unescape(text), *match.span())
        case _:
            return Token(Kind(group), text, *match.span())


def unescape(literal: str) -> str:
    """What a text in quotes says."""
    quote = literal[0]
    return ESCAPE.sub(lambda match: _unescaped(match, quote), literal[1:-1])


def _unescaped(match: re.Match[str], quote: str) -> str:
    short, long, octal, other = match.groups()
    if short or long:
        return chr(int(short or long, 16))
    if octal:
        return chr(int(octal, 8))
    if other:
        return NAMED_ESCAPES.get(other, other)
    return quote if match[0][0] == quote else match[0]


class Scanner:
    """Reads the tokens of one statement from first to last."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self._tokens = scan(sql)
        self._place = 0

    @property
    def next(self) -> Token:
        """The token that is read next."""
        return self._tokens[self._place]

    def ahead(self, count: int) -> Token:
        """A token further on; the last one is END."""
        return self._tokens[min(self._place + count, len(self._tokens) - 1)]

    def take(self) -> Token:
        """The next token, which is then read."""
        token = self.next
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def at(self, *words: str) -> bool:
        """Whether these words or marks come next, in whatever case."""
        return all(self._is(self.ahead(place), word) for place, word in enumerate(words))

    def accept(self, *words: str) -> bool:
        """Read these words or marks, if they come next."""
        if not self.at(*words):
            return False
        self._place += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Read these words or marks.

        Raises:
            SqlError: something else is there.
        """
        if not self.accept(*words):
            raise self.unexpected()

    def name(self) -> str:
        """An identifier, in backticks or not."""
        if self.next.kind not in {Kind.NAME, Kind.WORD} or not self.next.value:
            raise self.unexpected()
        return self.take().value

    def parts(self) -> tuple[str, ...]:
        """An identifier of one part or more, parted by dots."""
        found = [self.name()]
        while self.accept("."):
            found.append(self.name())
        return tuple(found)

    def text(self) -> str:
        """A text in quotes; several in a row are one."""
        if self.next.kind is not Kind.TEXT:
            raise self.unexpected()
        return self.take().value

    def number(self) -> int:
        """A whole number, which may have a sign."""
        sign = -1 if self.accept("-") else 1
        if self.next.kind is not Kind.NUMBER or not self.next.value.isdecimal():
            raise self.unexpected()
        return sign * int(self.take().value)

    def end(self) -> None:
        """Nothing comes any more, or a semicolon."""
        self.accept(";")
        if self.next.kind is not Kind.END:
            raise self.unexpected()

    def rest(self) -> str:
        """All that has not been read, without a semicolon at its end."""
        text = self.sql[self.next.start :].strip()
        self._place = len(self._tokens) - 1
        return text.removesuffix(";").strip()

    def expression(self, *stops: str) -> str:
        """The text of an expression, to one of these words or a comma or bracket that is not its own."""
        start, depth = self.next.start, 0
        while not self._stands_at_its_end(depth, stops):
            depth += {"(": 1, ")": -1}.get(self.take().value, 0)
        text = self.sql[start : self.next.start].strip()
        if not text:
            raise self.unexpected()
        return text

    def unexpected(self) -> SqlError:
        """The error of what comes next."""
        return errors.syntax(self.sql[self.next.start : self.next.end])

    def _stands_at_its_end(self, depth: int, stops: tuple[str, ...]) -> bool:
        token = self.next
        if token.kind is Kind.END:
            return True
        return depth == 0 and (
            (token.kind is Kind.MARK and token.value in {",", ")", ";"})
            or (token.kind is Kind.WORD and token.value.upper() in stops)
        )

    def _is(self, token: Token, word: str) -> bool:
        return token.kind in {Kind.WORD, Kind.MARK} and token.value.upper() == word
