"""What the sliders show of the training pairs: what is kept, by p_glo and by gap, and with which weight."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import logit

from dashboard.tradeoff.previews import Bench
from dashboard.workbench.position import Position
from scpo.config import ObjectiveConfig
from scpo.method.objective import pair_weights

BINS = 40
"""Bars of the histogram of p_glo over [0, 1]."""


def kept_table(bench: Bench, position: Position, countries: Sequence[str], facts: pd.DataFrame) -> pd.DataFrame:
    """Return what `scpo` keeps of the training pairs of each country: counts, shares, effective sample size.

    Parameters
    ----------
    facts : DataFrame
        Of `data.load_countries`: names and numbers of training users.
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
    edges = np.linspace(0.0, 1.0, BINS + 1)
    counts = np.zeros((3, BINS), dtype=np.int64)
    for country in countries:
        gaps, (tau, _) = bench.previewer.gaps(country), position.at(country)
        whole = gaps.histogram(_gap(edges))
        kept = gaps.histogram(_gap(np.minimum(edges, tau))) if tau < 1 else whole
        # Half of the bins lie below p = 1/2, where the global model disagrees.
        counts[0, : BINS // 2] += kept[: BINS // 2]
        counts[1, BINS // 2 :] += kept[BINS // 2 :]
        counts[2] += whole - kept
    return pd.DataFrame(
        {
            "p_low": edges[:-1],
            "p_high": edges[1:],
            "disagreement": counts[0],
            "agreement": counts[1],
            "dropped": counts[2],
        }
    )


def _gap(p: np.ndarray) -> np.ndarray:
    """Return the gaps at which p_glo takes these values; the ends are infinite."""
    return logit(np.asarray(p, dtype=float))


def gap_range(bench: Bench, countries: Sequence[str]) -> tuple[float, float]:
    """Return the gaps between which almost all training pairs lie, rounded outwards to half logits."""
    ends = [np.quantile(bench.previewer.gaps(country).gap, [0.005, 0.995]) for country in countries]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return min(-1.5, float(np.floor(2 * low) / 2)), max(1.5, float(np.ceil(2 * high) / 2))


def weight_curve(
    tau: float, beta: float, ends: tuple[float, float], *, dropped: bool, points: int = 120
) -> pd.DataFrame:
    """Return the weight of a pair over its gap up to the gap at tau; with `dropped`, 0 from there to the end."""
    cut = float(_gap(np.array(tau)))
    gap = np.unique(np.append(np.linspace(*ends, points), [0.0]))
    inside = [cut] if ends[0] < cut < ends[1] else []
    kept = np.append(gap[gap < cut], inside)
    gone = np.append(inside, gap[gap >= cut]) if dropped else np.empty(0)
    weight = np.append(pair_weights(kept, ObjectiveConfig(method="weight", beta=beta)), np.zeros(len(gone)))
    return pd.DataFrame({"gap": np.append(kept, gone), "weight": weight})


def density(bench: Bench, countries: Sequence[str], ends: tuple[float, float], *, bins: int = 60) -> pd.DataFrame:
    """Return where the pairs lie along the gap, as shares of the fullest bin; what lies outside is left out."""
    edges = np.linspace(*ends, bins + 1)
    counts = sum(bench.previewer.gaps(country).histogram(edges) for country in countries)
    return pd.DataFrame(
        {"gap": edges[:-1], "gap_high": edges[1:], "n_pairs": counts, "height": counts / max(1, np.max(counts))}
    )
