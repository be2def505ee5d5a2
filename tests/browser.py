"""A headless chromium without the internet, told what to do over a pipe (the DevTools protocol)."""

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Message = dict[str, Any]

PATIENCE = 60  # seconds
OFFLINE = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--window-size=1280,1400",
)  # fmt: skip
# Chromium reads commands from the first and writes events to the second: the protocol says so.
COMMANDS, EVENTS = 3, 4


@dataclass
class Tab:
    """One page: what is done with it, and what it has done."""

    reader: int
    writer: int
    session: str | None = None
    events: list[Message] = field(default_factory=list)
    _sent: int = 0
    _unread: bytes = b""

    def open(self, url: str) -> None:
        """Go to `url`, from now on listening to the console and the network."""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.navigate", url=url)

    def evaluate(self, script: str) -> Any:
        """What a script gives, as JSON."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait_for(self, script: str) -> None:
        """Wait until a script gives something."""
        deadline = time.monotonic() + PATIENCE
        while not self.evaluate(f"Boolean({script})"):
            assert time.monotonic() < deadline, f"in vain: {script}"
            time.sleep(0.05)

    def screenshot(self, file: Path) -> None:
        """Keep what the window shows."""
        file.write_bytes(base64.b64decode(self.send("Page.captureScreenshot")["data"]))

    def requested(self) -> list[str]:
        """The address of every request that the page made."""
        return [event["request"]["url"] for event in self._told("Network.requestWillBeSent")]

    def complaints(self) -> list[Message]:
        """Everything in the console that is worse than information, and every script that failed."""
        logged = [event["entry"] for event in self._told("Log.entryAdded")]
        called = self._told("Runtime.consoleAPICalled")
        return [
            *(entry for entry in logged if entry["level"] in ("warning", "error")),
            *(call for call in called if call["type"] in ("warning", "error", "assert")),
            *self._told("Runtime.exceptionThrown"),
        ]

    def send(self, method: str, **parameters: Any) -> Message:
        """One command, and its answer; events that come before it are kept."""
        self._sent += 1
        session = {} if self.session is None else {"sessionId": self.session}
        command = {"id": self._sent, "method": method, "params": parameters, **session}
        os.write(self.writer, json.dumps(command).encode() + b"\0")
        while (message := self._message()).get("id") != self._sent:
            self.events.append(message)
        assert "error" not in message, message
        result: Message = message["result"]
        return result

    def _told(self, method: str) -> list[Message]:
        return [event["params"] for event in self.events if event.get("method") == method]

    def _message(self) -> Message:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self.reader], [], [], PATIENCE)
            assert ready, "the browser says nothing"
            part = os.read(self.reader, 1 << 16)
            assert part, "the browser has ended"
            self._unread += part
        text, _, self._unread = self._unread.partition(b"\0")
        message: Message = json.loads(text)
        return message


@contextmanager
def browser(folder: Path) -> Iterator[Tab]:
    """A new browser with an empty profile in `folder`, and its one tab."""
    chromium = shutil.which("chromium")
    assert chromium is not None, "the tests need chromium"
    commands, writer = _pipe()
    reader, events = _pipe()
    command = [
        chromium,
        *ARGUMENTS,
        f"--host-resolver-rules={OFFLINE}",
        f"--user-data-dir={folder / 'profile'}",
    ]
    pid = os.posix_spawn(
        chromium,
        [*command, "about:blank"],
        {"PATH": os.environ["PATH"], "HOME": str(folder)},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, commands, COMMANDS),
            (os.POSIX_SPAWN_DUP2, events, EVENTS),
            (os.POSIX_SPAWN_OPEN, 2, str(folder / "chromium.log"), os.O_WRONLY | os.O_CREAT, 0o600),
        ],
        setpgroup=0,
    )
    os.close(commands)
    os.close(events)
    try:
        yield Tab(reader, writer)
    finally:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(reader)
        os.close(writer)


def _pipe() -> tuple[int, int]:
    """A pipe whose ends have numbers out of the way of those that chromium wants."""
    ends = os.pipe()
    moved = fcntl.fcntl(ends[0], fcntl.F_DUPFD_CLOEXEC, 10), fcntl.fcntl(ends[1], fcntl.F_DUPFD_CLOEXEC, 10)
    for end in ends:
        os.close(end)
    return moved
