"""Picks, the way to best-of-n, and writers, as pictures."""

from __future__ import annotations

import altair as alt
import pandas as pd

from dashboard.kit import marks, scales, text, theme

JUDGES = ("People", "Global model", "Country's model")
ROW = marks.ROW


def picks_chart(rows: pd.DataFrame, *, dark: bool, selected: str) -> alt.TopLevelMixin:
    """Draw how much people like the pick of each setting: dot, thick 80 % and thin 95 % bar, a random pick dashed.

    Parameters
    ----------
    rows : DataFrame
        Of one country in `results.behaviour_table`, the global model included.
    selected : str
        Setting that is drawn strongly.
    """
    shown = rows.assign(
        ink=marks.inks(rows),
        label=[_unique(row, rows) for _, row in rows.iterrows()],
        strong=(rows["setting"] == selected) | (rows["method"] == "global"),
        words=[text.share_estimate(row, "picked") for _, row in rows.iterrows()],
        gain_words=[
            "" if row["method"] == "global" else text.difference_estimate(row, "gain") for _, row in rows.iterrows()
        ],
        changed_words=[
            "" if row["method"] == "global" else text.percent(row["changed_value"]) for _, row in rows.iterrows()
        ],
        sample=[_sample(row) for _, row in rows.iterrows()],
    )
    order = shown.sort_values("picked_value", ascending=False)["label"].tolist()
    domain = scales.share_domain([*shown[["picked_low", "picked_high"]].to_numpy(dtype=float).ravel(), 0.5], log=False)
    x = alt.X("picked_value:Q", title="Win share of the pick", **marks.in_shares(domain, most=8))
    y = marks.rows_y("label", order)
    tooltip = marks.tooltip(
        label="setting",
        words="win share",
        gain_words="against the global pick",
        changed_words="picks changed",
        sample="on",
    )
    return _dots(shown, x, y, tooltip, prefix="picked_", at=0.5, note="random pick", dark=dark)


def _sample(row: pd.Series) -> str:
    return f"{text.count(row['n_turns'], 'turn')}, {text.count(row['n_users'], 'user')}"


def _unique(row: pd.Series, rows: pd.DataFrame) -> str:
    label: str = row["setting_label"]
    return label if (rows["setting_label"] == label).sum() == 1 else f"{label} {row['setting']}"


def _dots(
    table: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    tooltip: list[alt.Tooltip],
    *,
    prefix: str,
    at: float,
    note: str,
    dark: bool,
) -> alt.TopLevelMixin:
    """Draw values with both intervals against a dashed line; `strong` rows strongly, the others faded."""
    base = alt.Chart(table)
    ink = alt.Stroke("ink:N", scale=None)
    faded = alt.condition("datum.strong", alt.value(1.0), alt.value(0.7))
    line = alt.Chart(pd.DataFrame({"at": [at], "note": [note]}))
    rule = line.mark_rule(color=theme.RULE, strokeDash=[4, 3]).encode(x=marks.moved(x, "at"))
    said = line.mark_text(align="left", dx=5, dy=-2, baseline="bottom", color=theme.surface(dark=dark).muted)
    said = said.encode(x=marks.moved(x, "at"), y=alt.value(0), text="note:N")
    thin = base.mark_rule(strokeWidth=1.6, clip=True).encode(
        x=marks.moved(x, f"{prefix}low"), x2=f"{prefix}high:Q", y=y, stroke=ink, opacity=faded
    )
    thick = base.mark_rule(strokeWidth=5, clip=True).encode(
        x=marks.moved(x, f"{prefix}inner_low"),
        x2=f"{prefix}inner_high:Q",
        y=y,
        stroke=ink,
        opacity=alt.condition("datum.strong", alt.value(0.55), alt.value(0.35)),
    )
    dots = base.mark_point(filled=True, size=110, strokeWidth=2, shape="circle").encode(
        x=x, y=y, stroke=ink, color=alt.Color("ink:N", scale=None), opacity=faded, tooltip=tooltip
    )
    dots = dots.add_params(alt.selection_point(name="pick", fields=["setting"]))
    return alt.layer(rule, said, thin, thick, dots).properties(height=alt.Step(ROW), width="container")


def countries_chart(rows: pd.DataFrame, *, dark: bool) -> alt.TopLevelMixin:
    """Draw the paired difference of win share to the global pick per country, the mean last."""
    known = rows.dropna(subset=["gain_value"])
    few = known["too_few_users"].astype(bool)
    shown = known.assign(
        label=marks.row_labels(known),
        sure=(known["gain_holm"] < text.ALPHA) & ~few,
        ink=marks.sign_inks(known["gain_value"], few),
        is_mean=known["country"] == "mean",
        words=[text.difference_estimate(row, "gain") for _, row in known.iterrows()],
        holm=[text.p_value(value) for value in known["gain_holm"]],
        changed_words=[text.percent(value) for value in known["changed_value"]],
        visible=[text.points(value).lstrip("+") for value in known["gain_visible"]],
        sample=[_sample(row) for _, row in known.iterrows()],
    )
    order = shown.sort_values(["is_mean", "too_few_users", "gain_value"], ascending=[True, True, False])["label"]
    end = scales.symmetric_end(shown[["gain_low", "gain_high"]].to_numpy(dtype=float).ravel())
    x = alt.X("gain_value:Q", title="Change of win share, points", **marks.in_points((-end, end), ticks=6))
    y = marks.rows_y("label", order)
    tooltip = marks.tooltip(
        name="country",
        words="difference to the global pick",
        holm="p, corrected",
        visible="smallest change that would be seen",
        changed_words="picks changed",
        sample="on",
    )
    return marks.interval_dots(shown, x, y, tooltip, prefix="gain_", row=ROW, dark=dark)


def curve_chart(steps: pd.DataFrame, *, number: str, selected: str, step: int) -> alt.TopLevelMixin:
    """Draw the way from random to best-of-n of every setting, the selected one strongly, with its interval.

    Parameters
    ----------
    steps : DataFrame
        Of `results.curve_table` in one country, with `words`.
    number : {"picked", "reward"}
        What stands upwards: people's win share, or the model's own reward.
    step : int
        Where on the way a ring marks the policy.
    """
    people = number == "picked"
    value, low, high = (f"{number}_{end}" for end in ("value", "low", "high"))
    own = steps[steps["setting"] == selected]
    known = steps.assign(
        strong=steps["setting"].eq(selected) | steps["method"].eq("global"),
        dashed=steps["method"].eq("global"),
    )
    ends = [*known[value], *own[low], *own[high]]
    if people:
        upwards = marks.in_shares(scales.share_domain([*ends, 0.5], log=False), most=8)
    else:
        top = max(known[value].max(), own[high].max(), 0.1)
        scale = alt.Scale(domain=[min(0.0, own[low].min()), 1.05 * top], nice=False)
        upwards = {"scale": scale, "axis": alt.Axis(format=".1f", tickCount=6)}
    x = alt.X(
        "kl_value:Q",
        title="KL from a random response, nats",
        scale=alt.Scale(domain=[0, 1.04 * max(known["kl_value"].max(), 0.01)], nice=False),
        axis=alt.Axis(format=".1f", tickCount=6),
    )
    y = alt.Y(f"{value}:Q", title="People's win share" if people else "Own reward above random, SD", **upwards)
    colours, _ = marks.method_scales(known)
    legend = alt.Legend(title="Method", orient="bottom", columns=3, symbolType="stroke") if people else None
    colour = alt.Color("method_label:N", scale=colours, legend=legend)
    base = alt.Chart(known)
    lines = base.mark_line(strokeWidth=2.2, interpolate="linear", clip=True).encode(
        x=x,
        y=y,
        color=colour,
        detail="setting:N",
        order="step:Q",
        opacity=alt.condition("datum.strong", alt.value(1.0), alt.value(0.35)),
        strokeDash=alt.condition("datum.dashed", alt.value([6, 4]), alt.value([1, 0])),
    )
    look = theme.METHODS[own["method"].iloc[0]].colour if len(own) else theme.RULE
    band = (
        alt.Chart(own).mark_area(color=look, opacity=0.16, clip=True).encode(x=x, y=marks.moved(y, low), y2=f"{high}:Q")
    )
    here = known[known["strong"] & known["step"].eq(step)]
    rings = alt.Chart(here).mark_point(filled=False, size=190, strokeWidth=2.4, color=theme.RING, shape="circle")
    dots = (
        base.transform_filter("datum.strong")
        .mark_point(filled=True, size=34, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("method_label:N", scale=colours, legend=None) if not people else colour,
            tooltip=marks.tooltip(
                {"kl_value": ".2f", "reward_value": ".2f"},
                setting_label="setting",
                b_words="b, SD of rewards",
                kl_value="KL, nats",
                words="win share",
                reward_value="reward above random, SD",
            ),
        )
    )
    layers = [band, lines, dots, rings.encode(x=x, y=y)]
    if people:
        layers = [marks.rule_at(y, 0.5, "half", dash=(2, 3)), *layers]
    return alt.layer(*layers).properties(height=340, width="container")


def writers_chart(table: pd.DataFrame, *, method: str, dark: bool) -> alt.TopLevelMixin:
    """Draw how often each writer wins against an average rival: by people, the global model, the countries' models."""
    inks = (theme.surface(dark=dark).text, theme.METHODS["global"].colour, theme.METHODS[method].colour)
    parts = []
    for judge, name, ink in zip(("people", "global", "tuned"), JUDGES, inks, strict=True):
        part = table[["writer", "too_few_users", "n_pairs", "n_users"]].assign(
            judge=name,
            ink=[theme.FEW if few else ink for few in table["too_few_users"]],
            **{end: table[f"{judge}_{end}"] for end in ("value", "low", "high")},
            rank=[one or "no rank, too few users" for one in table[f"{judge}_rank"]],
        )
        parts.append(part)
    long = pd.concat(parts, ignore_index=True).dropna(subset=["value"])
    long = long.assign(
        words=[text.share_estimate(r) for _, r in long.iterrows()],
        sample=[text.sample_text(row) for _, row in long.iterrows()],
    )
    domain = scales.share_domain([*long["low"], *long["high"], 0.5], log=False)
    x = alt.X("value:Q", title="Wins against an average rival", **marks.in_shares(domain, most=8))
    y = marks.rows_y("writer", table["writer"], scale=alt.Scale(paddingInner=0.35))
    offset = alt.YOffset("judge:N", sort=list(JUDGES))
    shapes = alt.Scale(domain=list(JUDGES), range=["circle", "square", "diamond"])
    colours = alt.Scale(domain=list(JUDGES), range=list(inks))
    legend = alt.Legend(title="Ranked by", orient="bottom")
    base = alt.Chart(long)
    bars = base.mark_rule(strokeWidth=2, clip=True).encode(
        x=marks.moved(x, "low"), x2="high:Q", y=y, yOffset=offset, stroke=alt.Stroke("ink:N", scale=None)
    )
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=x,
        y=y,
        yOffset=offset,
        color=alt.condition(
            "datum.too_few_users", alt.value(theme.FEW), alt.Color("judge:N", scale=colours, legend=legend)
        ),
        shape=alt.Shape("judge:N", scale=shapes, legend=legend),
        tooltip=marks.tooltip(writer="writer", judge="ranked by", words="wins", rank="rank", sample="on"),
    )
    return alt.layer(marks.rule_at(x, 0.5, "half"), bars, dots).properties(height=alt.Step(10), width="container")
