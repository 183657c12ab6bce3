"""Each page in each state, driven as a user drives it."""

import pytest
from fakes import FakeFindings
from reading import check_page, words

PAGES = ("brief", "tradeoff", "bias", "workbench")
BANNER = "Synthetic sample: says nothing about real countries."


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_cache_says_what_to_do(open_page, page):
    at = open_page(page, FakeFindings("empty"))
    check_page(at)
    assert "There is no data set yet" in words(at)
    assert "scpo data add" in words(at)


@pytest.mark.parametrize("page", PAGES)
def test_while_scores_are_made_the_page_shows_how_far_they_are(open_page, page):
    at = open_page(page, FakeFindings("preparing"))
    check_page(at)
    assert "Preparing the first result" in words(at)
    assert "4,200 of 13,500 responses · about 40 s left" in words(at)


def test_the_brief_shows_the_global_model_as_soon_as_scores_exist(open_page):
    at = open_page("brief", FakeFindings("scored"))
    check_page(at)
    assert "The global model ranks between" in words(at)
    assert len(at.dataframe) == 1


@pytest.mark.parametrize("page", ("tradeoff", "bias"))
def test_without_runs_a_page_says_which_command_makes_them(open_page, page):
    at = open_page(page, FakeFindings("scored"))
    check_page(at)
    assert "scpo study --data sample --model sample-global" in words(at)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("scenario", ("one", "partial", "many"))
def test_a_page_with_runs_has_a_finding_and_a_banner(open_page, page, scenario):
    at = open_page(page, FakeFindings(scenario))
    check_page(at)
    assert len(at.header) == 1
    assert BANNER in [warning.value for warning in at.warning]
    assert len(at.dataframe) >= 1


def test_real_data_carry_no_banner(open_page):
    assert BANNER not in words(open_page("brief", FakeFindings("many", synthetic=False)))


def test_a_running_study_is_named_as_partial(open_page):
    at = open_page("tradeoff", FakeFindings("partial"))
    assert "45 of 126 runs · about 6 min left" in words(at)


@pytest.mark.parametrize("page", PAGES)
def test_a_broken_cache_is_one_sentence_and_never_a_traceback(open_page, page):
    at = open_page(page, FakeFindings("broken"))
    assert not at.exception
    assert [error.value.replace("\\", "") for error in at.error] == [
        "scores/1a2b3c is broken; run 'scpo cache verify' and score again."
    ]


def test_an_unforeseen_error_shows_an_id_and_no_details(open_page, monkeypatch):
    findings = FakeFindings("many")
    monkeypatch.setattr(findings, "load_runs", lambda *_: 1 / 0)
    at = open_page("bias", findings)
    assert not at.exception
    (error,) = at.error
    assert "Its id is" in error.value and "division" not in error.value


def test_the_brief_writes_gain_recovered_share_and_price_with_intervals_and_users(open_page):
    found = words(open_page("brief", FakeFindings("many")))
    assert "on average over 7 countries" in found
    assert "It recovers 30." in found
    assert "168 users" in found and "points [" in found
    assert "improve" not in found.lower()


def test_choosing_a_row_of_the_table_changes_the_widgets_it_means(monkeypatch):
    from dashboard.kit import figure

    session = {"tradeoff_table": {"selection": {"rows": [2], "columns": []}}}
    monkeypatch.setattr(figure.st, "session_state", session)
    figure._apply_row("tradeoff_table", 3, lambda row: {"setting": f"row {row}"})
    assert session["setting"] == "row 2"


def test_another_setting_changes_the_details(open_page):
    at = open_page("tradeoff", FakeFindings("many"))
    at.selectbox(key="setting").select("filter|0.6|-").run()
    check_page(at)
    assert any("Filter (τ 0.6)" in m.value.replace("\\", "") for m in at.markdown)


def test_following_a_setting_opens_the_small_multiples(open_page):
    at = open_page("tradeoff", FakeFindings("many"))
    at.button(key="follow_setting").click().run()
    check_page(at)
    assert at.selectbox(key="country").value == "all"
    assert "The trade-off in every country" in words(at)


def test_the_rule_with_an_accepted_loss_asks_for_it_and_names_it(open_page):
    at = open_page("tradeoff", FakeFindings("many"))
    at.radio(key="rule").set_value("Max true-country").run()
    at.selectbox(key="loss").select("5 points").run()
    check_page(at)
    assert "within the accepted loss (5.0\u00a0points)" in words(at)


def test_a_country_with_few_users_gets_no_recommendation(open_page):
    at = open_page("tradeoff", FakeFindings("many"))
    at.selectbox(key="country").select("ISR").run()
    check_page(at)
    assert "Israel has 7 test users: too few to recommend a setting" in words(at)


def test_points_that_log_axes_cannot_show_are_counted(open_page):
    at = open_page("tradeoff", FakeFindings("many"))
    at.selectbox(key="country").select("NZL").run()
    assert "2 points not shown on log axes" in words(at)


def test_choosing_a_cell_shows_its_interval_users_and_runs(open_page):
    at = open_page("bias", FakeFindings("many"))
    at.selectbox(key="cell").select("ZAF→CAN").run()
    check_page(at)
    found = words(at)
    assert "Trained for South Africa, tested on Canada" in found
    assert "465 pairs, 31 users" in found


def test_choosing_countries_in_the_sidebar_narrows_every_page(open_page):
    at = open_page("bias", FakeFindings("many"))
    at.multiselect(key="countries").set_value(["ZAF", "CAN"]).run()
    check_page(at)
    at.switch_page("../pages/brief.py").run()
    check_page(at)
    assert "on average over 2 countries" in words(at)


def test_a_narrower_interval_is_written_with_its_level(open_page):
    at = open_page("tradeoff", FakeFindings("many"))
    at.segmented_control(key="interval").set_value("80 %").run()
    check_page(at)
    assert "80\u00a0% intervals over users" in words(at)


def test_the_address_restores_the_view(open_page):
    at = open_page("tradeoff", FakeFindings("many"), query={"setting": "Filter (τ 0.6)", "country": "Canada"})
    check_page(at)
    assert at.selectbox(key="setting").value == "filter|0.6|-"
    assert at.selectbox(key="country").value == "CAN"


def test_a_name_that_looks_like_markup_is_shown_as_text(open_page):
    findings = FakeFindings("many", users={"**bold** :red[x]": 30, "CAN": 31})
    at = open_page("brief", findings)
    check_page(at)
    assert not any(":red[" in m.value for m in [*at.markdown, *at.caption, *at.header])


def test_pages_hold_no_formula_path_or_exception_handler(request):
    root = request.config.rootpath / "pages"
    sources = {path.name: path.read_text(encoding="utf-8") for path in root.glob("*.py")}
    assert {"brief.py", "tradeoff.py", "bias.py", "runs.py", "workbench.py"} <= set(sources)
    for name, source in sources.items():
        assert not any(word in source for word in ("try:", "import pandas", "import numpy", "Path(", "open(")), name
