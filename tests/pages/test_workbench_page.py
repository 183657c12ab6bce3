"""The Workbench: sliders and numbers in step, own values, previews, proposals, and the way to a finetune."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from reading import check_page, standing, too_long, words
from scipy.special import expit
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import NumberInput, Selectbox, Slider, Toggle
from world import BUDGET, MARKUP, PEOPLE

from dashboard.frame import sidebar
from dashboard.frame.state import Selection
from dashboard.kit import clicks, marks, text
from dashboard.tradeoff import controls, preview_marks, previews
from dashboard.workbench import kept as kept_pairs
from dashboard.workbench import load as workbench_load
from dashboard.workbench import position, proposal, queued, view
from dashboard.workbench import start as workbench_start
from dashboard.workbench import words as workbench_words
from dashboard.workbench.charts import preview as charts
from dashboard.workbench.position import Position
from scpo import results
from scpo.config import DEFAULT_TRAINING, EvaluationConfig, ObjectiveConfig, TrainingConfig
from scpo.jobs.queue import Queue
from scpo.method.objective import pair_weights
from scpo.methods import PREVIEWED
from scpo.models import SAMPLE_MODEL, base_training
from scpo.once import Once
from scpo.results import MEAN, NextTurn, preview
from scpo.store.cache import Store, write_json
from scpo.store.calibrations import calibration_key
from scpo.store.runs import RunDirectory

FIGURES = ("pairs", "weights", "kept", "preview")


@pytest.fixture
def open_workbench(open_page):
    def open_(cache: str | Store = "many", query: dict[str, str] | None = None) -> AppTest:
        return open_page("workbench", cache, query=query)

    return open_


@pytest.fixture(scope="session")
def previewer(many):
    return results.Previewer(many.scored, EvaluationConfig())


@pytest.fixture(scope="session")
def calibration(many, previewer):
    return results.load_calibration(many.store, previewer, many.runs, save=False)


@pytest.fixture
def bench(many, previewer, calibration):
    """Return a bench that has measured nothing yet."""

    def measure(previewer, runs, countries):
        return results.setting_rows(
            many.scored, runs, EvaluationConfig(), countries=countries, ruler=previewer.ruler, others=False
        )

    return previews.Bench(previewer, calibration, measure)


def slider(at: AppTest, name: str) -> Slider:
    return standing(at.slider, position.SLIDERS[name])


def number(at: AppTest, name: str) -> NumberInput:
    return standing(at.number_input, position.NUMBERS[name])


def country(at: AppTest) -> Selectbox:
    return standing(at.selectbox, position.VIEW)


def own_values(at: AppTest, country: str) -> Toggle:
    return standing(at.toggle, f"{position.OWN}_{country}")


def title(at: AppTest) -> str:
    """Return what the pairs are headed with: where the sliders stand, and what the filter keeps there."""
    return next(shown for shown in (one.value.replace("\\", "") for one in at.subheader) if shown.startswith("τ"))


@pytest.fixture
def marked(monkeypatch):
    """Return what the last picture of the previews has marked beside them: setting by label."""
    seen: dict[str, str] = {}

    def draw(rows, finished, noise, ghosts, **rest):
        seen.clear()
        seen.update({one["ghost"]: one["setting_label"] for one in ghosts})
        return charts.preview_chart(rows, finished, noise, ghosts, **rest)

    monkeypatch.setattr(view, "preview_chart", draw)
    return seen


@pytest.mark.parametrize("scenario", ["scored", "one", "partial", "many"])
def test_the_page_shows_sliders_previews_and_their_tables(open_workbench, scenario):
    at = open_workbench(scenario)
    check_page(at)
    assert title(at).startswith("τ 0.70, β 1.10 keep ")
    fidelity = scenario in ("partial", "many")
    assert len(at.dataframe) == fidelity, "tables of closed boxes are not made"
    files = {f"workbench_{name}_{form}" for name in FIGURES for form in ("png", "svg", "pdf", "csv")}
    assert not files & {button.key for button in at.get("download_button")}, "nor are their files"
    for name, box in product(FIGURES, ("box", "download", "how")):
        at.session_state[f"workbench_{name}_{box}"] = True
    at.run()
    check_page(at)
    assert len(at.dataframe) == len(FIGURES) + fidelity
    assert files <= {button.key for button in at.get("download_button")}
    assert "preview: last-layer estimate, not a finetune" in words(at)


def test_a_slider_moves_its_number_and_a_number_its_slider(open_workbench):
    at = open_workbench()
    slider(at, "tau").set_value(0.55).run()
    assert number(at, "tau").value == 0.55
    number(at, "beta").set_value(2.37).run()
    check_page(at)
    assert slider(at, "beta").value == 2.37
    assert title(at).startswith("τ 0.55, β 2.37 keep ")
    assert dict(at.query_params) | {"tau": "0.55", "beta": "2.37"} == dict(at.query_params)


def test_two_values_changed_at_once_are_both_followed(open_workbench):
    at = open_workbench()
    slider(at, "tau").set_value(0.6)
    number(at, "beta").set_value(3.0)
    at.run()
    assert title(at).startswith("τ 0.60, β 3.00 keep ")


@pytest.mark.parametrize(
    ("preset", "values"),
    [("Paper", "τ 0.70, β 1.10"), ("Disagreements only", "τ 0.50, β 2.00"), ("All data", "τ 1.00")],
)
def test_a_preset_moves_the_sliders(open_workbench, preset, values):
    at = open_workbench(query={"tau": "0.6", "beta": "2"})
    at.button(key=f"workbench_preset_{preset}").click().run()
    check_page(at)
    assert title(at).startswith(values)


def test_the_address_restores_the_position(open_workbench):
    at = open_workbench(query={"tau": "0.6", "beta": "2", "of": "ZAF", "own": "ZAF:0.55:0.8"})
    check_page(at)
    assert title(at).startswith("τ 0.55, β 0.80 keep ")
    assert country(at).value == "ZAF"


def test_an_address_that_makes_no_sense_is_the_default(open_workbench):
    at = open_workbench(query={"tau": "x", "beta": "-3", "of": "nowhere", "own": "ZAF:x:1;:;"})
    check_page(at)
    assert title(at).startswith("τ 0.70, β 0.10 keep ")


def test_a_country_gets_its_own_values_and_gives_them_up(open_workbench):
    at = open_workbench()
    country(at).select("ZAF").run()
    own_values(at, "ZAF").set_value(True).run()
    slider(at, "tau").set_value(0.9).run()
    check_page(at)
    assert title(at).startswith("τ 0.90")
    country(at).select(MEAN).run()
    assert title(at).startswith("τ 0.70, β 1.10 (1 country at own values) keep ")
    assert at.button(key="workbench_forget_ZAF").label.replace("\\", "") == "South Africa: τ 0.90, β 1.10"
    at.button(key="workbench_forget_ZAF").click().run()
    check_page(at)
    assert "own values" not in title(at)


def test_the_position_survives_a_visit_to_another_page(open_workbench):
    at = open_workbench()
    slider(at, "tau").set_value(0.55).run()
    at.switch_page("../pages/tradeoff.py").run()
    at.switch_page("../pages/workbench.py").run()
    check_page(at)
    assert title(at).startswith("τ 0.55")


def test_a_proposal_moves_the_sliders_to_what_training_users_choose_and_says_so(open_workbench, previewer, calibration):
    held_out, _ = previewer.held_out({"ZAF": previews.proposals()}, ridge=calibration.ridge)
    best = held_out["ZAF"].choose(rule="max_all_country", eps=0.01)
    at = open_workbench(query={"of": "ZAF"})
    at.button(key="workbench_propose").click().run()
    check_page(at)
    there = Position().moved(tau=best.tau, beta=best.beta)
    assert title(at).startswith(workbench_words.values(there.tau, there.beta))
    assert (
        "highest all-country accuracy for South Africa, by the preview; chosen by five folds of training users, "
        "reported on test users." in words(at)
    )


def test_a_proposal_marks_its_point_names_its_method_and_presets_the_start(open_workbench, marked, previewer):
    at = open_workbench(query={"of": "ZAF"})
    assert charts.PROPOSED not in marked
    at.button(key="workbench_propose").click().run()
    best = at.session_state[proposal.PROPOSAL].objective
    label = text.method_label(best.method)
    assert marked[charts.PROPOSED].startswith(label)
    assert at.header[0].value.replace("\\", "").startswith(f"Preview: {label} recovers ")
    at.button(key="workbench_start").click().run()
    assert at.session_state[workbench_start.METHOD] == [best.method]
    at = open_workbench(query={"of": "ZAF"})
    at.button(key="workbench_propose").click().run()
    beyond = 0.95 if best.tau is not None else 4.5
    slider(at, "tau" if best.tau is not None else "beta").set_value(beyond).run()
    check_page(at)
    assert marked[charts.PROPOSED].startswith(label), "the mark stays where it was proposed"
    assert at.header[0].value.replace("\\", "").startswith("Preview: Filter + weight recovers ")
    country(at).select("CHL").run()
    assert charts.PROPOSED not in marked, "it was proposed for another country"


def test_where_the_sliders_stood_and_the_papers_setting_are_marked(open_workbench, marked):
    at = open_workbench()
    assert marked == {}
    slider(at, "tau").set_value(0.55).run()
    assert marked == {f"{charts.BEFORE}, {charts.PAPER}": "Filter + weight (τ 0.7, β 1.1)"}, "one mark in one place"
    slider(at, "beta").set_value(2.0).run()
    check_page(at)
    assert marked == {charts.BEFORE: "Filter + weight (τ 0.55, β 1.1)", charts.PAPER: "Filter + weight (τ 0.7, β 1.1)"}


def test_undo_takes_back_step_by_step_and_a_slide_is_one_step(open_workbench, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(position.time, "monotonic", lambda: clock[0])
    at = open_workbench()
    undo = "workbench_undo"
    assert at.button(key=undo).disabled
    for value in (0.71, 0.72, 0.73):
        slider(at, "tau").set_value(value).run()
        clock[0] += 0.5
    clock[0] += 10
    slider(at, "tau").set_value(0.8).run()
    at.button(key="workbench_preset_All data").click().run()
    found = []
    while not at.button(key=undo).disabled:
        at.button(key=undo).click().run()
        found.append(slider(at, "tau").value)
    check_page(at)
    assert found == [0.8, 0.73, 0.7]


def test_a_mean_with_own_values_is_named_so_and_is_no_setting_of_a_finished_run(bench):
    own = Position().with_own("ZAF")
    own = replace(own, own=(("ZAF", 0.5, 2.0),))
    rows = workbench_load.load_previews(bench, own, ["CHL", "ZAF"])
    mean = rows[(rows["country"] == MEAN) & (rows["method"] == "scpo")].iloc[0]
    assert mean["setting"].endswith("|own") and mean["setting_label"].endswith(", 1 country at own values")
    full = rows[(rows["country"] == MEAN) & (rows["method"] == "full")].iloc[0]
    assert "own" not in full["setting"]
    done = workbench_load.load_previews(bench, Position(), ["CHL", "ZAF"])
    chart = charts.preview_chart(
        rows[rows["country"] == MEAN],
        marks.with_words(done[(done["country"] == MEAN) & done["method"].isin(["scpo", "full"])]),
        results.noise_table(bench.previewer.scored, ["CHL", "ZAF"]),
        [],
        x=(0.01, 1.0),
        y=(0.3, 0.8),
        log=False,
        dark=False,
    )
    assert len(chart.tables["links"]["ink"]) == 1, "a line joins the setting that is the same, and no other"


def test_the_proposal_for_the_mean_is_that_of_the_mean_over_training_users(open_workbench, bench):
    countries = previews.shown_countries(Selection("tastes", "rm", ("CHL", "ZAF")), bench)
    best, chosen_on = workbench_load.propose(bench, countries, rule="max_all_country", eps=0.01)
    each = [bench.held_out([country])[0][country] for country in countries]
    mean = np.mean([one.accuracy for one in each], axis=0)
    assert mean[each[0].objectives.index(best), 0] == mean[:, 0].max()
    assert chosen_on == "chosen by five folds of training users, reported on test users"


def test_with_one_training_user_nothing_is_proposed_and_the_page_says_why(open_workbench, bench, monkeypatch):
    monkeypatch.setattr(previews.Bench, "held_out", lambda *_: ({}, {"ZAF": "South Africa has 1 training user"}))
    at = open_workbench(query={"of": "ZAF", "tau": "0.6"})
    at.button(key="workbench_propose").click().run()
    check_page(at)
    assert "No proposal: South Africa has 1 training user." in words(at)
    assert title(at).startswith("τ 0.60")


def test_fidelity_is_written_as_it_was_measured_and_the_pooled_rank_is_no_headline(open_workbench, calibration):
    side = calibration.all_country
    found = words(open_workbench())
    skill = f"{side.skill:.2f}".replace("-", "−")
    assert f"previews are off by {100 * side.error:.1f}\u00a0points (all-country) and" in found
    assert f"All-country: skill {skill} against the mean" in found
    assert f"choosing by preview gives away {100 * side.regret:.1f}\u00a0points" in found
    assert side.rank_within is None and "the order over τ and β is foretold is not known" in found
    said = " ".join(workbench_words.fidelity_in_full(calibration))
    assert f"{side.spearman:.2f}".replace("-", "−") not in said and too_long(said) == []
    assert "intervals over users and the preview's own error" in found


@pytest.mark.parametrize(
    ("changed", "poor"),
    [
        ({"skill": 0.6, "rank_within": 0.8}, False),
        ({"skill": 0.6, "rank_within": None}, False),
        ({"skill": -0.1, "spearman": 0.93}, True),
        ({"skill": None}, True),
        ({"skill": 0.6, "rank_within": 0.2}, True),
        ({"skill": 0.6, "mean_absolute_error": 0.2}, True),
    ],
)
def test_good_agreement_is_a_line_and_poor_agreement_a_warning(
    open_workbench, own_cache, many, calibration, changed, poor
):
    store = own_cache("many")
    good = {"mean_absolute_error": 0.03, "error": 0.034}
    side = calibration.all_country.model_copy(update=good | changed)
    key = calibration_key(many.scored.key, calibration.training, calibration.runs)
    record = calibration.model_copy(update={"all_country": side, "true_country": side})
    write_json(store.folder("calibrations", key) / "result.json", record.model_dump(mode="json"))
    at = open_workbench(store)
    assert "off by 3.4\u00a0points (all-country)" in words(at)
    assert f"All-country: skill {workbench_words.ratio(side.skill)} against" in words(at)
    assert any("This agreement is poor" in warning.value.replace("\\", "") for warning in at.warning) == poor


def test_without_finished_runs_the_preview_says_that_it_is_not_calibrated(open_workbench):
    at = open_workbench("scored")
    check_page(at)
    assert any("Not calibrated" in warning.value for warning in at.warning)
    assert any("Their own error is unknown" in warning.value for warning in at.warning)
    assert "intervals over users alone, its own error unknown" in words(at)


def test_the_countries_of_the_sidebar_are_the_ones_to_look_at(open_workbench):
    at = open_workbench()
    at.multiselect(key="countries").set_value(["ZAF", "CHL"]).run()
    check_page(at)
    assert country(at).options == ["Mean over countries", "Chile", "South Africa"]


def test_the_cost_is_stated_before_anything_is_started(open_workbench):
    at = open_workbench(query={"of": "ZAF"})
    seen = 3 * BUDGET.steps * BUDGET.batch_pairs
    found = words(at)
    assert (
        f"3 runs, {seen} pairs seen in all: about" in found and "on the CPU, one at a time. It takes at most" in found
    )
    assert "medians of 18 finished runs" in found


def test_the_sheet_says_what_exists_and_starts_each_run_once(open_workbench, own_cache):
    store = own_cache("many")
    before = set(store.names("runs"))
    at = open_workbench(store, query={"of": "ZAF", "tau": "0.6"})
    at.button(key="workbench_start").click().run()
    check_page(at)
    found = words(at)
    assert "3 runs to do." in found and "Nothing is ahead of them in the queue." in found
    assert "τ 0.6 instead of 0.7; 3 steps of 8 pairs instead of 1,024 steps" in found
    at.button(key="workbench_confirm").click().run()
    check_page(at)
    assert "3 runs wait in the queue." in words(at)
    assert len(Queue(store).jobs(("queued",))) == 3
    new = [RunDirectory(store, name).record().config for name in set(store.names("runs")) - before]
    assert {(config.country, config.training) for config in new} == {("ZAF", BUDGET)}
    assert {config.objective for config in new} == {ObjectiveConfig(method="scpo", tau=0.6, beta=1.1)}
    at.button(key="workbench_start").click().run()
    assert "0 runs to do; 3 in the queue already." in words(at)
    assert "In the queue already: 3 waiting, places 1 to 3; all end in about" in words(at)
    assert "workbench_forward" not in [button.key for button in at.button]  # nothing is before them
    assert at.button(key="workbench_confirm").disabled


def test_what_has_finished_is_not_run_again(open_workbench):
    """Two seeds of the paper's three have finished."""
    at = open_workbench(query={"of": "ZAF"})
    at.button(key="workbench_start").click().run()
    check_page(at)
    assert "1 run to do; 2 finished already and not run again." in words(at)


def test_without_a_budget_the_sheet_asks_for_steps(open_workbench, own_cache):
    store = own_cache("scored")
    at = open_workbench(store, query={"of": "ZAF"})
    at.button(key="workbench_start").click().run()
    check_page(at)
    assert "scpo study" in words(at)
    at.number_input(key=workbench_start.STEPS).set_value(12)
    at.button(key="workbench_start").click().run()
    at.button(key="workbench_confirm").click().run()
    check_page(at)
    assert {RunDirectory(store, name).record().config.training.steps for name in store.names("runs")} == {12}


def test_a_preview_is_kept_as_a_last_layer_model(open_workbench, own_cache, calibration):
    store = own_cache("many")
    before = set(store.names("runs"))
    at = open_workbench(store, query={"of": "ZAF"})
    at.button(key="workbench_keep").click().run()
    check_page(at)
    (name,) = set(store.names("runs")) - before
    kept = RunDirectory(store, name).record().config.training
    assert kept == TrainingConfig(last_layer_ridge=kept.last_layer_ridge)
    assert kept.last_layer_ridge == pytest.approx(calibration.ridge)
    assert "nothing is finetuned for it" in words(at)


def test_nothing_is_started_in_a_read_only_dashboard(open_workbench, monkeypatch):
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    at = open_workbench(query={"of": "ZAF"})
    check_page(at)
    assert at.button(key="workbench_start").disabled and at.button(key="workbench_keep").disabled


def test_names_that_look_like_markup_stay_text(open_workbench):
    at = open_workbench(query={"data": "tastes-circles", "of": MARKUP})
    check_page(at)
    assert MARKUP in words(at)
    assert not any(":red[" in element.value for element in [*at.markdown, *at.caption, *at.header])


def test_the_trade_off_shows_previews_and_proposes_one(open_page):
    at = open_page("tradeoff", "many")
    at.toggle(key=controls.PREVIEWS).set_value(True).run()
    check_page(at)
    assert "Click an empty spot" in words(at)
    assert "chosen by five folds of training users, reported on test users: " in words(at)
    at.session_state[controls.PROPOSED] = "mean|scpo|0.6|1.1"
    at.run()
    check_page(at)
    assert "Proposed: Filter + weight (τ 0.6, β 1.1)" in words(at)


def test_a_click_on_a_preview_proposes_and_a_click_on_a_point_chooses():
    spot = {"selection": {"pick": [{"point": "preview:ZAF|scpo|0.6|1.1"}]}}
    assert controls.after_point_click(spot, shown="") == {controls.PROPOSED: "ZAF|scpo|0.6|1.1"}
    assert clicks.clicked_point(spot) is None
    point = {"selection": {"pick": [{"point": "ZAF|scpo|0.7|1.1"}]}}
    assert controls.after_point_click(point, shown="") == {sidebar.SETTING: "scpo|0.7|1.1"}


@pytest.mark.parametrize("log", [True, False])
def test_every_field_of_the_plane_proposes_the_nearest_preview_and_they_cover_it(log):
    targets = pd.DataFrame(
        {"true_value": [0.1, 0.6], "all_value": [0.7, 0.5], "point": ["a", "b"], "setting_label": ["A", "B"]}
    )
    fields = preview_marks.nearest_spots(targets, (0.05, 0.9), (0.4, 0.8), log=log)
    assert len(fields) == math.prod(preview_marks.SPOTS)
    area = ((fields["x2"] - fields["x"]) * (fields["y2"] - fields["y"])).sum()
    assert area == pytest.approx(0.85 * 0.4)
    for name, x, y in (("a", 0.1, 0.7), ("b", 0.6, 0.5)):
        inside = fields[(fields["x"] <= x) & (x < fields["x2"]) & (fields["y"] <= y) & (y < fields["y2"])]
        assert inside["point"].tolist() == [name]


def test_a_position_survives_the_address():
    there = Position(0.6, 2.5, (("ZAF", 0.55, 0.8), ("a:b;c", 1.0, 5.0)), "ZAF")
    assert position.from_query(there.query()) == there
    assert Position().query() == {"tau": "", "beta": "", "own": "", "of": ""}


def test_values_outside_the_sliders_are_brought_to_their_ends():
    assert Position().moved(tau=7, beta=0) == Position(1.0, 0.1)
    assert position.from_query({"tau": "nan", "beta": "99"}) == Position(beta=5.0)


def test_own_values_move_alone():
    there = Position(view="ZAF").with_own("ZAF").moved(tau=0.5)
    assert there.at("ZAF") == (0.5, 1.1) and there.at("CHL") == (0.7, 1.1)
    assert there.without_own("ZAF") == Position(view="ZAF")


def training_gap(many, country: str) -> np.ndarray:
    pairs = many.scored.pairs
    return pairs.loc[pairs["country"].eq(country) & pairs["split"].eq("train"), "gap"].to_numpy()


def test_the_histogram_counts_every_pair_once_on_the_right_side(bench, many):
    there = Position(tau=0.62, own=(("CHL", 0.4, 1.0),))
    found = kept_pairs.histogram(bench, there, ["CHL", "ZAF"])
    p = {country: expit(training_gap(many, country)) for country in ("CHL", "ZAF")}
    kept = {"CHL": p["CHL"] < 0.4, "ZAF": p["ZAF"] < 0.62}
    assert found["dropped"].sum() == sum((~k).sum() for k in kept.values())
    assert found["disagreement"].sum() == sum((k & (p[c] < 0.5)).sum() for c, k in kept.items())
    assert found["agreement"].sum() == sum((k & (p[c] >= 0.5)).sum() for c, k in kept.items())
    whole = found[["disagreement", "agreement", "dropped"]].sum(axis=1)
    np.testing.assert_array_equal(whole, np.histogram(np.concatenate(list(p.values())), bins=40, range=(0, 1))[0])


def weighing(beta: float) -> ObjectiveConfig:
    return ObjectiveConfig(method="weight", beta=beta)


def test_the_weight_curve_is_the_weight_of_kept_pairs_and_drops_to_zero_at_tau():
    curve = kept_pairs.curve(0.7, 1.1, (-1.1, 3.3), dropped=True)
    cut = math.log(0.7 / 0.3)
    kept = curve[curve["gap"] < cut - 1e-9]
    assert kept["weight"].to_numpy() == pytest.approx(pair_weights(kept["gap"], weighing(1.1)))
    assert kept["weight"].iloc[0] < 1 == kept["weight"].iloc[-1]
    assert (curve.loc[curve["gap"] > cut + 1e-9, "weight"] == 0).all()
    assert (kept_pairs.curve(0.7, 1.1, (-1.1, 3.3), dropped=False)["gap"] <= cut + 1e-12).all()


def test_what_is_kept_agrees_with_counting(bench, many):
    facts = results.country_table(many.scored, EvaluationConfig())
    row = kept_pairs.kept_table(bench, Position(tau=0.6, beta=0.8), ["ZAF"], facts).iloc[0]
    gap = training_gap(many, "ZAF")
    kept = gap[expit(gap) < 0.6]
    weight = pair_weights(kept, weighing(0.8))
    assert (row["n_kept"], row["n_disagreeing"]) == (len(kept), (kept < 0).sum())
    assert row["effective"] == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert row["name"] == "South Africa" and row["train_users"] == PEOPLE["ZAF"] / 2


def test_a_move_fits_and_measures_only_the_settings_that_change_and_a_known_place_none(bench, many, monkeypatch):
    bench.previewer = results.Previewer(many.scored, EvaluationConfig())
    fitted, measured, measure = [], [], bench._measure
    fit = preview.by_judgements
    monkeypatch.setattr(
        preview, "by_judgements", lambda *args, **named: fitted.append((args[1], len(args[2]))) or fit(*args, **named)
    )
    bench._measure = lambda previewer, runs, countries: (
        measured.append(len(runs)) or measure(previewer, runs, countries)
    )
    for tau, beta in ((0.7, 1.1), (0.6, 1.1), (0.6, 0.9), (0.7, 1.1)):
        workbench_load.load_previews(bench, Position(tau, beta), ["ZAF", "CHL"])
    assert fitted == [(country, n) for n in (6, 3, 2) for country in ("ZAF", "CHL")]
    assert measured == [2 * 6, 2 * 3, 2 * 2]


def test_a_finished_run_has_no_setting_fitted_again_unless_the_ridge_changes(bench, many, calibration, monkeypatch):
    previewer = results.Previewer(many.scored, EvaluationConfig())
    fitted, fit = [], preview.by_judgements
    monkeypatch.setattr(
        preview, "by_judgements", lambda *args, **named: fitted.append(named["ridge"]) or fit(*args, **named)
    )
    stiffer = calibration.model_copy(update={"ridge": 2 * calibration.ridge})
    tables = [
        workbench_load.load_previews(previews.Bench(previewer, one, bench._measure), Position(0.7, 1.1), ["ZAF"])
        for one in (calibration, calibration, stiffer)
    ]
    assert fitted == [calibration.ridge, stiffer.ridge]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0].equals(tables[2])


def test_of_many_places_the_oldest_are_forgotten_and_every_one_is_right(bench, monkeypatch):
    monkeypatch.setattr(bench, "_tables", Once(2))
    monkeypatch.setattr(bench, "_rows", Once(8))
    monkeypatch.setattr(bench.previewer, "_settled", Once(8))
    for step in range(20):
        position_ = Position(round(0.4 + 0.02 * step, 2), 1.1)
        table = workbench_load.load_previews(bench, position_, ["ZAF", "CHL"])
        assert {*table["method"]} == {"global", *PREVIEWED}
        assert {*table["tau"].dropna()} == {position_.tau}
    assert len(bench._rows) == len(bench.previewer._settled) == 8


def test_an_open_table_stays_open_when_its_rows_change(open_workbench):
    at = open_workbench()
    at.session_state["workbench_weights_box"] = at.session_state["workbench_kept_box"] = True
    at.run()
    opened = len(at.dataframe)
    slider(at, "tau").set_value(1.0).run()
    country(at).select("ZAF").run()
    check_page(at)
    assert len(at.dataframe) == opened


def test_countries_with_own_values_are_part_of_the_mean(bench):
    there = Position(own=(("ZAF", 0.5, 2.0),))
    table = workbench_load.load_previews(bench, there, ["ZAF", "CHL"])
    mean = table[table["country"] == MEAN]
    assert sorted(mean["method"]) == sorted(["global", *PREVIEWED])
    scpo = table[table["method"] == "scpo"].set_index("country")
    assert scpo.loc["ZAF", "setting"] == "scpo|0.5|2" and scpo.loc["CHL", "setting"] == "scpo|0.7|1.1"


def test_the_grid_has_one_choice_and_a_move_of_a_slider_has_none_to_make(bench, monkeypatch):
    grid = previews.load_grid(bench, ["ZAF", "CHL"], rule="max_all_country", eps=0.01)
    mine = grid[grid["country"] == MEAN]
    assert mine.loc[mine["chosen"], "folds_all_value"].tolist() == [mine["folds_all_value"].max()]
    assert set(grid["chosen_on"]) == {"chosen by five folds of training users, reported on test users"}
    monkeypatch.setattr(bench.previewer, "held_out", lambda *_, **__: pytest.fail("folds are fitted while one slides"))
    workbench_load.load_previews(bench, Position(tau=0.61), ["ZAF", "CHL"])
    previews.load_grid(bench, ["ZAF", "CHL"], rule="knee", eps=0.01)


@pytest.mark.parametrize("log", [True, False])
@pytest.mark.parametrize("dark", [True, False])
def test_the_picture_of_the_previews_stays_while_only_its_data_move(bench, log, dark):
    domains = {"x": (0.01, 1.0), "y": (0.3, 0.8)}
    noise = results.noise_table(bench.previewer.scored, ["ZAF"])
    charts_ = []
    for tau in (0.5, 0.9):
        rows = workbench_load.load_previews(bench, Position(tau), ["ZAF"])
        done = marks.with_words(rows[rows["method"] == "full"])
        (faint,) = marks.records(done, workbench_load.GHOST)
        ghosts = [{**faint, "ghost": label} for label in (charts.BEFORE, charts.PROPOSED)]
        charts_.append(charts.preview_chart(rows, done, noise, ghosts, **domains, log=log, dark=dark))
    first, second = charts_
    assert first.spec == second.spec
    assert first.tables["points"]["all_value"] != second.tables["points"]["all_value"]
    assert first.tables["points"]["kind"].count(charts.PREVIEW) == 6
    assert len(first.tables["links"]["ink"]) == 1
    assert first.tables["ghosts"]["size"][1] > first.tables["ghosts"]["size"][0], "the ring is around the point"
    values = first.to_dict()["datasets"]["points"]
    assert {row["method_label"] for row in values} == {"All pairs", "Filter", "Inverse weight", "Weight",
                                                       "Filter + weight", "Random pairs"}  # fmt: skip


def test_the_axes_hold_the_present_previews_and_all_finished_runs(bench):
    corners = workbench_load.load_corners(bench, ["ZAF"])
    rows = corners[corners["tau"].isna() | (corners["tau"] == 0.7)]
    x, y = charts.preview_domains(corners, rows, corners.iloc[:0], log=False)
    tuned = rows[rows["method"] != "global"]
    assert x[0] == 0 and x[1] >= corners["true_value"].max() and x[1] >= tuned["true_high"].max()
    assert y[0] <= min(corners["all_value"].min(), tuned["all_low"].min())
    assert y[1] >= max(corners["all_value"].max(), tuned["all_high"].max())
    other = corners[corners["tau"].isna() | (corners["tau"] == 0.5)]
    assert charts.preview_domains(corners, other, corners.iloc[:0], log=False)[0][0] == x[0]


def test_an_unknown_cost_is_said_and_never_zero():
    said = workbench_words.cost(results.estimate_cost([64.0], results.Rates()), results.Rates(), device="cpu")
    assert "how long is known once a run of this budget has finished" in said and " 0 s" not in said


def test_the_place_in_the_queue_counts_what_goes_before():
    assert queued.place_words(NextTurn(0, 0, 0, 0.0)) == "Nothing is ahead of them in the queue."
    assert queued.place_words(NextTurn(1, 2, 9, 90.0)) == (
        "Ahead in the queue: 1 running and 2 waiting; new runs begin in about 2 min. 9 waiting go after them."
    )
    assert queued.place_words(NextTurn(1, 0, 0, None)) == (
        "Ahead in the queue: 1 running; when new runs begin is not known yet."
    )


def test_the_screen_knows_the_sample_model_by_its_name():
    assert base_training(SAMPLE_MODEL) != DEFAULT_TRAINING
