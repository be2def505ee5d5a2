"""Where statements begin in a text: those that would end the transaction they are in are told beforehand.

Postgres takes several statements in one text, and does them one after another: only its own rules of what
is text, a name or a comment tell where one begins (section 4.1 of its manual).
"""

import re
from collections.abc import Iterator

from backends import errors

_PARTS = re.compile(
    r"(?P<comment>/\*) | (?P<remark>--[^\n\r]*) | \b[eE]'(?:[^'\\]|\\.)*' | '[^']*' | \"[^\"]*\""
    r" | \$(?P<tag>(?:[^\W\d]\w*)?)\$.*?\$(?P=tag)\$ | (?P<word>[^\W\d][\w$]*) | (?P<end>;)"
    r" | (?P<other>[^\s;])",
    re.DOTALL | re.VERBOSE,
)
_COMMENT = re.compile(r"/\*|\*/")
_ENDING = frozenset({"ABORT", "BEGIN", "COMMIT", "END", "RELEASE", "ROLLBACK", "SAVEPOINT", "START"})
_ROUTINES = frozenset({"FUNCTION", "PROCEDURE"})


def refuse_ending(sql: str) -> None:
    """Refuse what begins or ends a transaction, or a part of one.

    Raises:
        Invalid: a statement of the text does.
    """
    for words in _statements(sql):
        if words[0] in _ENDING or words[:2] == ["PREPARE", "TRANSACTION"]:
            raise errors.Invalid("a statement may not end the transaction that it is in")


def says_nothing(sql: str) -> bool:
    """Whether a text has no statement, but comments at most: the driver sends no such text."""
    return all(part["comment"] or part["remark"] or part["end"] for part in _parts(sql))


def _statements(sql: str) -> Iterator[list[str]]:
    """The words of each statement that has any."""
    words: list[str] = []
    depth = 0  # in the body of a routine, whose statements are its own
    for word in _words(sql):
        if word != ";":
            words.append(word)
            depth += _step(words, depth)
        elif not depth:
            if words:
                yield words
            words = []
    if words:
        yield words


def _step(words: list[str], depth: int) -> int:
    """What the last word is to the depth of BEGIN ATOMIC ... END, in which CASE has an END too."""
    match words:
        case ["CREATE", *_, "BEGIN", "ATOMIC"] if not depth and _ROUTINES.intersection(words[1:4]):
            return 1
        case [*_, "CASE"] if depth:
            return 1
        case [*_, "END"] if depth:
            return -1
    return 0


def _words(sql: str) -> Iterator[str]:
    """The words of a text in capitals, and the semicolons, but for those in quotes and comments."""
    for part in _parts(sql):
        if word := part["word"] or part["end"]:
            yield word.upper()


def _parts(sql: str) -> Iterator[re.Match[str]]:
    at = 0
    while part := _PARTS.search(sql, at):
        at = _past_comment(sql, part.start()) if part["comment"] else part.end()
        yield part


def _past_comment(sql: str, start: int) -> int:
    """Where a comment ends, which may have others in it."""
    depth = 0
    for mark in _COMMENT.finditer(sql, start):
        depth += 1 if mark[0] == "/*" else -1
        if not depth:
            return mark.end()
    return len(sql)
