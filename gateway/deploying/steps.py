"""The steps of a deployment: what each finds, and does where something is to be done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from gateway.deploying.site import Report, Site


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step has found.

    Attributes:
        found: how it is, in a few words.
        todo: what is to be done about it; "" where nothing is.
        act: does that, and gives in a few words what it did; None where nothing is to be done, or where it
            can only be said what would be: nothing was made of what it needs.
        changes: whether that changes anything.
        details: what is to be done, in full: such as SQL.
    """

    found: str
    todo: str = ""
    act: Callable[[Report], str] | None = None
    changes: bool = True
    details: tuple[str, ...] = ()


Look = Callable[[Site], Finding]


@dataclass(frozen=True, slots=True)
class Step:
    """One step, which can be taken again and again: done is done."""

    name: str
    look: Look


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a step."""

    step: str
    found: str
    did: str
    outcome: Literal["unchanged", "changed", "planned", "asked"]
    details: tuple[str, ...] = ()


def taken(steps: tuple[Step, ...], site: Site, report: Callable[[str, str], None]) -> Iterator[Row]:
    """Take steps one after the other; `report` is told which, and what it waits for."""
    for step in steps:
        report(step.name, "looking")
        finding = step.look(site)
        if finding.act is None:
            yield Row(step.name, finding.found, "nothing", "unchanged")
        else:
            for words in (finding.todo, *finding.details):
                report(step.name, words)
            did = finding.act(lambda words, name=step.name: report(name, words))  # type: ignore[misc]
            yield Row(step.name, finding.found, did, "changed" if finding.changes else "asked")


def planned(steps: tuple[Step, ...], site: Site) -> Iterator[Row]:
    """What the steps would do; nothing is changed."""
    for step in steps:
        finding = step.look(site)
        if finding.todo:
            yield Row(step.name, finding.found, f"would {finding.todo}", "planned", finding.details)
        else:
            yield Row(step.name, finding.found, "nothing", "unchanged")
