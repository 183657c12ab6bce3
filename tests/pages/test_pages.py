"""Each page in each state, driven as a user drives it."""

import numpy as np
import pytest
import world
from hand.runs import finished_with
from hand.tables import rewrite
from reading import check_page, words

from scpo.config import ObjectiveConfig
from scpo.store.runs import RunDirectory

PAGES = ("brief", "tradeoff", "bias", "compare", "workbench")
BANNER = "Synthetic sample: says nothing about real countries."


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_cache_says_what_to_do(open_page, page):
    at = open_page(page, "empty")
    check_page(at)
    assert "There is no data set yet" in words(at)
    assert "scpo data add" in words(at)


@pytest.mark.parametrize("page", PAGES)
def test_a_data_set_without_scores_says_what_to_do(open_page, page):
    at = open_page(page, "unscored")
    check_page(at)
    assert "scpo score --data tastes --model NAME" in words(at)


@pytest.mark.parametrize("page", PAGES)
def test_while_scores_are_made_the_page_shows_how_far_they_are(open_page, own_cache, page):
    store = own_cache("unscored")
    with world.at_work(store, "Sample", "scoring", 4200, 13500, "responses"):
        at = open_page(page, store)
    check_page(at)
    assert "Preparing the first result" in words(at)
    assert "4,200 of 13,500 responses · remaining time not known yet" in words(at)


def test_the_brief_shows_the_global_model_as_soon_as_scores_exist(open_page):
    at = open_page("brief", "scored")
    check_page(at)
    assert "The global model ranks between" in words(at)
    assert len(at.dataframe) == 1


@pytest.mark.parametrize("page", ("tradeoff", "bias", "compare"))
def test_without_runs_a_page_says_which_command_makes_them(open_page, page):
    at = open_page(page, "scored")
    check_page(at)
    assert "scpo study --data tastes --model rm" in words(at)


@pytest.mark.parametrize("page", ("brief", "tradeoff", "bias", "compare"))
@pytest.mark.parametrize("scenario", ("one", "partial", "many"))
def test_a_page_with_runs_has_a_finding(open_page, page, scenario):
    at = open_page(page, scenario)
    check_page(at)
    assert len(at.header) == 1
    assert len(at.dataframe) >= 1
    assert BANNER not in words(at)


@pytest.mark.parametrize("page", PAGES)
def test_generated_data_carry_a_banner(open_page, own_cache, page):
    store = own_cache("one")
    about = store.folder("datasets", "tastes") / "dataset.json"
    rewrite(about, synthetic=True)
    assert BANNER in [warning.value for warning in open_page(page, store).warning]


@pytest.mark.parametrize("page", [*PAGES, "divergence", "pairs"])
def test_preferences_of_a_survey_say_that_a_question_is_a_user(open_page, page):
    at = open_page(page, "scored", query={"data": "views"})
    check_page(at)
    assert "each question counts as one user" in words(at)


def test_a_running_study_is_named_as_partial(open_page, own_cache):
    store = own_cache("partial")
    with world.at_work(store, "study paper", "training South Africa", 45, 126, "runs"):
        at = open_page("tradeoff", store)
    check_page(at)
    assert "Partial: study paper · training South Africa · 45 of 126 runs" in words(at)


def test_settings_that_lack_seeds_are_named_as_partial(open_page):
    """Of nine settings Chile's three have both seeds."""
    assert "Partial: 6 points rest on fewer seeds than the study asks for" in words(open_page("tradeoff", "partial"))


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_run_is_named_in_one_sentence_and_never_a_traceback(open_page, own_cache, page):
    store = own_cache("one")
    world.break_run(store)
    at = open_page(page, store)
    assert not at.exception
    assert [error.value for error in at.error] == []
    (warning,) = [one.value for one in at.warning if "Missing" in one.value]
    assert f"{world.BROKEN}." in warning.replace("\\", "")


def test_an_unforeseen_error_shows_an_id_and_no_details(open_page, own_cache, monkeypatch):
    monkeypatch.setattr(RunDirectory, "rewards", lambda *_: 1 / 0)
    at = open_page("bias", own_cache("one"))
    assert not at.exception
    (error,) = at.error
    assert "Its id is" in error.value and "division" not in error.value


def test_the_brief_writes_gain_recovered_share_and_price_with_intervals_and_users(open_page, many):
    at = open_page("brief", "many")
    found = words(at)
    mean = many.setting("mean", "scpo", 0.7)
    assert "on average over 3 countries" in found
    assert [one.value for one in at.metric][:2] == [
        f"{100 * mean[f'{name}_value']:+.1f}\u00a0points".replace("-", "−") for name in ("gain", "excess")
    ]
    assert f"it recovers {100 * mean['true_value']:.1f}\u00a0%" in found
    assert f"{sum(world.PEOPLE[country] // 2 for country in world.STUDIED)} users" in found and "points (95" in found
    assert "improve" not in found.lower()


@pytest.mark.parametrize(
    ("place", "said"),
    [(("divergence", {"who": "Chile"}), "disagrees most with Chile"), (("tradeoff", {}), "The same setting in every")],
)
def test_a_click_on_the_brief_leads_to_another_page(open_page, place, said):
    at = open_page("brief", "many")
    at.session_state["_next_page"] = place
    at.run()
    check_page(at)
    assert any(said in box.label for box in at.expander)


def test_the_brief_has_three_ways_on(open_page):
    at = open_page("brief", "many")
    assert [link.label for link in at.main.get("page_link")] == ["Who pays", "Try other weights", "Read the pairs"]


def test_choosing_a_row_of_the_table_changes_the_widgets_it_means(monkeypatch):
    from dashboard.kit import figure

    session = {"tradeoff_table": {"selection": {"rows": [2], "columns": []}}}
    monkeypatch.setattr(figure.st, "session_state", session)
    figure._apply_row("tradeoff_table", 3, lambda row: {"setting": f"row {row}"})
    assert session["setting"] == "row 2"


def test_another_setting_changes_the_details(open_page):
    at = open_page("tradeoff", "many")
    at.selectbox(key="setting").select("filter|0.6|-").run()
    check_page(at)
    assert any("Filter (τ 0.6)" in m.value.replace("\\", "") for m in at.markdown)


def test_following_a_setting_opens_the_small_multiples(open_page):
    at = open_page("tradeoff", "many")
    at.button(key="follow_setting").click().run()
    check_page(at)
    assert at.selectbox(key="country").value == "all"
    assert "The trade-off in every country" in words(at)


def test_the_rule_with_an_accepted_loss_asks_for_it_and_names_it(open_page):
    at = open_page("tradeoff", "many")
    at.radio(key="rule").set_value("Max true-country").run()
    at.selectbox(key="loss").select("5 points").run()
    check_page(at)
    assert "within the accepted loss (5.0\u00a0points)" in words(at)


def test_a_country_with_few_users_gets_no_recommendation(open_page):
    at = open_page("tradeoff", "many")
    at.selectbox(key="country").select("ISR").run()
    check_page(at)
    assert "Israel has 8 test users: too few to recommend a setting" in words(at)


def test_points_that_log_axes_cannot_show_are_counted(open_page, own_cache, many):
    """A run that judges as the global model does recovers nothing, and 0 has no logarithm."""
    store = own_cache("many")
    config = many.runs[0].config.model_copy(update={"objective": ObjectiveConfig(method="weight", beta=0.5)})
    finished_with(store, config.model_copy(update={"country": "CHL"}), many.scored.scores.reward)
    at = open_page("tradeoff", store)
    at.selectbox(key="country").select("CHL").run()
    check_page(at)
    unseen = many.settings["country"].eq("CHL") & many.settings["n_seeds"].gt(0) & many.settings["true_value"].le(0)
    assert f"{1 + unseen.sum()} point" in words(at) and "not shown on log axes" in words(at)


def test_choosing_a_cell_shows_its_interval_users_and_runs(open_page):
    at = open_page("bias", "many")
    at.selectbox(key="cell").select("ZAF→NZL").run()
    check_page(at)
    found = words(at)
    assert "Trained for South Africa, tested on New Zealand" in found
    users = world.PEOPLE["NZL"] // 2
    assert f"{users * world.ROWS} pairs, {users} users" in found


def test_a_cell_opens_the_pairs_that_its_model_judges_differently(open_page, many):
    """Counted here from the gaps before and after, the mean over seeds."""
    at = open_page("bias", "many", query={"cell": "South Africa on New Zealand"})
    at.button(key="cell_pairs").click().run()
    check_page(at)
    assert at.multiselect(key="of").value == ["NZL"] and at.multiselect(key="countries").value == []
    assert at.selectbox(key="flips").value == "Verdict flips"
    assert "second: South Africa: Filter + weight (τ 0.7, β 1.1), mean of 2 seeds" in words(at)
    scpo, test = many.setting("ZAF", "scpo", 0.7), many.scored.test_pairs
    after = np.mean([run.gap for run in many.runs if run.run_id in scpo["runs"]], axis=0)
    flipped = ((test["gap"] > 0) != (after > 0)) & test["country"].eq("NZL")
    assert f"{flipped.sum()} of {len(many.scored.pairs)} pairs" in words(at)


def test_choosing_countries_in_the_sidebar_narrows_every_page(open_page):
    at = open_page("bias", "many")
    at.multiselect(key="countries").set_value(["ZAF", "CHL"]).run()
    check_page(at)
    at.switch_page("../pages/brief.py").run()
    check_page(at)
    assert "on average over 3 countries" in words(at) and "The 2 chosen on average" in words(at)


def test_a_narrower_interval_is_written_with_its_level(open_page):
    at = open_page("tradeoff", "many")
    at.segmented_control(key="interval").set_value("80 %").run()
    check_page(at)
    assert "80\u00a0% intervals over users" in words(at)


def test_the_address_restores_the_view(open_page):
    at = open_page("tradeoff", "many", query={"setting": "Filter (τ 0.6)", "country": "Chile"})
    check_page(at)
    assert at.selectbox(key="setting").value == "filter|0.6|-"
    assert at.selectbox(key="country").value == "CHL"


@pytest.mark.parametrize("page", PAGES)
def test_a_name_that_looks_like_markup_is_shown_as_text(open_page, page):
    at = open_page(page, "many", query={"data": "tastes-circles"})
    check_page(at)
    assert world.MARKUP in words(at)
    assert not any(":red[" in m.value for m in [*at.markdown, *at.caption, *at.header])


def test_pages_hold_no_formula_path_or_exception_handler(request):
    root = request.config.rootpath / "pages"
    sources = {path.name: path.read_text(encoding="utf-8") for path in root.glob("*.py")}
    assert {"brief.py", "tradeoff.py", "bias.py", "runs.py", "workbench.py"} <= set(sources)
    for name, source in sources.items():
        assert not any(word in source for word in ("try:", "import pandas", "import numpy", "Path(", "open(")), name
