"""Chromium without a window, driven through the pipe of its DevTools protocol: no port, no further package.

https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
FLAGS = (
    "--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
)  # fmt: skip
# The browser reads commands from descriptor 3 and answers on 4.
START = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])  # off 3 and 4
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
TIMEOUT_S = 60.0


def find() -> str | None:
    """The path of a Chromium, if the machine has one."""
    return next((found for name in NAMES if (found := shutil.which(name))), None)


class Browser:
    """A page, and what its console, its policy and its network said since it was opened."""

    def __init__(self, read: int, write: int) -> None:
        self._read, self._write = read, write
        self._buffer = b""
        self._last = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; what else comes is kept."""
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._last:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + TIMEOUT_S
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(until - time.monotonic(), 0))
            assert ready, "the browser does not answer"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser is gone"
            self._buffer += more
        message, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(message))

    def open(self, address: str, width: int, height: int = 900, *, theme: str = "light") -> None:
        """Load a page in a window of this size, for a reader whose system is light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        # A page of its own: a fragment alone would not load it again.
        for each in ("about:blank", address):
            self.events.clear()
            self.call("Page.navigate", url=each)
            while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
                self.events.append(self._next())

    def evaluate(self, expression: str) -> Any:
        """The value of an expression of JavaScript in the page."""
        said = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in said, said["exceptionDetails"]
        return said["result"].get("value")

    def complaints(self) -> list[dict[str, Any]]:
        """Errors and warnings of console, policy and page since it was opened."""
        self.evaluate("0")  # what was said before this answer is there
        return [
            event["params"]
            for event in self.events
            if event.get("method") == "Runtime.exceptionThrown"
            or (event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] != "verbose")
            or (event.get("method") == "Runtime.consoleAPICalled" and event["params"]["type"] != "log")
        ]

    def requests(self) -> list[str]:
        """Addresses that the page asked for since it was opened, its own among them."""
        self.evaluate("0")
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def picture(self, file: Path, x: float = 0, y: float = 0, width: float = 0, height: float = 0) -> None:
        """Save what the page looks like, or a part of it, as PNG."""
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1} if width else None
        said = self.call(
            "Page.captureScreenshot",
            captureBeyondViewport=clip is not None,
            **({"clip": clip} if clip else {}),
        )
        file.write_bytes(base64.b64decode(said["data"]))


@contextmanager
def browser(program: str, profile: Path) -> Iterator[Browser]:
    """Start ``program`` with the empty folder ``profile``; it is gone afterwards."""
    theirs_read, ours_write = os.pipe()
    ours_read, theirs_write = os.pipe()
    process = subprocess.Popen(
        [
            *(sys.executable, "-I", "-S", "-c", START, str(theirs_read), str(theirs_write), program),
            *(*FLAGS, f"--user-data-dir={profile}", "about:blank"),
        ],
        pass_fds=(theirs_read, theirs_write),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_read)
    os.close(theirs_write)
    try:
        started = Browser(ours_read, ours_write)
        yield started
        started.call("Target.getTargets")  # still there
    finally:
        os.close(ours_write)  # it ends when nobody can command it any more
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        os.close(ours_read)
