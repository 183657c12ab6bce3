"""What a report shows of the stars of a data set: figures as they were starred, pairs as texts, each with its note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.frame import starring
from dashboard.kit import glossary
from dashboard.kit.figure import Figure
from dashboard.pairs import words
from scpo.measures.accuracy import rows_of_country
from scpo.results import pairs as engine
from scpo.results.sides import offered_sides
from scpo.store import stars
from scpo.store.cache import Store
from scpo.store.scored import FinishedRun, Scored
from scpo.store.stars import Star, View, ViewStar


class Starred(NamedTuple):
    """A star with what it stands for: a view, or a pair; neither where that is gone."""

    star: Star
    view: View | None = None
    pair: engine.PairDetail | None = None
    after: float | None = None
    """Gap of the pair in the study's model of its own country, mean over seeds; None where there is none."""

    def figure(self, number: int) -> Figure | None:
        """Return the figure of a view, as it was; its files are called by the number."""
        if self.view is None:
            return None
        as_of = f"{self.view.caption.removesuffix('.')}. As of {self.star.starred_at[:10]}."
        return starring.figure_of(self.view.model_copy(update={"caption": as_of}), f"starred_{number}")

    def sentence(self) -> str:
        """Write in a sentence what is starred; where it cannot be shown, why."""
        if self.view is not None:
            return f"{self.star.title}."
        if self.pair is None:
            return f"{self.star.title}: starred, but not there any more."
        hidden = " Moderation has flagged its texts, so they are not printed." if self.pair.flagged else ""
        return f"{self.star.title}: {words.pair_title(self.pair.gap, self.after)}.{hidden}"

    def texts(self) -> pd.DataFrame | None:
        """Return prompt and responses of a pair as they are; None where they are not to be printed."""
        if self.pair is None or self.pair.flagged:
            return None
        sides = [words.side_words(self.pair.gap, self.after, chosen=chosen) for chosen in (True, False)]
        said = [self.pair.prompt, self.pair.chosen.response, self.pair.rejected.response]
        return pd.DataFrame({"What": ["Prompt", *map(glossary.said, sides)], "Text": said})


def gather(
    store: Store, scored: Scored, runs: Sequence[FinishedRun], setting: str | None, *, whose: str | None
) -> tuple[Starred, ...]:
    """Return what is starred in a data set, in order.

    Parameters
    ----------
    runs : sequence of FinishedRun
        Of the study.
    setting : str, optional
        The setting that the report tells of.
    whose : str or None
        Whose stars; None: those that all share.
    """
    listed = stars.read_stars(store, scored.info.name, whose=whose)
    if not listed:
        return ()
    index = engine.index_pairs(scored)
    own = offered_sides(scored, runs).get(setting or "")
    after = np.full(len(index), np.nan)
    if own is not None:
        rows = rows_of_country(scored.test_pairs["country"].to_numpy())
        after = engine.of_test_pairs(index, own.mean_gap(rows))
    return tuple(_found(store, scored, index, star, after, whose) for star in listed)


def _found(
    store: Store, scored: Scored, index: engine.PairIndex, star: Star, after: np.ndarray, whose: str | None
) -> Starred:
    if isinstance(star, ViewStar):
        there = stars.has_view(store, scored.info.name, star.view, whose=whose)
        return Starred(star, view=stars.read_view(store, scored.info.name, star.view, whose=whose) if there else None)
    row = index.row(star.pair_id)
    if row is None:
        return Starred(star)
    return Starred(star, pair=engine.read_pair(scored, row), after=None if np.isnan(after[row]) else float(after[row]))


def notes(starred: Sequence[Starred]) -> pd.DataFrame:
    """Return the notes with what each is about."""
    noted = [one for one in starred if one.star.note]
    return pd.DataFrame(
        {"About": [glossary.said(one.star.title) for one in noted], "Note": [one.star.note for one in noted]}
    )
