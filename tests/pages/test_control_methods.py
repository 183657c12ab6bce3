"""Controls on the Trade-off: drawn small and grey, in the table, and never what a click or a start takes."""

import altair as alt
import numpy as np
import pandas as pd
import pytest
from hand.runs import finished_with
from reading import check_page, words

from dashboard.frame import load
from dashboard.frame.state import Selection
from dashboard.kit import theme
from dashboard.kit.table import twin
from dashboard.tradeoff import charts, control_marks, control_methods
from dashboard.tradeoff.columns import SETTINGS
from dashboard.tradeoff.previews import load_bench
from dashboard.workbench.position import Position
from dashboard.workbench.start import cost_words, planned
from scpo.config import ObjectiveConfig
from scpo.methods import METHODS, TRAINED
from scpo.results import MEAN, Previewer, PreviewError, control_rows, load_calibration, measured_controls


@pytest.fixture
def selection(cache_of, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(cache_of("many").root))
    return Selection("tastes", "rm", fingerprint="controls", setting="filter|0.6|-")


def test_the_page_shows_what_the_engine_measures(open_page, many, selection):
    from scpo.config import EvaluationConfig

    at = open_page("tradeoff", "many")
    check_page(at)
    assert "Small and grey: controls; hollow: last-layer previews." in words(at)
    assert "Shuffled labels: the country's users exchange their judgements" in words(at)
    settings = load.load_settings(selection)
    found = control_methods.load_controls(selection, settings, MEAN)
    assert found["method"].tolist() == ["shuffled", "pooled", "transfer", "length"]
    previewer = Previewer(many.scored, EvaluationConfig())
    calibration = load_calibration(many.store, previewer, many.runs, save=False)
    own = measured_controls(previewer, many.runs, ridge=calibration.ridge)
    rows = control_rows(own, many.scored, level=0.95, preview_error=PreviewError.of(calibration))
    wanted = pd.DataFrame(rows).query("country == @MEAN").set_index("method")
    for method in ("pooled", "length"):
        row = found.set_index("method").loc[method]
        assert row["all_value"] == pytest.approx(wanted.loc[method, "all_value"])
        assert row["excess_low"] == pytest.approx(wanted.loc[method, "excess_low"])
    assert found.set_index("method").loc["transfer", "based_on"] == "filter"


def test_another_country_selected_changes_no_number_of_a_control(selection):
    settings = load.load_settings(selection)
    alone = Selection("tastes", "rm", ("CHL",), fingerprint="controls", setting="filter|0.6|-")
    whole = control_methods.load_controls(selection, settings, "CHL")
    part = control_methods.load_controls(alone, load.load_settings(alone), "CHL")
    pd.testing.assert_frame_equal(whole.reset_index(drop=True), part.reset_index(drop=True))


def test_the_table_names_them_as_controls(selection):
    settings = load.load_settings(selection)
    rows = settings[settings["country"] == MEAN]
    grey = control_methods.load_controls(selection, settings, MEAN)
    shown = twin(pd.concat([rows, grey], ignore_index=True), SETTINGS)
    named = shown.set_index("Setting")["Control"]
    assert (named[[METHODS[m].label for m in ("pooled", "length")]] == "yes").all()
    assert set(named[rows.loc[rows["method"].isin(["global", "scpo"]), "setting_label"]]) == {"no"}


def test_they_are_drawn_small_grey_and_by_name_and_have_no_point_to_click(selection):
    settings = load.load_settings(selection)
    rows = settings[settings["country"] == MEAN]
    grey = control_methods.load_controls(selection, settings, MEAN)
    whole = alt.Scale(domain=[0, 1], type="linear")
    axes = alt.X("true_value:Q", scale=whole), alt.Y("all_value:Q", scale=whole)
    layers = [one.to_dict() for one in control_marks.layers(grey, *axes, dark=False)]
    marks = [one["mark"] for one in layers if one["mark"]["type"] == "point"]
    assert len(marks) == 4 and {mark["color"] for mark in marks} == {theme.METHODS["random"].colour}
    assert all(mark["size"] < 60 for mark in marks)
    assert [mark["filled"] for mark in marks] == [False, False, True, True]  # two previews, two that fit nothing
    assert len({mark["shape"] for mark in marks}) == 4
    assert all("point" not in row for one in layers for row in next(iter(one["datasets"].values())))
    with_them = charts.tradeoff_chart(rows, log=False, dark=False, controls=grey).to_dict()
    low, high = with_them["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low <= grey["all_value"].min() and high >= grey["all_value"].max()


def test_what_has_no_number_yet_is_named(open_page):
    found = words(open_page("tradeoff", "one"))
    assert "No numbers yet: pooled countries and other countries' models." in found


def test_a_store_with_runs_of_controls_alone_has_its_pages(open_page, own_cache, many):
    store = own_cache("scored")
    config = many.runs[0].config.model_copy(update={"objective": ObjectiveConfig(method="shuffled"), "country": "CHL"})
    finished_with(store, config, many.scored.scores.reward + np.arange(len(many.scored.scores.reward)) % 3 * 0.01)
    at = open_page("tradeoff", store)
    check_page(at)
    assert "No setting can be chosen yet" in words(at)
    at.selectbox(key="country").select("CHL").run()
    check_page(at)
    for page in ("brief", "bias", "workbench"):
        check_page(open_page(page, store))


def test_only_what_can_be_finetuned_is_offered(open_page):
    at = open_page("workbench", "many")
    at.button(key="workbench_start").click().run()
    check_page(at)
    assert at.multiselect(key="workbench_start_methods").options == [METHODS[name].label for name in TRAINED]


def test_what_shuffled_labels_will_cost_is_known_before_they_are_started(selection):
    bench = load_bench(selection)
    configs = planned(bench, Position(), ["CHL"], ["shuffled"], [0, 1], bench.training)
    assert [config.objective.method for config in configs] == ["shuffled", "shuffled"]
    assert cost_words(selection, bench, configs)
