"""Runs that visitors start and cancel with the buttons of the pages, and the account of what became of them."""

from __future__ import annotations

import threading
from collections import Counter

import numpy as np

from dashboard.visits.visitor import Shown, Visitor
from dashboard.workbench.position import SLIDERS
from dashboard.workbench.start import COUNTRIES, METHOD, SEEDS
from scpo.errors import ScpoError
from scpo.jobs.control import current_status
from scpo.methods import METHODS
from scpo.store.cache import Store
from scpo.store.runs import RunDirectory

EVERY = 60.0
"""Seconds between two starts of one visitor."""

ENDS = ("succeeded", "cancelled", "failed", "lost", "queued", "running", "no record")
"""What can have become of a run that was started."""


class Starts:
    """What visitors of one server have started; one starts at a time, so that new records are theirs."""

    def __init__(self, store: Store) -> None:
        self._store, self._lock = store, threading.Lock()
        self.clicks = 0
        """Times that the button of the sheet was pressed, for one run each."""

        self.runs: list[str] = []
        """Runs that there are since."""

        self.cancelled = 0
        """Times that *Cancel* was pressed."""

    def start(self, visitor: Visitor, query: dict[str, str], rng: np.random.Generator) -> str | None:
        """Start one run from the sheet of the Workbench, at places of the sliders that nobody has had.

        Returns
        -------
        str or None
            Its id; None if there is no record of it.

        Raises
        ------
        ScpoError
            If the page does not offer it.
        """
        visitor.open("workbench", **query)
        for name, low, high in (("tau", 0.4, 1.0), ("beta", 0.3, 4.0)):
            place = _offered(visitor, SLIDERS[name])
            visitor.move(place, double_array_value=[round(float(rng.uniform(low, high)), 2)])
        with self._lock:
            visitor.move(_offered(visitor, "workbench_start"), trigger_value=True)
            countries = list(_offered(visitor, COUNTRIES).content.options)
            seeds = list(_offered(visitor, SEEDS).content.options)
            visitor.move(_offered(visitor, METHOD), string_array_value=[METHODS["scpo"].label])
            visitor.move(_offered(visitor, COUNTRIES), string_array_value=[str(rng.choice(countries))])
            visitor.move(_offered(visitor, SEEDS), string_array_value=[str(rng.choice(seeds))])
            confirm = _offered(visitor, "workbench_confirm")
            before = set(self._store.names("runs"))
            visitor.move(confirm, trigger_value=True)
            self.clicks += 1
            new = sorted(set(self._store.names("runs")) - before)
            self.runs += new
        return new[0] if new else None

    def cancel(self, visitor: Visitor, query: dict[str, str], run: str) -> None:
        """Cancel a run on the page Runs, if it has not ended yet."""
        visitor.open("runs", **query, run=run)
        button = _offered(visitor, "cancel_run")
        if not button.content.disabled:
            visitor.move(button, trigger_value=True)
            self.cancelled += 1

    def account(self) -> dict[str, int]:
        """Say what became of every run: ``started``, which is the sum of the others, and each of `ENDS`."""
        found = Counter({"no record": self.clicks - len(self.runs)})
        for run in self.runs:
            try:
                found[current_status(self._store, RunDirectory(self._store, run).record())] += 1
            except ScpoError:
                found["no record"] += 1
        return {"started": self.clicks, **{end: found[end] for end in ENDS}}


def _offered(visitor: Visitor, key: str) -> Shown:
    found = visitor.widget(key)
    if found is None:
        raise ScpoError(f"the page shows no {key}")
    return found
