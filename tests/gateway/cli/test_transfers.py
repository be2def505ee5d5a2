"""`gateway transfer` and `gateway transfers`."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from gateway import create_app
from gateway.service import Gateway
from gateway.transfers.store import Store
from gateway.views import EXTENSION
from tests.gateway.cli.asking import PLANES, Run
from tests.gateway_process import PROJECT
from tests.transfers.asking import things
from tests.transfers.moving import Side

LONG = 6000  # rows, which take some seconds in chunks of 1024 bytes
COMMAND = (sys.executable, "-m", "flask", "--app", "wsgi", "gateway")
PATIENCE = 120  # seconds
OF_ONE_TABLE = ["--from", "default", "--to", "other", "--mode", "create"]


@pytest.fixture
def told(tmp_path: Path) -> dict[str, str]:
    """What a gateway on SQLite is told that knows another folder of files."""
    return {
        "GATEWAY_BACKEND": "sqlite",
        "GATEWAY_SQLITE_DIR": str(tmp_path / "data"),
        "GATEWAY_REJECTS_DIR": str(tmp_path / "rejects"),
        "GATEWAY_TRANSFER_BYTES": "1024",
        "CONNECTION_OTHER__GATEWAY_BACKEND": "sqlite",
        "CONNECTION_OTHER__GATEWAY_SQLITE_DIR": str(tmp_path / "other"),
        "CONNECTION_WRONG__PGHOST": "nowhere.example",
        "CONNECTION_WRONG__PGPASSWORD": "not-to-be-seen",
        "CONNECTION_WRONG__PGPORT": "many",
    }


@pytest.fixture
def app(told: dict[str, str]) -> Iterator[Flask]:
    app = create_app(told)
    yield app
    gateway: Gateway = app.extensions[EXTENSION]
    gateway.transfers.connections.close()
    gateway.backend.close()


@pytest.fixture
def rows(app: Flask) -> list[str]:
    """Those of a table that takes some seconds to move."""
    backend = app.extensions[EXTENSION].backend
    return things(Side("default", backend, "main"), LONG)


def moved(app: Flask, table: str = "things") -> list[str]:
    """The rows that have come to the other side."""
    backend = app.extensions[EXTENSION].transfers.connections.open("other", "").backend
    return Side("other", backend, "main").rows(table)


def lines(run: Run, *args: str) -> list[str]:
    """What a command writes."""
    found = run(*args)
    assert found.exit_code == 0, found.stderr
    return [" ".join(line.split()) for line in found.stdout.splitlines()]


def the_only(run: Run) -> tuple[str, str]:
    """The id and the state of the only transfer there is."""
    (line,) = lines(run, "transfers", "list")
    transfer, state, *_ = line.split()
    return transfer, state


@contextmanager
def started(told: dict[str, str], *, output: int = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A transfer in a process of its own."""
    env = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **told}
    process = subprocess.Popen(
        [*COMMAND, "transfer", *OF_ONE_TABLE], cwd=PROJECT, env=env, text=True, stdout=output, stderr=output
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_rows(run: Run, least: int) -> None:
    """Come back when a transfer in another process has moved so many rows."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = run("transfers", "list").stdout.split()
        if found:
            shown = run("transfers", "show", found[0]).stdout
            if (count := re.search(r"([\d,]+) of", shown)) and int(count[1].replace(",", "")) >= least:
                return
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def test_a_table_is_moved_and_looked_at(run: Run, app: Flask, planes: Path) -> None:
    found = run("transfer", "planes", *OF_ONE_TABLE)
    assert found.exit_code == 0, found.stderr
    table, said = found.stdout.splitlines()
    assert re.fullmatch(r"planes +done +3 of 3 rows +[\d,]+ rows/s", table.rstrip())
    assert re.fullmatch(r"moved 3 rows of 1 tables in \d+\.\d s: both sides are the same", said)
    assert len(moved(app, "planes")) == 3

    transfer, state = the_only(run)
    assert state == "done"
    assert lines(run, "transfers", "show", transfer)[0] == "done: default to other, create"
    report = json.loads(run("transfers", "report", transfer).stdout)
    (told,) = report["tables"]
    assert (told["table"], told["same"], told["source"]) == ("planes", True, told["target"])
    assert lines(run, "transfers", "discard", transfer) == []
    assert lines(run, "transfers", "list") == []
    assert len(moved(app, "planes")) == 3


def test_all_tables_of_a_schema_are_moved_and_synced(run: Run, app: Flask, planes: Path) -> None:
    run("load", planes, "--table", "more", "--create", "--primary-key", "tail")
    assert lines(run, "transfer", *OF_ONE_TABLE)[-1].startswith("moved 6 rows of 2 tables in ")
    planes.write_text(PLANES.splitlines()[0] + "\nN9,1,,\n")
    run("load", planes, "--table", "more")
    sync = ["--from", "DEFAULT", "--to", "Other", "--mode", "sync", "more"]
    assert lines(run, "transfer", *sync)[-1].endswith("both sides are the same")
    assert len(moved(app, "more")) == 4


def test_ctrl_c_stops_it_after_the_chunk_under_way_and_resume_goes_on(
    run: Run, app: Flask, told: dict[str, str], rows: list[str]
) -> None:
    with started(told) as process:
        wait_for_rows(run, 1000)
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, complaint
    transfer, state = the_only(run)
    assert state == "cancelled"
    assert "stopping after the chunk under way" in complaint
    assert "error: it is cancelled" in complaint
    assert complaint.splitlines()[-1].endswith(f"gateway transfers resume {transfer}")
    assert "Traceback" not in complaint
    assert re.search(r"things +waiting +[\d,]+ of 6,000 rows", said)
    before = lines(run, "transfers", "show", transfer)
    assert before[0] == "cancelled: default to other, create"

    assert lines(run, "transfers", "resume", transfer)[-1].startswith("moved 6,000 rows of 1 tables")
    assert moved(app) == rows


def test_it_is_cancelled_from_another_terminal_and_discarded(
    run: Run, app: Flask, told: dict[str, str], rows: list[str]
) -> None:
    with started(told) as process:
        wait_for_rows(run, 1000)
        transfer, _ = the_only(run)
        refused = run("transfers", "discard", transfer)
        assert (refused.exit_code, "cancel it first" in refused.stderr) == (1, True)
        refused = run("transfers", "resume", transfer)
        assert (refused.exit_code, "is running" in refused.stderr) == (1, True)
        assert lines(run, "transfers", "cancel", transfer) == ["cancelling"]
        _, complaint = process.communicate(timeout=PATIENCE)
    assert (process.returncode, "error: it is cancelled" in complaint) == (1, True)
    assert lines(run, "transfers", "discard", transfer) == []
    other = app.extensions[EXTENSION].transfers.connections.open("other", "").backend
    assert [each.name for each in other.tables("main", "main")] == []


def test_who_only_looks_takes_nothing_over(
    run: Run, app: Flask, told: dict[str, str], rows: list[str]
) -> None:
    with started(told) as process:
        wait_for_rows(run, 1000)
    assert process.returncode == -signal.SIGKILL
    transfer, _ = the_only(run)
    store = Store(app.extensions[EXTENSION].backend)
    holder = store.find(transfer).holder or ""
    store.release(transfer, holder)
    assert lines(run, "transfers", "show", transfer)[0] == "running: default to other, create"
    assert the_only(run) == (transfer, "running")
    time.sleep(1)
    assert store.find(transfer).holder == holder
    assert lines(run, "transfers", "cancel", transfer) == ["cancelled"]


def test_on_a_terminal_there_are_bars(told: dict[str, str], app: Flask, rows: list[str]) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 140))
    with started(told, output=theirs) as process:
        os.close(theirs)
        drawn = b"".join(written(ours)).decode()
        os.close(ours)
        assert process.wait(PATIENCE) == 0, drawn
    assert re.search(r"tables: +0%\|.*\| 0/1 \[", drawn)
    assert re.search(r"tables: 100%\|█+\| 1/1 \[", drawn)
    done, left = r"[\d.]+k?/6\.00k", r"\d\d:\d\d<\d\d:\d\d"
    shown = re.findall(rf"things: loading: +\d+%\|[^|]*\| {done} \[{left}, +[\d.]+k?row/s\]", drawn)
    assert len(shown) > 3, drawn
    assert re.search(r"moved 6,000 rows of 1 tables", drawn)
    assert moved(app) == rows


def written(terminal: int) -> Iterator[bytes]:
    """What a process writes to its terminal, until it ends."""
    while True:
        try:
            found = os.read(terminal, 65536)
        except OSError:  # as Linux tells that nobody has the other end any more
            return
        if not found:
            return
        yield found


def test_elsewhere_there_is_a_line_now_and_then(told: dict[str, str], app: Flask, rows: list[str]) -> None:
    with started(told) as process:
        said, complaint = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, complaint
    assert "\r" not in complaint and "\x1b" not in complaint
    pattern = r"things  [a-z]+  [\d,]+ of 6,000 rows  [\d,]+ rows/s  .*"
    assert all(re.fullmatch(pattern, line) for line in complaint.splitlines()), complaint
    assert said.splitlines()[-1].startswith("moved 6,000 rows")


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (["transfer", "--from", "nope", "--to", "other", "--mode", "create"], 1, 'no connection "nope"'),
        (["transfer", "--from", "other", "--to", "nope", "--mode", "create"], 1, "default, other, wrong"),
        (["transfer", "--from", "default", "--to", "wrong", "--mode", "create"], 1, "CONNECTION_WRONG__"),
        (["transfer", "--from", "default", "--to", "default", "--mode", "create"], 1, "the same schema"),
        (["transfer", "--from", "default", "--to", "other", "--mode", "move"], 2, "'move' is not one of"),
        (["transfer", "--from", "default", "--to", "other"], 2, "Missing option '--mode'"),
        (["transfer", *OF_ONE_TABLE, "nothing"], 1, 'no table "main.main.nothing"'),
        (["transfer", "--from", "default", "--to", "other", "--mode", "append"], 1, "to append to"),
        (["transfer", *OF_ONE_TABLE, "--schema", "nothing"], 1, 'there is no schema "main.nothing"'),
        (["transfers", "show", "nope"], 1, 'no transfer "nope"'),
        (["transfers", "resume", "nope"], 1, 'no transfer "nope"'),
        (["transfers", "cancel", "nope"], 1, 'no transfer "nope"'),
        (["transfers", "discard", "nope"], 1, 'no transfer "nope"'),
    ],
)
def test_what_cannot_be_meant_is_told_in_a_line(
    run: Run, planes: Path, args: list[str], status: int, words: str
) -> None:
    found = run(*args)
    assert (found.exit_code, words in found.stderr) == (status, True), found.stderr
    assert "Traceback" not in found.stderr
    assert "not-to-be-seen" not in found.stderr
    assert lines(run, "transfers", "list") == []


def test_rows_that_were_left_out_are_told_of(run: Run, tmp_path: Path) -> None:
    rows = tmp_path / "notes.csv"
    rows.write_text("id,said\n1,yes\n2,perhaps\n")
    for schema, type_ in (("a", "STRING"), ("b", "VARCHAR(3)")):
        made = f"--table {schema}.notes --create --primary-key id --type said={type_}"
        run("load", rows, *made.split())
    args = ["notes", "--from", "default", "--schema", "a", "--to", "default", "--to-schema", "b"]
    args += ["--mode", "append"]
    found = run("transfer", *args)
    assert (found.exit_code, 'row id 2, column "said": ' in found.stdout) == (1, True), found.stdout
    assert "error: notes failed" in found.stderr
    assert "gateway transfers resume " in found.stderr
    told = run("transfer", *args, "--on-error", "skip").stdout
    file = told.partition("notes: 1 rows were left out, which are in ")[2].splitlines()[0]
    (line,) = Path(file).read_text().splitlines()
    assert json.loads(line)["key"] == {"id": 2}
    assert "moved 1 rows of 1 tables" in told
