"""A YAML file whose faults are told by their lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from backends.errors import Fault, Invalid, Place


@dataclass(frozen=True)
class Document:
    """What a file says, and where it says so."""

    name: str
    value: Any
    _root: yaml.Node

    def faults(self, faults: Iterator[Fault] | tuple[Fault, ...], within: Place = ()) -> Invalid:
        """The error for faults of what is at a place: each with its line and its keys."""
        return Invalid.of([self._fault((*within, *fault.loc), fault.msg) for fault in faults])

    def _fault(self, loc: Place, words: str) -> Fault:
        line = _line(self._root, loc)
        keys = ".".join(map(str, loc))
        return Fault((f"{self.name}, line {line}{keys and f': {keys}'}",), words)


def read(path: Path) -> Document:
    """A file that is one YAML document.

    Raises:
        Invalid: it is none, or says something twice; or cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f'"{path}" cannot be read: {type(error).__name__}') from error
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node() or yaml.MappingNode("tag:yaml.org,2002:map", [], None, None)
        found = Document(path.name, loader.construct_document(root), root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise Invalid(f"{path.name}{line}: this is no YAML") from error
    if twice := tuple(_repeated(root, ())):
        raise found.faults(twice)
    return found


def _repeated(node: yaml.Node, place: Place) -> Iterator[Fault]:
    """The keys that stand twice: of such YAML takes the last one, without a word."""
    if isinstance(node, yaml.SequenceNode):
        for at, inner in enumerate(node.value):
            yield from _repeated(inner, (*place, at))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, inner in node.value:
            if str(key.value) in seen:
                yield Fault((*place, str(key.value)), "stands there twice")
            seen.add(str(key.value))
            yield from _repeated(inner, (*place, str(key.value)))


def _line(node: yaml.Node, loc: Place) -> int:
    """The line of what is at a place, or of the nearest thing around it; the first is 1."""
    mark = node.start_mark
    for step in loc:
        found = _within(node, step)
        if found is None:
            break
        key, node = found
        mark = key.start_mark
    return (mark.line if mark else 0) + 1


def _within(node: yaml.Node, step: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """A key and its value; of two alike the last."""
    if isinstance(node, yaml.MappingNode):
        return next(((key, inner) for key, inner in reversed(node.value) if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None
