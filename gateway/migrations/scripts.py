"""Revisions as files: Alembic reads them, orders them, and writes new ones.

They are in one line: each but the first follows another, and no two follow the same one.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backends.errors import Conflict, Invalid, NotFound
from gateway.migrations.ops import Operations

if TYPE_CHECKING:  # imported when there are revisions to read: that takes a third of a second
    from alembic.script import Script, ScriptDirectory

Direction = Literal["upgrade", "downgrade"]
BASE, HEAD = "base", "head"
TEMPLATES = Path(__file__).parent  # where `script.py.mako` is
_log = logging.getLogger(__name__)
SHORTEST = 4  # characters of a revision's id that stand for it


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision: `down` is the one it follows."""

    id: str
    down: str | None
    message: str
    upgrade: Callable[[Operations], None]
    downgrade: Callable[[Operations], None]


@dataclass(frozen=True, slots=True)
class Step:
    """A revision that is taken, or taken back."""

    revision: Revision
    direction: Direction

    @property
    def target(self) -> str | None:
        """The revision that is reached."""
        return self.revision.id if self.direction == "upgrade" else self.revision.down


class Revisions:
    """The revisions in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def exist(self) -> bool:
        """Whether there is any; found out without reading one."""
        return any(self.folder.glob("*.py"))

    @cached_property
    def all(self) -> tuple[Revision, ...]:
        """Every revision, the first one first.

        Raises:
            Conflict: a file cannot be read, or they are not in one line.
        """
        if not self.exist:
            return ()
        return tuple(map(_revision, reversed(_in_line(self._read()))))

    def _read(self) -> "list[Script]":
        from alembic.util import CommandError

        try:
            return list(self._directory().walk_revisions())
        except (CommandError, KeyError) as error:
            _log.warning("the revisions are not in one line: %s", error)
            raise Conflict("the revisions are not in one line; the log tells why") from error
        except (Exception, SystemExit) as error:  # whatever a person's file raises
            _log.warning("a revision's file cannot be read: %s: %s", type(error).__name__, error)
            told = f"a revision's file cannot be read ({type(error).__name__}); the log tells why"
            raise Conflict(told) from error

    @property
    def head(self) -> str | None:
        """The last revision's id; None where there is none."""
        return self.all[-1].id if self.all else None

    def position(self, revision: str | None) -> int:
        """How many revisions a database has taken that is at one.

        Raises:
            NotFound: there is no such revision.
        """
        if revision is None:
            return 0
        for at, each in enumerate(self.all, 1):
            if each.id == revision:
                return at
        raise NotFound(f'there is no revision "{revision}" among the files')

    def meant(self, text: str, current: str | None) -> str | None:
        """The revision that a text means: an id or its beginning, `head`, `base`; or so many on, as `+1`.

        Raises:
            NotFound: there is none.
            Invalid: several begin so.
        """
        if text in (HEAD, BASE):
            return self.head if text == HEAD else None
        if text[:1] in "+-" and text[1:].isascii() and text[1:].isdigit():
            return self._at(self.position(current) + int(text))
        exact = [each.id for each in self.all if each.id == text]
        found = exact or [each.id for each in self.all if len(text) >= SHORTEST and each.id.startswith(text)]
        if len(found) > 1:
            raise Invalid(f'several revisions begin with "{text}"')
        if not found:
            raise NotFound(f'there is no revision "{text}"')
        return found[0]

    def between(self, current: str | None, target: str | None) -> tuple[Step, ...]:
        """The way from one revision to another, up or down."""
        first, last = self.position(current), self.position(target)
        if last >= first:
            return tuple(Step(each, "upgrade") for each in self.all[first:last])
        return tuple(Step(each, "downgrade") for each in reversed(self.all[last:first]))

    def new(self, message: str, upgrades: str = "", downgrades: str = "") -> Path:
        """Write a revision that follows the last one; gives its file.

        Raises:
            Conflict: a file cannot be read, or they are not in one line.
        """
        from alembic.util import rev_id

        self.folder.mkdir(parents=True, exist_ok=True)
        made = self._directory().generate_revision(
            rev_id(), _quotable(message), head=self.head or BASE, upgrades=upgrades, downgrades=downgrades
        )
        if made is None:
            raise Conflict("the revision was not written")
        self.__dict__.pop("all", None)
        path = Path(made.path)
        try:
            self.position(made.revision)
        except Conflict:
            path.unlink()
            raise
        return path

    def _at(self, position: int) -> str | None:
        if not 0 <= position <= len(self.all):
            raise NotFound("there are not so many revisions")
        return self.all[position - 1].id if position else None

    def _directory(self) -> "ScriptDirectory":
        from alembic.script import ScriptDirectory

        return ScriptDirectory(
            str(TEMPLATES),
            file_template="%(rev)s_%(slug)s",
            version_locations=[str(self.folder)],
            messaging_opts={"quiet": True},
        )


def _in_line(found: "list[Script]") -> "list[Script]":
    """The scripts, last first, if each follows the one after it.

    Raises:
        Conflict: two follow the same one, or one follows several.
    """
    for each, before in zip(found, [*found[1:], None], strict=True):
        if each.down_revision != (before.revision if before else None):
            follows = each.down_revision or "none"
            raise Conflict(f"the revisions are not in one line: {each.revision} follows {follows}")
    return found


def _quotable(message: str) -> str:
    """A message as it stands within three quotes, in one line."""
    text = " ".join(message.split())
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _revision(script: "Script") -> Revision:
    calls = dict(_calls(script))
    return Revision(script.revision, _single(script.down_revision), script.doc, **calls)


def _calls(script: "Script") -> Iterator[tuple[Direction, Callable[[Operations], None]]]:
    directions: tuple[Direction, ...] = ("upgrade", "downgrade")
    for name in directions:
        call = getattr(script.module, name, None)
        if not callable(call):
            raise Conflict(f"revision {script.revision} has no {name}(op)")
        yield name, call


def _single(down: object) -> str | None:
    return down if isinstance(down, str) else None
