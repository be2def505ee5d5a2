"""Which files are an app's source: what git would take of a folder, less what no app needs."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from backends.errors import Fault, Invalid

NOT_SENT = ("tests", "bench", "docs", ".ci", ".git")  # at the top
# of a file: it is sent in base64, of which the SDK's `workspace.import_` says that 10 MB is the most
MOST_BYTES = 7_500_000
START = "app.yaml"

Rules = tuple[tuple[Path, GitIgnoreSpec], ...]  # those of a folder and the ones around it, its own last


def source(root: Path, others: tuple[Path, ...] = ()) -> dict[str, bytes]:
    """The files of a folder but for `others`, by their paths from there; links are not followed.

    Raises:
        Invalid: it has no app.yaml, or a file is too large.
    """
    left_out = {path.absolute() for path in (*others, *(root / name for name in NOT_SENT))}
    paths = [path for path in _taken(root.absolute(), ()) if not left_out & {path, *path.parents}]
    found = {path.relative_to(root.absolute()).as_posix(): path for path in sorted(paths)}
    if START not in found:
        raise Invalid(f'"{root}" has no {START}: deploy from the folder of the gateway')
    large = [name for name, path in found.items() if path.stat().st_size > MOST_BYTES]
    if large:
        raise Invalid.of([Fault((name,), "larger than the 7.5 MB that can be sent") for name in large])
    return {name: path.read_bytes() for name, path in found.items()}


def digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """What tells two versions of a file apart, by their paths."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _taken(folder: Path, rules: Rules) -> Iterator[Path]:
    """The files in a folder, and those below it, that are not ignored."""
    rules = (*rules, *_own(folder))
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in (".git", "__pycache__") or _ignored(path, rules):
            continue
        if path.is_dir():
            yield from _taken(path, rules)
        elif path.is_file():
            yield path


def _own(folder: Path) -> Iterator[tuple[Path, GitIgnoreSpec]]:
    for name in (".git/info/exclude", ".gitignore"):
        if (path := folder / name).is_file():
            yield folder, GitIgnoreSpec.from_lines(path.read_text(encoding="utf-8").splitlines())


def _ignored(path: Path, rules: Rules) -> bool:
    """Whether the nearest rule that says something says so."""
    for folder, spec in reversed(rules):
        name = PurePosixPath(path.relative_to(folder)).as_posix() + ("/" if path.is_dir() else "")
        if (said := spec.check_file(name).include) is not None:
            return said
    return False
