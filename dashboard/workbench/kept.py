"""What the sliders show of the training pairs: what is kept, by p_glo and by gap, and with which weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.tradeoff.previews import Bench
from dashboard.workbench.position import Position
from scpo.method.slider import gap_range, parts_by_p, weight_curve

BINS = 40
"""Bars of the histogram of p_glo over [0, 1]."""

GAP_BINS = 60
"""Bars of the gaps behind the weight curve."""


def kept_table(bench: Bench, position: Position, countries: Sequence[str], facts: pd.DataFrame) -> pd.DataFrame:
    """Return what `scpo` keeps of the training pairs of each country: counts, shares, effective sample size.

    Parameters
    ----------
    facts : DataFrame
        Of `frame.load.load_countries`: names and numbers of training users.
    """
    known = facts.set_index("country")
    rows = []
    for country in countries:
        (objective,) = position.objectives(country, ["scpo"])
        kept = bench.previewer.gaps(country).kept(objective)
        rows.append(
            {
                "country": country,
                "name": known["name"].get(country, country),
                "tau": objective.tau,
                "beta": objective.beta,
                "own": position.has_own(country),
                "train_users": known["train_users"].get(country, np.nan),
                "n_pairs": kept.n_pairs,
                "n_kept": kept.n_kept,
                "n_disagreeing": kept.n_disagreeing,
                "kept_share": kept.n_kept / kept.n_pairs,
                "effective": kept.effective,
                "effective_share": kept.effective / kept.n_pairs,
            }
        )
    return pd.DataFrame(rows)


def histogram(bench: Bench, position: Position, countries: Sequence[str]) -> pd.DataFrame:
    """Count the training pairs by p_glo: dropped, disagreement and mild agreement that are kept.

    Returns
    -------
    DataFrame
        One row per bin: `p_low`, `p_high`, `disagreement`, `agreement`, `dropped`; each country at its own tau.
    """
    at_tau = [(bench.previewer.gaps(country), position.at(country)[0]) for country in countries]
    edges, disagreement, agreement, dropped = parts_by_p(at_tau, bins=BINS)
    return pd.DataFrame(
        {
            "p_low": edges[:-1],
            "p_high": edges[1:],
            "disagreement": disagreement,
            "agreement": agreement,
            "dropped": dropped,
        }
    )


def curve(tau: float, beta: float, ends: tuple[float, float], *, dropped: bool) -> pd.DataFrame:
    """Return `gap` and `weight` of a pair up to the gap at tau; with `dropped`, 0 from there to the end."""
    gap, weight = weight_curve(tau, beta, ends, dropped=dropped)
    return pd.DataFrame({"gap": gap, "weight": weight})


def density(bench: Bench, countries: Sequence[str]) -> tuple[tuple[float, float], pd.DataFrame]:
    """Return the gaps between which nearly all training pairs lie, and where between them they do.

    Returns
    -------
    tuple of float
        Ends of the axis.
    DataFrame
        `gap`, `gap_high`, `n_pairs`, `height` (share of the fullest bin); what lies outside is left out.
    """
    gaps = [bench.previewer.gaps(country) for country in countries]
    ends = gap_range(gaps)
    edges = np.linspace(*ends, GAP_BINS + 1)
    counts = np.sum([one.histogram(edges) for one in gaps], axis=0)
    bars = {"gap": edges[:-1], "gap_high": edges[1:], "n_pairs": counts, "height": counts / max(1, np.max(counts))}
    return ends, pd.DataFrame(bars)
