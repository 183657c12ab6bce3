"""What people do with the pages, in the shares that they do it, by visitors of the real server."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from dashboard.data.upload import FILE
from dashboard.frame.way import PAGES
from dashboard.visits.runs import EVERY, Starts
from dashboard.visits.visitor import Shown, Visitor
from dashboard.workbench.position import SLIDERS
from scpo.errors import RunError, ScpoError
from scpo.store.cache import Store

FIGURES = ("", "divergence", "tradeoff", "bias", "compare", "behaviour")
"""Pages with figures that are exported; the Workbench makes its buttons once their box is opened."""

SHARES = {"load": 8, "slide": 5, "export": 3, "read": 2, "bring": 1, "update": 1}
"""Of twenty actions: pages opened, sliders moved, figures exported, pairs read, own files checked, live updates."""

WORKING = {"slide": 10, "read": 6, "load": 2, "export": 1, "update": 1}
"""The same of people who look for a setting, where runs are started."""

STARTERS = 5
"""Every so manieth visitor starts runs, where runs are started."""

REST = 75.0
"""Seconds after the last action until the memory that is kept is read: the process that draws has ended by then."""

MEGABYTE = 1e6


class Tour:
    """Actions of one session, drawn with a seed; what they took is kept.

    Parameters
    ----------
    shares : mapping of str to int
        How often each kind of action is done.
    starts : Starts, optional
        What counts the runs of all visitors; given, this one starts a run every minute and cancels every second one.
    """

    def __init__(
        self,
        address: str,
        query: dict[str, str],
        seed: int,
        *,
        shares: Mapping[str, int] = SHARES,
        starts: Starts | None = None,
    ) -> None:
        self.visitor, self.query, self.shares, self.starts = Visitor(address), query, shares, starts
        self.rng = np.random.default_rng(seed)
        self.took: list[tuple[str, float]] = []
        """Kind and seconds of each action."""

        self.failed: list[str] = []
        """What could not be done, and what pages said had gone wrong."""

        self.n_errors = 0
        """Errors and exceptions that pages showed."""

        self._cancels, self._next = False, time.monotonic() + float(self.rng.uniform(0, EVERY))
        self.load("")

    def act(self) -> None:
        """Do one thing; what fails or shows an error is kept as a sentence."""
        kind = str(self.rng.choice(list(self.shares), p=np.array([*self.shares.values()]) / sum(self.shares.values())))
        began = time.monotonic()
        if self.starts is not None and began >= self._next:
            kind, self._next = "start", self._next + EVERY
        try:
            getattr(self, kind)()
        except (ScpoError, OSError) as error:
            self.failed.append(f"{kind}: {error}")
        else:
            self.took.append((kind, time.monotonic() - began))
            shown = [_said(one) for one in self.visitor.shown.values() if _is_error(one)]
            self.n_errors += len(shown)
            self.failed += [f"{kind}: {one}" for one in shown]

    def start(self) -> None:
        """Start a run; every second one is cancelled at once."""
        if self.starts is None:
            raise RunError("this visitor starts no runs")
        run = self.starts.start(self.visitor, self.query, self.rng)
        if run is not None and self._cancels:
            self.starts.cancel(self.visitor, self.query, run)
        self._cancels = not self._cancels

    def load(self, page: str | None = None) -> None:
        """Open a page."""
        names = ["" if one.name == "brief" else one.name for one in PAGES]
        self.visitor.open(str(self.rng.choice(names)) if page is None else page, **self.query)

    def slide(self) -> None:
        """Move a slider of the Workbench; the page is open, or is opened first."""
        name, low, high = (("tau", 0.4, 1.0), ("beta", 0.3, 4.0))[int(self.rng.integers(2))]
        if self.visitor.widget(SLIDERS[name]) is None:
            self.load("workbench")
        slider = self.visitor.widget(SLIDERS[name])
        if slider is None:
            raise RunError("the Workbench shows no sliders")
        began = time.monotonic()
        self.visitor.move(slider, double_array_value=[round(float(self.rng.uniform(low, high)), 2)])
        self.took.append(("move", time.monotonic() - began))

    def export(self) -> None:
        """Download a figure."""
        if not list(self.visitor.downloads()):
            self.load(str(self.rng.choice(FIGURES)))
        offered = list(self.visitor.downloads())
        if offered:
            self.visitor.download(offered[int(self.rng.integers(len(offered)))])

    def read(self) -> None:
        """Read the next pair."""
        if self.visitor.widget("next_pair") is None:
            self.load("pairs")
        following = self.visitor.widget("next_pair")
        if following is not None:
            self.visitor.move(following, trigger_value=True)

    def bring(self) -> None:
        """Have an own file of 2,000 pairs checked; nothing is registered."""
        self.visitor.open("data", **self.query, part="Bring your own")
        box = self.visitor.widget(FILE)
        if box is None:
            raise RunError("the page shows no box for files")
        number = int(self.rng.integers(10**6))
        self.visitor.upload(box, f"own{number}.csv", own_file(number))

    def update(self) -> None:
        """Draw the open page again, as a live update does."""
        self.visitor.refresh()


def own_file(number: int, n_rows: int = 2_000) -> bytes:
    """Return a file of pairs that differs from those of other numbers."""
    places = ("Chile", "Peru", "Kenya")
    rows = [f"question {number} {at},short answer {at},a {'long ' * 30}answer {at},p{at % 60},{places[at % 3]}"
            for at in range(n_rows)]  # fmt: skip
    return "\n".join(["prompt,chosen,rejected,user_id,country", *rows]).encode()


def _is_error(one: Shown) -> bool:
    return one.kind == "exception" or (one.kind == "alert" and one.content.format == one.content.ERROR)


def _said(one: Shown) -> str:
    return str(one.content.message if one.kind == "exception" else one.content.body)


class Size(NamedTuple):
    """Memory of the server and of what draws for it, when so many actions were done, and seconds had passed."""

    actions: int
    seconds: float
    megabytes: float
    drawing: float
    """Of these megabytes, what the process that draws takes; 0 while there is none."""


def server_megabytes(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and of its session's children, and that of the children, in megabytes.

    Workers have sessions of their own: they are no part of the server.
    """
    server, beside = psutil.Process(pid), 0
    for child in server.children(recursive=True):
        try:
            if os.getsid(child.pid) == os.getsid(pid):
                beside += child.memory_info().rss
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return (server.memory_info().rss + beside) / MEGABYTE, beside / MEGABYTE


def processor_seconds(pid: int) -> float:
    """Return how long processors have worked for a process since it began: the same on a machine that others use."""
    spent = psutil.Process(pid).cpu_times()
    return float(spent.user + spent.system)


def measure(
    address: str,
    pid: int,
    query: dict[str, str],
    *,
    sessions: int,
    actions: int | None,
    pause: float,
    seed: int = 0,
    minutes: float | None = None,
    cache: str | None = None,
    rest: float = REST,
) -> dict[str, Any]:
    """Let sessions act at the same time, and say what that took.

    Parameters
    ----------
    actions : int or None
        Of all sessions together, at most; None: as many as there is time for.
    pause : float
        Seconds before an action of a session, on average; so they do not all come at the same moment.
    minutes : float, optional
        They stop after so long.
    cache : str, optional
        Folder of the cache that is served; given, every fifth visitor starts runs.
    rest : float
        Seconds after the last action until the memory is read once more.

    Returns
    -------
    dict
        ``sizes`` (memory, see `Size`, after every twentieth action, at the end and after the rest), ``actions``,
        ``processor`` (`processor_seconds` of the server from the first action to the last),
        ``took`` (per kind of action: number, median and 95th percentile in seconds), ``failed`` (sentence: how often),
        ``errors`` (shown on pages) and ``runs`` (`Starts.account`; None where none are started).
    """
    starts = None if cache is None else Starts(Store(Path(cache)))
    shares = SHARES if starts is None else WORKING
    tours = [
        Tour(address, query, seed + at, shares=shares, starts=None if at % STARTERS else starts)
        for at in range(sessions)
    ]
    sizes, lock, done = [Size(0, 0.0, *server_megabytes(pid))], threading.Lock(), [0]
    worked = processor_seconds(pid)
    began, end = time.monotonic(), time.monotonic() + (float("inf") if minutes is None else 60 * minutes)

    def go(tour: Tour) -> None:
        while True:
            time.sleep(tour.rng.exponential(pause) if pause else 0.0)
            with lock:
                if (actions is not None and done[0] >= actions) or time.monotonic() >= end:
                    return
                done[0] += 1
                if done[0] % 20 == 0:
                    sizes.append(Size(done[0], time.monotonic() - began, *server_megabytes(pid)))
            tour.act()

    threads = [threading.Thread(target=go, args=(tour,)) for tour in tours]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    sizes.append(Size(done[0], time.monotonic() - began, *server_megabytes(pid)))
    worked = processor_seconds(pid) - worked
    for tour in tours:
        tour.visitor.close()
    time.sleep(rest)
    sizes.append(Size(done[0], time.monotonic() - began, *server_megabytes(pid)))
    spent: dict[str, list[float]] = {}
    for kind, seconds in (one for tour in tours for one in tour.took):
        spent.setdefault(kind, []).append(seconds)
    return {
        "sizes": [one._asdict() for one in sizes],
        "actions": done[0],
        "processor": worked,
        "took": {kind: {"n": len(all_), "median": float(np.median(all_)), "p95": float(np.quantile(all_, 0.95))}
                 for kind, all_ in spent.items()},
        "failed": dict(Counter(one for tour in tours for one in tour.failed)),
        "errors": sum(tour.n_errors for tour in tours),
        "runs": None if starts is None else starts.account(),
    }  # fmt: skip


def main() -> None:
    """Write as JSON what `measure` finds; the arguments are its own, as JSON."""
    sys.stdout.write(json.dumps(measure(**json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
