"""What was measured, as plain tables and as JSON: medians over the rounds."""

import os
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from statistics import median

from bench import inside
from bench.contenders import BARE, DRIVER, DRIVER_TLS, LAKEGATE, POSTGRES, QUERY
from bench.measure import Database, Sample

Figures = dict[str, float]
Medians = dict[tuple[str, str], Figures]  # by workload and contender
BUDGET = (  # a workload, a contender and a figure, and the most or the least that it may be
    (inside.NAME, LAKEGATE, "us over bare", "<=", 150.0),
    ("one", LAKEGATE, "us over bare", "<=", 150.0),
    (inside.NAME, POSTGRES, "us over both", "<=", 150.0),
    ("one", POSTGRES, "us over both", "<=", 150.0),
    ("bulk", LAKEGATE, "rows/s", ">=", 100_000.0),
    ("stream NDJSON", LAKEGATE, "first byte ms", "<=", 100.0),
    ("stream NDJSON", POSTGRES, "first byte ms", "<=", 100.0),
    # flat: 75 % of the rows, more than 100 MB, come after
    ("stream NDJSON", LAKEGATE, "MiB grown since", "<=", 8.0),
)


def machine(database: Database) -> dict[str, str | int]:
    """When and on what this was measured."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        **database.version,
    }


def medians(samples: Sequence[Sample]) -> Medians:
    """Each figure's median; figures that compare two contenders are formed within a round first."""
    rounds: dict[tuple[str, str], list[Figures]] = defaultdict(list)
    for sample in samples:
        rounds[sample.workload, sample.contender].append({**sample.figures, **_compared(sample, samples)})
    return {
        place: {name: median(each[name] for each in found) for name in found[0]}
        for place, found in rounds.items()
    }


def tables(found: Medians) -> str:
    """The medians as plain tables: one for all workloads that have the same figures."""
    order = list(dict.fromkeys(workload for workload, _ in found))
    rows = [(workload, contender, figures) for (workload, contender), figures in found.items()]
    rows.sort(key=lambda row: (_KINDS.index(_kind(row[0])), order.index(row[0])))
    kinds = groupby(rows, key=lambda row: _kind(row[0]))
    return "\n\n".join(_table([*kind]) for _, kind in kinds)


def verdicts(found: Medians) -> str:
    """The budget, and what was measured of it."""
    lines = []
    for workload, contender, name, sign, limit in BUDGET:
        if (figures := found.get((workload, contender))) and name in figures:
            figure = figures[name]
            met = figure <= limit if sign == "<=" else figure >= limit
            verdict = "met" if met else "MISSED"
            measured = f"{workload}, {contender}: {name} {_shown(figure)}"
            lines.append(f"{measured}, budget {sign} {_shown(limit)}: {verdict}")
    return "\n".join(lines)


def _compared(sample: Sample, samples: Sequence[Sample]) -> Figures:
    """What sets a sample apart from others of its round."""
    figures, extra = sample.figures, Figures()
    cost = "CPU us" if "CPU us" in figures else "CPU us/row"
    costs = {(e.workload, e.contender): e.figures.get(cost) for e in samples if e.round == sample.round}
    alone = sample.workload == inside.NAME
    bare = costs.get((inside.NAME if alone else "one", BARE))
    query = costs.get((sample.workload, QUERY))
    driver = costs.get(("one" if alone else sample.workload, DRIVER))
    if bare and sample.contender not in (DRIVER, DRIVER_TLS):
        extra["us over bare"] = figures[cost] - bare
        if driver and sample.contender != BARE:
            extra["us over both"] = figures[cost] - bare - driver
    if query:
        extra["CPU x query"] = figures[cost] / query
    if "MiB before" in figures and "MiB at 1/4" not in figures:
        extra["MiB grown"] = figures["peak MiB"] - figures["MiB before"]
    return extra


_KINDS = ("requests", inside.NAME, "bulk", "load", "stream")


def _kind(workload: str) -> str:
    name = inside.NAME if workload == inside.NAME else workload.partition(" ")[0]
    return name if name in _KINDS else _KINDS[0]


def _table(rows: Sequence[tuple[str, str, Mapping[str, float]]]) -> str:
    names = list(dict.fromkeys(name for *_, figures in rows for name in figures))
    cells = [["workload", "contender", *names]]
    cells += [
        [workload, contender, *(_shown(figures[name]) if name in figures else "" for name in names)]
        for workload, contender, figures in rows
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) if at < 2 else cell.rjust(width) for at, (cell, width) in enumerate(line))
        for line in (list(zip(row, widths, strict=True)) for row in cells)
    )


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if abs(figure) >= 100 or figure == int(figure) else f"{figure:.3g}"
