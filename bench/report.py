"""What was measured, as plain tables and as JSON: medians over the rounds."""

import os
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from statistics import median

from bench import inside
from bench.contenders import BARE, DRIVER, DRIVER_TLS, FASTAPI, LAKEBASE, LAKEGATE, PEERS, POSTGRES, QUERY
from bench.copying import COPY
from bench.measure import Database, Sample
from bench.workloads import WORKLOADS

Figures = dict[str, float]
Medians = dict[tuple[str, str], Figures]  # by workload and contender
GATEWAYS = (LAKEGATE, POSTGRES, LAKEBASE)
AHEAD = {  # of FastAPI, in requests a second
    "one": 1.8, "page 10": 1.8, "page 100": 3.0, "page 1000": 5.0, "update": 2.0, "insert 1": 2.0,
    "insert 1000": 4.0,
}  # fmt: skip
BUDGET = (  # a workload, a contender and a figure, and the most or the least that it may be
    *((name, POSTGRES, f"CPU x {QUERY}", "<=", 1.3) for name in WORKLOADS),
    *((name, POSTGRES, f"x {FASTAPI}", ">=", ahead) for name, ahead in AHEAD.items()),
    *((name, gateway, "x best peer", ">=", 1.0) for gateway in GATEWAYS for name in WORKLOADS),
    ("bulk", POSTGRES, f"x {COPY}", ">=", 0.6),
    ("bulk", LAKEGATE, "x executemany", ">=", 1.0),
    ("stream NDJSON", POSTGRES, f"x {COPY}", ">=", 0.5),
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
    for kind, gateway, name, sign, limit in BUDGET:
        for (workload, contender), figures in found.items():
            if (workload.partition(" @")[0], contender) == (kind, gateway) and name in figures:
                figure = figures[name]
                met = figure <= limit if sign == "<=" else figure >= limit
                measured = f"{workload}, {contender}: {name} {_shown(figure)}"
                goal = f"goal {sign} {_shown(limit)}"
                lines.append(f"{measured}, {goal}: {'met' if met else 'MISSED'}")
    return "\n".join(lines)


def _compared(sample: Sample, samples: Sequence[Sample]) -> Figures:
    """What sets a sample apart from others of its round."""
    figures, extra = sample.figures, Figures()
    cost = "CPU us" if "CPU us" in figures else "CPU us/row"
    costs = {(e.workload, e.contender): e.figures.get(cost) for e in samples if e.round == sample.round}
    alone = sample.workload == inside.NAME
    connections = "".join(sample.workload.partition(" @")[1:])
    bare = costs.get((inside.NAME if alone else f"one{connections}", BARE))
    query = costs.get((sample.workload, QUERY))
    driver = costs.get(("one @16" if alone else sample.workload, DRIVER))
    if bare and sample.contender not in (DRIVER, DRIVER_TLS):
        extra["us over bare"] = figures[cost] - bare
        if driver and sample.contender != BARE:
            extra["us over both"] = figures[cost] - bare - driver
    if query:
        extra["CPU x query"] = figures[cost] / query
    if sample.contender in GATEWAYS:
        extra |= _times(sample, samples)
    if "MiB before" in figures and "MiB at 1/4" not in figures:
        extra["MiB grown"] = figures["peak MiB"] - figures["MiB before"]
    return extra


def _times(sample: Sample, samples: Sequence[Sample]) -> Figures:
    """How many times as fast as the others a gateway was in the same round."""
    unit = next((name for name in ("requests/s", "rows/s") if name in sample.figures), "")
    rates = {
        each.contender: sample.figures[unit] / each.figures[unit]
        for each in samples
        if (each.workload, each.round) == (sample.workload, sample.round) and unit in each.figures
    }
    wanted = (FASTAPI, COPY, "executemany")
    found = {f"x {name}": rates[name] for name in wanted if name in rates}
    ahead = [rates[name] for name in PEERS if name in rates]
    return {**found, "x best peer": min(ahead)} if ahead else found


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
