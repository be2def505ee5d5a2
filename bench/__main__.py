"""`python -m bench`: runs the contenders in turn, round by round, and prints what they cost."""

import argparse
import json
import multiprocessing
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import bulk, driver, lakebase, measure, report, sqlite, stream, workloads
from bench.contenders import NAMES, Contender, Driver, Served
from bench.measure import Bench, Database, Sample, Wanted
from bench.speech import GATEWAY, Gateway, Rest
from bench.workloads import WORKLOADS

PARTS = (*WORKLOADS, "bulk", "stream")
DATABASES: dict[str, Callable[[Path], AbstractContextManager[Database]]] = {
    "sqlite": sqlite.running,
    "lakebase": lakebase.running,
}


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--database", choices=[*DATABASES], default="sqlite", help="what to measure on (%(default)s)"
    )
    parser.add_argument(
        "--rounds", type=int, default=5, help="how often everything is measured (%(default)s)"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="of load for each workload (%(default)s)")
    parser.add_argument(
        "--connections", type=int, nargs="+", default=[16], metavar="N",
        help="kept busy at a time; of several numbers each has its turn (16)",
    )  # fmt: skip
    parser.add_argument(
        "--only", action="append", metavar="NAME", default=[],
        help="a workload or a contender; may be given more than once. Workloads: " + ", ".join(PARTS),
    )  # fmt: skip
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="where to write every figure of every round"
    )
    asked = parser.parse_args()
    if strange := set(asked.only).difference(PARTS, NAMES[asked.database]):
        names = ", ".join(NAMES[asked.database])
        parser.error(f"--only {min(strange)}: neither a workload nor one of the contenders {names}")
    return asked


def chosen(named: Iterable[str], among: Iterable[str]) -> Wanted:
    """Whether one of several is wanted: those that were named, or all where none was."""
    wanted = set(named).intersection(among)
    return lambda name: not wanted or name in wanted


def main() -> None:
    """Measure, and report."""
    asked = arguments()
    workload, contender = chosen(asked.only, PARTS), chosen(asked.only, NAMES[asked.database])
    samples: list[Sample] = []
    with (
        TemporaryDirectory(prefix="bench-") as name,
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as clients,
        DATABASES[asked.database](Path(name)) as database,
    ):
        bench = Bench(database, Path(name), clients, tuple(asked.connections), asked.seconds)
        contenders = [each for each in database.contenders if contender(each.name)]
        try:
            for sample in measured(bench, contenders, workload, asked.rounds):
                samples.append(sample)
                print(f"round {sample.round}: {sample.workload}, {sample.contender}", file=sys.stderr)
        except Exception:
            print(bench.log.read_text()[-3000:] if bench.log.exists() else "", file=sys.stderr)
            raise
    finish(samples, database, asked.json)


def measured(bench: Bench, contenders: list[Contender], wanted: Wanted, rounds: int) -> Iterator[Sample]:
    """Everything that is wanted, in rounds whose order alternates, so that none always comes first."""
    yield from bench.database.before(bench, contenders, wanted)
    for round_ in range(1, rounds + 1):
        for contender in contenders if round_ % 2 else reversed(contenders):
            match contender:
                case Served():
                    yield from served(bench, contender, wanted, round_)
                case Driver():
                    yield from sent(bench, contender, wanted, round_)
        yield from bench.database.besides(bench, contenders, wanted, round_)


def served(bench: Bench, contender: Served, wanted: Wanted, round_: int) -> Iterator[Sample]:
    """An application's share of a round."""
    asking = contender.speech
    made = [make(asking) for name, make in WORKLOADS.items() if wanted(name) and contender.answers(name)]
    if made:
        yield from measure.requests(bench, contender, made, round_)
    if wanted("bulk") and contender.answers("bulk"):
        yield bulk.insert(bench, contender, workloads.bulk(asking), round_)
    if wanted("stream") and contender.answers("stream") and isinstance(asking, Gateway | Rest):
        for form in bench.database.streamed.formats:
            yield stream.read(bench, contender, asking, form, round_)


def sent(bench: Bench, contender: Driver, wanted: Wanted, round_: int) -> Iterator[Sample]:
    """The driver's share of a round."""
    asked_for = [name for name in WORKLOADS if wanted(name) and contender.answers(name)]
    if made := [WORKLOADS[name](GATEWAY) for name in asked_for]:
        yield from driver.requests(bench, contender, made, round_)
    if wanted("bulk"):
        yield driver.once(bench, contender, workloads.bulk(GATEWAY), round_)
    if wanted("stream"):
        table = bench.database.streamed
        for form in table.formats:
            yield driver.once(
                bench, contender, workloads.stream(GATEWAY, table.table, table.count, form), round_
            )


def finish(samples: list[Sample], database: Database, path: Path | None) -> None:
    """Print the tables, and write the figures where that is asked for."""
    found, machine = report.medians(samples), report.machine(database)
    print(", ".join(f"{name} {value}" for name, value in machine.items()))
    print(report.tables(found), report.verdicts(found), sep="\n\n")
    if path:
        summary = [{"workload": w, "contender": c, "figures": each} for (w, c), each in found.items()]
        written = {"machine": machine, "medians": summary, "samples": [asdict(each) for each in samples]}
        path.write_text(json.dumps(written, indent=1))


if __name__ == "__main__":
    main()
