"""The Dockerfile's steps carried out in a clean folder, where there is no Docker: `make container-steps`.

What is copied, installed, set and started is read from the Dockerfile itself; only what would change this
machine, its users, is left out.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from dockerfile_parse import DockerfileParser

from tests.gateway_process import free_port

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
STOP_SECONDS = 15  # what compose.yaml, and Databricks Apps, wait after SIGTERM


@dataclass
class Image:
    """What the Dockerfile says; paths in it begin at `root`, a folder that stands for the container's /."""

    root: Path
    steps: list[tuple[str, str]]
    variables: dict[str, str]
    port: int = field(default_factory=free_port)

    @classmethod
    def read(cls, root: Path) -> "Image":
        """What the project's Dockerfile says."""
        found = DockerfileParser(path=str(PROJECT / "Dockerfile"))
        steps = [(step["instruction"], step["value"]) for step in found.structure]
        return cls(root, steps, {name: _moved(text, root) for name, text in found.envs.items()})

    def only(self, instruction: str) -> str:
        """The value of what is said once."""
        (value,) = (value for name, value in self.steps if name == instruction)
        return value

    @property
    def folder(self) -> Path:
        """The working directory."""
        return self.root / self.only("WORKDIR").lstrip("/")

    @property
    def command(self) -> list[str]:
        """What the container starts, in the form that no shell reads."""
        found: list[str] = json.loads(self.only("CMD"))
        return found

    @property
    def health_check(self) -> list[str]:
        """What tells whether the container is well, in the same form."""
        found: list[str] = json.loads(self.only("HEALTHCHECK").partition("CMD ")[2])
        return found

    @property
    def url(self) -> str:
        """Where what it starts listens."""
        return f"http://127.0.0.1:{self.port}"

    def copy(self) -> None:
        """Copy what the Dockerfile copies, of what .dockerignore leaves."""
        self.folder.mkdir(parents=True)
        (self.root / "data").mkdir()
        sent = list(context())
        for name, value in self.steps:
            if name == "COPY":
                *sources, target = value.split()
                for source in sources:
                    self._copy(source.rstrip("/"), target, sent)

    def _copy(self, source: str, target: str, sent: Sequence[Path]) -> None:
        files = [path for path in sent if path == Path(source) or Path(source) in path.parents]
        assert files, f"nothing of {source} is sent to Docker"
        for path in files:
            to = (
                self.folder / target / path.relative_to(source)
                if path != Path(source)
                else self.folder / path
            )
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT / path, to)

    def install(self, binaries: Path) -> None:
        """Run what the Dockerfile runs with pip."""
        for name, value in self.steps:
            if name == "RUN" and value.startswith("pip "):
                _run(value.split(), self.folder, binaries, self.variables)

    @contextmanager
    def running(
        self, binaries: Path, variables: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[subprocess.Popen[bytes]]:
        """What the container starts, given some variables; it is told to end as Docker does."""
        told = {
            **self.variables,
            **variables,
            "PORT": str(self.port),
            "PATH": f"{binaries}:{os.environ['PATH']}",
        }
        process = subprocess.Popen([binaries / self.command[0], *self.command[1:]], cwd=self.folder, env=told)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def is_well(self, binaries: Path) -> bool:
        """What the health check says."""
        program = [str(binaries / self.health_check[0]), *self.health_check[1:]]
        told = {**self.variables, "PORT": str(self.port)}
        ended = subprocess.run(program, cwd=self.folder, env=told, capture_output=True, check=False)
        return ended.returncode == 0

    def wait_until_well(self, binaries: Path) -> None:
        """Come back when the health check says so."""
        end = time.monotonic() + START_SECONDS
        while not self.is_well(binaries):
            assert time.monotonic() < end, "it did not become well"
            time.sleep(0.1)


def context() -> Iterator[Path]:
    """The files that Docker is sent: the last pattern of .dockerignore that fits one decides."""
    lines = (PROJECT / ".dockerignore").read_text().splitlines()
    patterns = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    for folder, names, files in os.walk(PROJECT):
        names[:] = [name for name in names if name not in (".git", ".venv")]
        for name in files:
            path = (Path(folder) / name).relative_to(PROJECT)
            if not ignored(path, patterns):
                yield path


def ignored(path: Path, patterns: Sequence[str]) -> bool:
    """Whether a file is left out: https://docs.docker.com/build/concepts/context/#dockerignore-files."""
    left_out = False
    for pattern in patterns:
        wanted = pattern.removeprefix("!").strip("/")
        spelled = re.escape(wanted).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
        if any(re.fullmatch(spelled, str(part)) for part in (path, *path.parents)):
            left_out = not pattern.startswith("!")
    return left_out


def _moved(text: str, root: Path) -> str:
    """A variable's value, its path below `root`."""
    return f"{root}{text}" if text.startswith("/") else text


def _run(command: Sequence[str], folder: Path, binaries: Path, variables: Mapping[str, str]) -> None:
    told = {**os.environ, **variables, "PATH": f"{binaries}:{os.environ['PATH']}"}
    subprocess.run(command, cwd=folder, env=told, check=True)


def main() -> None:
    """Build and start the gateway as its Dockerfile does; leave with status 1 if it is not well."""
    with tempfile.TemporaryDirectory(prefix="lakegate-container-") as name:
        image, binaries = Image.read(Path(name)), Path(name) / "venv" / "bin"
        subprocess.run([sys.executable, "-m", "venv", Path(name) / "venv"], check=True)
        image.copy()
        image.install(binaries)
        with image.running(binaries) as process:
            image.wait_until_well(binaries)
        if process.returncode != 0:
            sys.exit(f"the gateway ended with {process.returncode} after SIGTERM")
    sys.stdout.write("the container's steps make a gateway that is well, and ends when it is told to\n")


if __name__ == "__main__":
    main()
