"""A ladder of revisions: each rung changes what the ones below have made, and can be taken back."""

from pathlib import Path
from textwrap import indent

TEMPLATE = '''"""Rung {at}."""

revision = "{id}"
down_revision = {down!r}


def upgrade(op):
{up}


def downgrade(op):
{back}
'''
# What each rung does and, after "--", what takes it back. T and U stand for two tables.
RUNGS = [
    tuple(part.strip() for part in rung.split("\n--\n"))
    for rung in (Path(__file__).parent / "ladder.txt").read_text().strip().split("\n\n")
]


def write_ladder(folder: Path, first: str, second: str) -> list[str]:
    """Write the ladder's revisions for two tables; gives their ids, the first one first."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"rung{at:04d}" for at in range(1, len(RUNGS) + 1)]
    for (up, back), id_, down in zip(RUNGS, ids, [None, *ids], strict=False):
        write_revision(folder, id_, down, _named(up, first, second), _named(back, first, second))
    return ids


def write_revision(folder: Path, id_: str, down: str | None, up: str, back: str) -> Path:
    """Write a revision's file; what it does, and what takes it back, are given as Python."""
    path = folder / f"{id_}.py"
    bodies = {"up": indent(up, "    "), "back": indent(back, "    ")}
    path.write_text(TEMPLATE.format(at=id_, id=id_, down=down, **bodies))
    return path


def _named(text: str, first: str, second: str) -> str:
    for old, new in (('"T"', first), ('"U"', second), ('"V"', f"{second}_renamed")):
        text = text.replace(old, f'"{new}"')
    return text
