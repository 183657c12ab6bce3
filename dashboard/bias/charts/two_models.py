"""The global model and the countries' own in one chart: told apart by colour and shape."""

from __future__ import annotations

from typing import Any

import altair as alt

from dashboard.kit import theme

GLOBAL, OWN = "Global model", "Own country's model"


def encoding(method: str) -> dict[str, Any]:
    """Return colour and shape by the column ``which``; grey where ``too_few_users``.

    Parameters
    ----------
    method : str
        Of the countries' models.
    """
    domain, look = [GLOBAL, OWN], theme.METHODS[method]
    legend = alt.Legend(title="Model", orient="top", direction="vertical", symbolSize=90, symbolOpacity=1)
    colours = alt.Scale(domain=domain, range=[theme.METHODS["global"].colour, look.colour])
    shapes = alt.Scale(domain=domain, range=["square", "circle"])
    return {
        "color": alt.condition(
            "datum.too_few_users", alt.value(theme.FEW), alt.Color("which:N", scale=colours, legend=legend)
        ),
        "shape": alt.Shape("which:N", scale=shapes, legend=legend),
    }


def inks(method: str) -> dict[str, str]:
    """Return the colour of each model, for lines that ask for no legend."""
    return {GLOBAL: theme.METHODS["global"].colour, OWN: theme.METHODS[method].colour}
