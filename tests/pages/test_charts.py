"""Charts: scales, what is drawn for awkward numbers, and files."""

import math
import re

import altair as alt
import pandas as pd
import pytest
import world

from dashboard.bias.charts import matrix as bias
from dashboard.bias.charts.steering import over_steering_chart
from dashboard.brief import charts as forest
from dashboard.brief import words
from dashboard.frame import load as data
from dashboard.frame.state import Selection
from dashboard.kit import exports, marks, scales, theme
from dashboard.kit.table import twin
from dashboard.tradeoff import charts as tradeoff
from dashboard.tradeoff.columns import SETTINGS
from scpo import results
from scpo.config import EvaluationConfig
from scpo.methods import CONTROLS


@pytest.fixture
def selection(cache_of, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(cache_of("many").root))
    return Selection("tastes", "rm", fingerprint="charts")


@pytest.fixture
def settings(selection):
    return data.load_settings(selection)


@pytest.fixture
def cells(selection):
    table = data.load_bias(selection)
    return table[table["setting"] == "scpo|0.7|1.1"]


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("domain", [(0.013, 0.437), (0.612, 0.7441), (0.0051, 1.0), (0.02, 0.021)])
def test_a_coarse_domain_holds_the_fine_one_and_does_not_move_with_it(domain, log):
    low, high = scales.coarse(domain, log=log)
    assert 0 < low <= domain[0] and domain[1] <= high <= 1 and low < high if log else low <= domain[0] < high
    assert scales.coarse((low + 1e-4, high - 1e-4), log=log) == (low, high)


def test_a_log_axis_starts_above_zero_and_an_axis_of_shares_ends_at_one():
    low, high = scales.share_domain([0.0, 0.02, 0.99, math.nan], log=True)
    assert 0 < low <= 0.02 and high == 1.0
    assert scales.share_domain([0.0, 0.5], log=False)[0] == 0.0


def test_every_tick_lies_inside_its_domain_and_there_are_few():
    for domain, log in [((0.02, 0.7), True), ((0.5, 0.7), True), ((0.0, 1.0), False), ((0.61, 0.63), False)]:
        found = scales.ticks(domain, log=log, most=6)
        assert 1 <= len(found) <= 6
        assert all(domain[0] <= t <= domain[1] for t in found)


def test_the_scale_of_differences_is_symmetric_in_steps_of_five_points():
    assert scales.symmetric_end([0.01, -0.072]) == pytest.approx(0.10)
    assert scales.symmetric_end([math.nan]) == pytest.approx(0.05)
    assert scales.symmetric_end([0.15]) == pytest.approx(0.15)


def test_points_without_a_place_on_log_axes_are_left_out_but_zero_is_drawn_on_linear_axes(settings):
    odd = settings[(settings["country"] == "CHL") & (settings["method"] != "global")].copy()
    odd.iloc[0, odd.columns.get_loc("true_value")] = 0.0
    odd.iloc[1, odd.columns.get_loc("true_value")] = math.nan
    n_settings = len(world.FINETUNED) + len(world.FITTED)
    assert (odd["true_value"].iloc[2:] > 0).all()
    assert len(tradeoff.drawable(odd, log=True)) == n_settings - 2
    assert len(tradeoff.drawable(odd, log=False)) == n_settings - 1


def test_colours_and_shapes_tell_all_methods_apart():
    assert len({look.shape for look in theme.METHODS.values()}) == len(theme.METHODS)
    judged = [look.colour for name, look in theme.METHODS.items() if name not in CONTROLS]
    grey = {theme.METHODS[name].colour for name in CONTROLS}
    assert len({*judged}) == len(judged) and len(grey) == 1 and not grey & {*judged}


def test_the_mark_of_a_cell_says_why_there_is_no_number(cells):
    few = cells[cells["tested_on"] == "ISR"].iloc[0]
    assert bias._cell_label(few, few_users=True) == "n = 8"
    assert bias._cell_label(few.copy().replace({few["diff_value"]: math.nan}), few_users=False) == "–"


def test_a_cell_carries_the_filled_dot_only_if_holm_keeps_it():
    row = pd.Series({"diff_value": 0.031, "holm": 0.049, "n_users": 30})
    assert bias._cell_label(row, few_users=False) == "+3.1 ●"
    row["holm"] = 0.051
    assert bias._cell_label(row, few_users=False) == "+3.1"


@pytest.mark.parametrize("dark", [False, True])
def test_every_chart_becomes_a_picture_with_its_caption(many, settings, cells, dark):
    mean = settings[settings["country"] == "mean"]
    one = settings[settings["setting"] == "scpo|0.7|1.1"]
    countries = results.country_table(many.scored, EvaluationConfig())
    countries = countries.assign(too_few_users=countries["n_users"] < 10)
    verdicts = results.over_steering_table(many.scored, many.runs, EvaluationConfig())
    points = results.steering_points(settings, verdicts)
    charts = [
        tradeoff.tradeoff_chart(mean, log=True, dark=dark, selected="scpo|0.7|1.1"),
        tradeoff.small_multiples(settings[settings["country"] != "mean"], log=False, dark=dark),
        forest.gain_chart(one, dark=dark),
        forest.global_chart(countries, dark=dark),
        bias.matrix_chart(cells, end=0.1, dark=dark, selected="ZAF→NZL"),
        over_steering_chart(points, dark=dark),
    ]
    for chart in charts:
        spec = exports.figure_spec(
            chart, title="A finding", subtitle="What", caption="Synthetic sample: says nothing.", size="Column (3.3 in)"
        )
        assert b"Synthetic" in exports.render(spec, "svg")


@pytest.mark.parametrize("log", [True, False])
def test_the_noise_curve_stands_behind_the_settings_it_is_drawn_for(many, settings, log):
    rows = settings[settings["country"] == "mean"]
    noise = results.noise_table(many.scored, rows["countries"].iloc[0])
    drawn = tradeoff.tradeoff_chart(rows, log=log, dark=False, noise=noise).to_dict()
    line = next(layer for layer in drawn["layer"] if layer["mark"]["type"] == "line")
    curve = pd.DataFrame(drawn["datasets"][line["data"]["name"]])
    mean = noise[(noise["country"] == "mean") & ((noise["true_value"] > 0) | (not log))]
    assert curve["all_value"].tolist() == pytest.approx(mean["all_value"].tolist())
    labels = [layer["encoding"]["text"].get("value") for layer in drawn["layer"] if "text" in layer["encoding"]]
    assert any("break-even" in label for label in labels if isinstance(label, str))


def test_files_have_the_signature_of_their_format(settings):
    chart = tradeoff.tradeoff_chart(settings[settings["country"] == "mean"], log=True, dark=False)
    spec = exports.figure_spec(chart, title="T", subtitle="S", caption="C", size="Page (6.9 in)")
    assert exports.render(spec, "png").startswith(b"\x89PNG")
    assert exports.render(spec, "pdf").startswith(b"%PDF")


def test_a_csv_holds_fractions_and_names_its_source(settings):
    lines = exports.csv(settings.head(3)[["name", "all_value", "runs"]], "Data: sample;\nruns: 1").decode().splitlines()
    assert lines[0] == "# Data: sample; runs: 1"
    assert 0 < float(lines[2].split(",")[1]) < 1


def test_the_table_twin_has_percent_and_keeps_unknown_empty(settings):
    odd = settings[(settings["country"] == "CHL") & (settings["method"] == "inverse")].assign(true_value=math.nan)
    shown = twin(odd, SETTINGS).iloc[0]
    assert pd.isna(shown["Recovered share, %"])
    assert shown["All-country, %"] == pytest.approx(100 * odd["all_value"].iloc[0], abs=0.05)
    assert shown["Too few users"] == "no"


def test_a_country_with_few_users_is_never_named_best_or_worst(many):
    countries = results.country_table(many.scored, EvaluationConfig())
    countries.loc[countries["country"] == "ISR", "value"] = 0.01
    assert "Israel" not in words.disagreement(countries, 0.95)


@pytest.mark.parametrize("end", [0.004, 0.0125, 0.06, 0.4])
def test_no_two_ticks_of_an_axis_in_points_read_alike(end):
    place = pd.DataFrame({"x": [0.0]})
    axis = alt.X("x:Q", title=None, **marks.in_points((-end, end), ticks=12))
    svg = exports.render(alt.Chart(place, width=600).mark_point().encode(x=axis).to_dict(), "svg").decode()
    said = re.findall(r"<text[^>]*>([^<]+)</text>", svg)
    assert len(said) > 4 and "0" in said and len(set(said)) == len(said)


@pytest.mark.parametrize("dark", [False, True])
def test_a_slide_has_the_ground_of_the_mode_that_its_chart_is_drawn_for(dark):
    """On another ground its open dots would look filled."""
    chart = alt.Chart(pd.DataFrame({"x": [1.0], "y": [2.0]})).mark_point().encode(x="x:Q", y="y:Q")
    spec = exports.figure_spec(chart, title="", subtitle="", caption="", size=exports.SLIDE, dark=dark)
    assert spec["config"]["background"] == theme.surface(dark=dark).background
