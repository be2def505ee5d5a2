"""`python -m bench`: runs the contenders in turn, round by round, and prints what they cost."""

import argparse
import json
import multiprocessing
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import bulk, inside, items, measure, report, stream
from bench.contenders import CONTENDERS, LAKEGATE, Contender
from bench.measure import Bench, Sample
from bench.workloads import WORKLOADS
from bench.workloads import bulk as bulk_workload

PARTS = (*WORKLOADS, "bulk", "stream")
Wanted = Callable[[str], bool]


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often everything is measured (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="of load for each workload (%(default)s)")
    parser.add_argument("--connections", type=int, default=16, help="kept busy at a time (%(default)s)")
    parser.add_argument(
        "--only", action="append", metavar="NAME", choices=[*PARTS, *(each.name for each in CONTENDERS)],
        help="a workload or a contender; may be given more than once. Workloads: " + ", ".join(PARTS),
    )  # fmt: skip
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="where to write every figure of every round"
    )
    return parser.parse_args()


def chosen(names: list[str] | None, among: tuple[str, ...]) -> Wanted:
    """Whether one of several is wanted: those that were named, or all where none was."""
    named = set(names or ()) & set(among)
    return lambda name: not named or name in named


def main() -> None:
    """Measure, and report."""
    asked = arguments()
    workload = chosen(asked.only, PARTS)
    contender = chosen(asked.only, tuple(each.name for each in CONTENDERS))
    contenders = [each for each in CONTENDERS if contender(each.name)]
    samples: list[Sample] = []
    context = multiprocessing.get_context("spawn")
    with TemporaryDirectory(prefix="bench-") as folder, ProcessPoolExecutor(1, context) as clients:
        bench = Bench(Path(folder), clients, asked.connections, asked.seconds)
        try:
            for sample in measured(bench, contenders, workload, asked.rounds):
                samples.append(sample)
                print(f"round {sample.round}: {sample.workload}, {sample.contender}", file=sys.stderr)
        except Exception:
            print((bench.folder / "log").read_text()[-3000:], file=sys.stderr)
            raise
    finish(samples, asked.json)


def measured(bench: Bench, contenders: list[Contender], wanted: Wanted, rounds: int) -> Iterator[Sample]:
    """Everything that is wanted, in rounds whose order alternates, so that none always comes first."""
    items.create(bench.folder / "template")
    streams = [each for each in contenders if each.name == LAKEGATE and wanted("stream")]
    for contender in streams:
        yield stream.load(bench, contender)
    for round_ in range(1, rounds + 1):
        for contender in contenders if round_ % 2 else reversed(contenders):
            yield from one_round(bench, contender, wanted, round_)
        if wanted("one"):
            yield from inside.measured(bench, contenders, round_)
        if wanted("bulk"):
            yield bulk.insert_bare(bench, round_)
        for contender in streams:
            for form in stream.FORMATS:
                yield stream.read(bench, contender, form, round_)


def one_round(bench: Bench, contender: Contender, wanted: Wanted, round_: int) -> Iterator[Sample]:
    """A contender's share of a round, but for the streams."""
    workloads = [make() for name, make in WORKLOADS.items() if wanted(name) and contender.answers(name)]
    if workloads:
        yield from measure.requests(bench, contender, workloads, round_)
    if wanted("bulk") and contender.answers("bulk"):
        yield bulk.insert(bench, contender, bulk_workload(), round_)


def finish(samples: list[Sample], path: Path | None) -> None:
    """Print the tables, and write the figures where that is asked for."""
    found, machine = report.medians(samples), report.machine()
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(report.tables(found), report.verdicts(found), sep="\n\n")
    if path:
        summary = [{"workload": w, "contender": c, "figures": each} for (w, c), each in found.items()]
        written = {"machine": machine, "medians": summary, "samples": [asdict(each) for each in samples]}
        path.write_text(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
