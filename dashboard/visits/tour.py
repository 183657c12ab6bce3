"""What people do with the pages, in the shares that they do it, by visitors of the real server."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import psutil

from dashboard.data.upload import FILE
from dashboard.frame.way import PAGES
from dashboard.visits.visitor import Visitor
from dashboard.workbench.position import SLIDERS
from scpo.errors import RunError

FIGURES = ("", "divergence", "tradeoff", "bias", "compare", "behaviour")
"""Pages with figures that are exported; the Workbench makes its buttons once their box is opened."""

SHARES = {"load": 8, "slide": 5, "export": 3, "read": 2, "bring": 1, "update": 1}
"""Of twenty actions: pages opened, sliders moved, figures exported, pairs read, own files checked, live updates."""

MEGABYTE = 1e6


class Tour:
    """Actions of one session, drawn with a seed; what they took is kept."""

    def __init__(self, address: str, query: dict[str, str], seed: int) -> None:
        self.visitor, self.query = Visitor(address), query
        self.rng = np.random.default_rng(seed)
        self.took: list[tuple[str, float]] = []
        """Kind and seconds of each action."""

        self.failed: list[str] = []
        self.load("")

    def act(self) -> None:
        """Do one thing; what fails or shows an error is kept as a sentence."""
        kind = str(self.rng.choice(list(SHARES), p=np.array(list(SHARES.values())) / sum(SHARES.values())))
        began = time.monotonic()
        try:
            getattr(self, kind)()
        except (RunError, OSError) as error:
            self.failed.append(f"{kind}: {error}")
        else:
            self.took.append((kind, time.monotonic() - began))
            self.failed += [f"{kind}: {one.content.body}" for one in self.visitor.shown.values() if one.kind == "alert"
                            and one.content.format == one.content.ERROR]  # fmt: skip

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


class Size(NamedTuple):
    """Memory of the server and of what it started."""

    actions: int
    megabytes: float


def server_megabytes(pid: int) -> float:
    """Return the resident memory of a process and its children in megabytes."""
    server = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (server, *server.children(recursive=True))) / MEGABYTE


def measure(
    address: str, pid: int, query: dict[str, str], *, sessions: int, actions: int, pause: float, seed: int = 0
) -> dict[str, Any]:
    """Let sessions act at the same time, and say what that took.

    Parameters
    ----------
    actions : int
        Of all sessions together.
    pause : float
        Seconds between two actions of one session, on average.

    Returns
    -------
    dict
        ``sizes`` (memory after every twentieth action), ``took`` (per kind of action: number, median and 95th
        percentile in seconds) and ``failed`` (sentence: how often).
    """
    tours = [Tour(address, query, seed + at) for at in range(sessions)]
    sizes, lock, done = [Size(0, server_megabytes(pid))], threading.Lock(), [0]

    def go(tour: Tour) -> None:
        while True:
            with lock:
                if done[0] >= actions:
                    return
                done[0] += 1
                if done[0] % 20 == 0:
                    sizes.append(Size(done[0], server_megabytes(pid)))
            tour.act()
            time.sleep(tour.rng.exponential(pause) if pause else 0.0)

    threads = [threading.Thread(target=go, args=(tour,)) for tour in tours]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    sizes.append(Size(done[0], server_megabytes(pid)))
    for tour in tours:
        tour.visitor.close()
    spent: dict[str, list[float]] = {}
    for kind, seconds in (one for tour in tours for one in tour.took):
        spent.setdefault(kind, []).append(seconds)
    return {
        "sizes": [one._asdict() for one in sizes],
        "took": {kind: {"n": len(all_), "median": float(np.median(all_)), "p95": float(np.quantile(all_, 0.95))}
                 for kind, all_ in spent.items()},
        "failed": dict(Counter(one for tour in tours for one in tour.failed)),
    }  # fmt: skip


def main() -> None:
    """Write as JSON what `measure` finds; the arguments are its own, as JSON."""
    sys.stdout.write(json.dumps(measure(**json.loads(sys.argv[1]))))


if __name__ == "__main__":
    main()
