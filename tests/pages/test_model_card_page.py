"""The model card of a row of the matrix: opened by a click, of one stated run, as text, and hidden while presenting."""

import pandas as pd
import pytest
import world
from reading import check_page, words

from dashboard.bias import card, view
from dashboard.bias.charts.matrix import matrix_chart
from dashboard.frame import load
from dashboard.frame.state import Selection
from dashboard.kit import clicks, glossary
from scpo import results
from scpo.config import EvaluationConfig
from scpo.results.model_card import model_card
from scpo.results.model_card_text import PAPER, card_text

HEADS = {"card:ZAF": "ZAF", "card:CHL": "CHL"}


def shown_card(at):
    """The card on the page, none if there is none."""
    found = [one.value for one in at.markdown if one.value.startswith("#### Reward model of")]
    return found[0] if found else None


def test_a_click_means_a_card_a_cell_or_nothing():
    assert view.click_change("card:ZAF", HEADS) == {"card": "ZAF"}
    assert view.click_change("ZAF→CHL", HEADS) == {"cell": "ZAF→CHL"}
    assert view.click_change(None, HEADS) == view.click_change("card:ZAF", {}) == {}


@pytest.fixture
def on_row(many, monkeypatch):
    """What a click on a row of the matrix's table changes, and the cells in the order of its rows."""
    given = {}
    monkeypatch.setattr(view, "show", lambda figure, **meanings: given.update(meanings))
    monkeypatch.setattr(view, "matrix_figure", lambda *args, **options: None)
    cells = pd.DataFrame({"cell": ["CHL→NZL", "ZAF→NZL"], "trained_for": ["CHL", "ZAF"]})

    def on_row(i):
        view.show_matrix(Selection(), cells, cells, cell=None)
        return given["on_row"](i)

    return on_row


def test_a_row_of_the_table_is_a_cell_and_a_card_and_while_presenting_a_cell_alone(on_row):
    assert on_row(1) == {"cell": "ZAF→NZL", "card": "ZAF"}
    glossary.speak(plainly=True)
    assert on_row(1) == {"cell": "ZAF→NZL"}
    glossary.speak(plainly=False)


def test_a_chosen_row_shows_both(open_page):
    at = open_page("bias", "many")
    assert shown_card(at) is None
    at.session_state["card"], at.session_state["cell"] = "ZAF", "ZAF→NZL"
    at.run()
    check_page(at)
    assert "Reward model of South Africa" in shown_card(at)
    assert "Trained for South Africa, tested on New Zealand" in words(at)


def test_the_card_is_that_of_the_run_that_is_named(open_page, many):
    at = open_page("bias", "many")
    at.selectbox(key="card").select("ZAF").run()
    check_page(at)
    runs = many.setting("ZAF", "scpo", 0.7)["runs"]
    by_seed = sorted((run.config.seed, run.run_id) for run in many.runs if run.run_id in runs)
    assert len(by_seed) == 2
    first, second = (run for _, run in by_seed)
    assert f"run {first[:8]}: one of 2 seeds. The matrix shows their mean, the card this one alone." in words(at)
    assert f"scpo export {first} DIR" in words(at) and first in shown_card(at).replace("\\", "")
    (seeds,) = [one for one in at.segmented_control if one.label == "Seed"]
    seeds.set_value(second).run()
    check_page(at)
    assert f"scpo export {second} DIR" in words(at) and second in shown_card(at)


def test_the_card_is_as_the_engine_writes_it_and_can_be_downloaded(open_page, many):
    at = open_page("bias", "many", query={"card": "Model of Chile"})
    check_page(at)
    run = at.get("download_button")
    names = [one.proto.label for one in run]
    assert "Download (.md)" in names
    wanted = card_text(model_card(many.store, many.setting("CHL", "scpo", 0.7)["runs"][0]))
    assert card.on_page(wanted).strip() == shown_card(at)
    assert wanted.startswith("---") and "## Limits" in wanted


def test_another_setting_has_another_card(open_page, many):
    at = open_page("bias", "many", query={"card": "Model of Chile", "setting": "Filter (τ 0.6)"})
    check_page(at)
    assert any(run in words(at) for run in many.setting("CHL", "filter", 0.6)["runs"])


def test_names_from_data_are_text_in_the_card(open_page):
    at = open_page("bias", "many", query={"data": "tastes-circles"})
    at.selectbox(key="card").select(world.MARKUP).run()
    check_page(at)
    assert "Reward model of \\*\\*bold\\*\\* \\:red\\[x\\]" in shown_card(at)


def test_while_presenting_there_is_no_card_and_a_row_is_a_cell_alone(open_page):
    at = open_page("bias", "many", query={"present": "true", "card": "Model of Chile"})
    check_page(at)
    assert shown_card(at) is None and "scpo export" not in words(at)
    assert "card" not in [one.key for one in at.selectbox]


def test_our_links_stay_and_colons_of_names_do_not_begin_signs():
    text = f"---\nlicense: x\n---\n\n# Reward model of a :smile:\n\nby {PAPER}.\n\n## Use\n"
    assert card.on_page(text) == f"#### Reward model of a \\:smile\\:\n\nby {PAPER}.\n\n##### Use\n"


@pytest.mark.parametrize("dark", [False, True])
def test_the_name_of_each_row_answers_to_a_click(many, dark):
    table = load.named_cells(
        results.bias_table(many.scored, many.runs, EvaluationConfig()),
        results.country_table(many.scored, EvaluationConfig()),
    )
    cells = table[table["setting"] == "scpo|0.7|1.1"]
    spec = matrix_chart(cells, end=0.2, dark=dark).to_dict()
    heads = spec["layer"][-1]
    rows = spec["datasets"][heads["data"]["name"]]
    assert [row["cell"] for row in rows] == [clicks.head_id(code) for code in cells["trained_for"].unique()]
    assert heads["encoding"]["x"]["value"] < heads["encoding"]["x2"]["value"] == 0
