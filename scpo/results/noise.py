"""Where a model lands that knows nothing of a country: the global model with random noise on its gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scpo.measures.excess import MOST_NOISE, noise_curve
from scpo.results.frontier import MEAN
from scpo.store.scored import Scored

POINTS = 41


def noise_table(scored: Scored, countries: Sequence[str]) -> pd.DataFrame:
    """Return the noise curve of each country, and of their mean with equal weight if there are several.

    Returns
    -------
    DataFrame
        `country`, `noise` (standard deviations of the country's gaps, from 0 to `MOST_NOISE`), `true_value` and
        `all_value`; see `scpo.measures.excess.noise_curve`. NaN where the global model is never wrong.
    """
    pairs = scored.test_pairs
    noise = np.linspace(0.0, MOST_NOISE, POINTS)
    curves = {
        country: noise_curve(pairs.loc[pairs["country"] == country, "gap"].to_numpy(), points=POINTS)[1:]
        for country in countries
    }
    if len(curves) > 1:
        curves[MEAN] = tuple(np.mean([curve[side] for curve in curves.values()], axis=0) for side in (0, 1))
    parts = [
        pd.DataFrame({"country": country, "noise": noise, "true_value": true, "all_value": everything})
        for country, (true, everything) in curves.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
