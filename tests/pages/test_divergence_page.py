"""Divergence: the page in its states, and the functions behind it."""

import math
from types import SimpleNamespace
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from hand.tables import add, score
from reading import check_page, words
from world import BROKEN, PEOPLE, ROWS, at_work, break_run

from dashboard.divergence import columns, pickers, sections, tables, world
from dashboard.divergence import load as distances
from dashboard.divergence import view as divergence_view
from dashboard.divergence import words as divergence_words
from dashboard.divergence.charts import differences as differences_chart
from dashboard.divergence.charts import plane, to_global, triangle
from dashboard.kit import clicks, exports, matrix, text
from dashboard.kit.table import twin
from scpo import results
from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.divergence import Divergence
from scpo.measures.estimate import Estimate
from scpo.measures.intervals import Interval
from scpo.results.community_pairs import examples, p_glo_distribution, to_global_table
from scpo.results.divergence import layout

NAMES = {"AUS": "Australia", "CAN": "Canada", "CHL": "Chile", "ISR": "Israel", "ZAF": "South Africa"}
VALUES = {
    ("AUS", "CAN"): (0.04, -0.05, 0.09),
    ("AUS", "CHL"): (0.20, 0.16, 0.24),
    ("AUS", "ISR"): (0.22, 0.10, 0.30),
    ("AUS", "ZAF"): (0.31, 0.26, 0.36),
    ("CAN", "CHL"): (0.18, 0.12, 0.24),
    ("CAN", "ISR"): (0.25, 0.12, 0.33),
    ("CAN", "ZAF"): (0.29, 0.24, 0.34),
    ("CHL", "ISR"): (0.24, 0.10, 0.32),
    ("CHL", "ZAF"): (-0.03, -0.08, 0.06),
    ("ISR", "ZAF"): (math.nan, math.nan, math.nan),
}
HOLM = {
    ("AUS", "CAN"): 0.9, ("AUS", "CHL"): 0.06, ("AUS", "ZAF"): 0.012,
    ("CAN", "CHL"): 0.03, ("CAN", "ZAF"): 0.012, ("CHL", "ZAF"): 1.0,
}  # fmt: skip
"""p after Holm; nine people in Israel are too few for a test."""

USERS = {"AUS": 52, "CAN": 50, "CHL": 55, "ISR": 9, "ZAF": 56}
FLOORS = {"AUS": 0.12, "CAN": 0.10, "CHL": 0.15, "ISR": 0.30, "ZAF": 0.12}


def measured(*, values=VALUES, users=USERS, level=0.95) -> Divergence:
    """Return made-up distances; by default one of each kind."""
    codes = list(users)

    def estimate(value: float, low: float, high: float, n_users: int) -> Estimate:
        return Estimate(value, (Interval(level, low, high),), 25 * n_users, n_users)

    tests = np.full((len(codes), len(codes)), math.nan)
    for (one, other), holm in (HOLM if values is VALUES else {}).items():
        i, j = codes.index(one), codes.index(other)
        tests[i, j] = tests[j, i] = holm

    def cell(one: str, other: str) -> Estimate:
        value, low, high = (0.0, 0.0, 0.0) if one == other else values[min(one, other), max(one, other)]
        return estimate(value, low, high, users[one] + users[other])

    return Divergence(
        countries=tuple(codes),
        n_users=tuple(users.values()),
        distance=tuple(tuple(cell(one, other) for other in codes) for one in codes),
        noise_floor=tuple(estimate(-0.02, -0.1, FLOORS.get(c, 0.1), users[c]) for c in codes),
        to_global=tuple(estimate(0.3, 0.25, 0.35, users[c]) for c in codes),
        p=tests / 4,
        holm=tests,
    )


def arranged(**changes) -> distances.Distances:
    found = measured(**changes)
    return distances.arranged(found, layout(found, draws=20), lambda code: NAMES.get(code, code))


def few_pairs() -> SimpleNamespace:
    """Return scored pairs of every country, two users each, with texts that look like markup."""
    rows, texts = [], []
    for country in NAMES:
        for number in range(6):
            gap = (-1) ** number * (0.4 + 0.1 * number)
            rows.append(
                {
                    "pair_id": f"{country}-{number}",
                    "user_id": f"{country}-u{number % 2}",
                    "country": country,
                    "chosen": len(texts),
                    "rejected": len(texts) + 1,
                    "gap": gap,
                    "p_glo": 1 / (1 + math.exp(-gap)),
                }
            )
            texts += [{"prompt": "**bold** :red[x] $x$", "response": "<b>one</b> " * 80, "flagged": False}] * 2
    pairs = pd.DataFrame(rows)
    return SimpleNamespace(
        info=SimpleNamespace(group="country"),
        pairs=pairs,
        utterances=pd.DataFrame(texts),
        country_pairs=lambda country: pairs[pairs["country"] == country],
    )


@pytest.fixture(scope="session")
def real(many) -> Divergence:
    """Return the distances of the real cache."""
    return results.load_divergence(many.store, many.scored, EvaluationConfig(), save=False)


def test_an_empty_cache_says_what_to_do(open_page):
    at = open_page("divergence", "empty")
    check_page(at)
    assert "There is no data set yet" in words(at)


def test_while_scores_are_made_the_page_shows_how_far_they_are(open_page, own_cache):
    store = own_cache("unscored")
    with at_work(store, "Sample", "scoring", 4200, 13500, "responses"):
        at = open_page("divergence", store)
    check_page(at)
    assert "4,200 of 13,500 responses" in words(at)


@pytest.mark.parametrize("scenario", ["scored", "partial", "many"])
def test_the_page_needs_scores_but_no_runs(open_page, real, scenario):
    at = open_page("divergence", scenario)
    check_page(at)
    assert len(at.header) == 1
    holm = real.holm[np.tril_indices(len(real.countries), -1)]
    tested, differ = np.isfinite(holm).sum(), (holm < 0.05).sum()
    said = f"{differ} of {text.count(tested, 'couple')} of communities {'differs' if differ == 1 else 'differ'}"
    assert (said if differ else f"None of {text.count(tested, 'couple')} of communities is shown") in words(at)
    assert len(at.dataframe) == 3


HEADED = {
    sections.DISAGREEMENT: "How sure the global model is, right or wrong",
    sections.DIFFERS: "What differs",
    sections.COUPLE: "Where the global model disagrees most with Chile and Mexico",
    sections.MAPS: "Where the communities are",
}


@pytest.mark.parametrize(
    ("query", "section"),
    [
        ({}, sections.DISAGREEMENT),
        ({"section": sections.DIFFERS}, sections.DIFFERS),
        ({"section": sections.MAPS}, sections.MAPS),
        ({"who": "Chile"}, sections.DIFFERS),
        ({"couple": "Chile and Mexico"}, sections.COUPLE),
        ({"couple": "Chile and Mexico", "section": sections.MAPS}, sections.MAPS),
    ],
)
def test_only_the_open_section_is_drawn_and_a_link_opens_the_one_it_is_about(open_page, query, section):
    at = open_page("divergence", "many", query=query)
    check_page(at)
    found = [one.value for one in at.subheader]
    assert [name for name, heading in HEADED.items() if heading in found] == [section]


def test_a_couple_that_is_chosen_opens_its_section(open_page):
    at = open_page("divergence", "many", query={"section": sections.MAPS})
    at.selectbox(key="couple").select("NZL↔ZAF").run()
    check_page(at)
    assert at.session_state[sections.SECTION] == sections.COUPLE


def test_a_broken_run_is_named_and_the_distances_are_shown(open_page, own_cache):
    store = own_cache("one")
    break_run(store)
    at = open_page("divergence", store)
    check_page(at)
    assert BROKEN in words(at) and "No run is finished" not in words(at)


def test_an_engine_that_refuses_is_one_sentence(open_page, own_cache, monkeypatch):
    def refuse(*_, **__):
        raise InputError("a divergence needs two communities with pairs")

    monkeypatch.setattr(results, "load_divergence", refuse)
    at = open_page("divergence", own_cache("scored"))
    assert not at.exception and len(at.error) == 1


def test_one_community_alone_is_told_what_to_do(open_page, store):
    info = add(store, origin=("ZAF",))
    score(store, info, np.arange(info.counts["utterances"]))
    at = open_page("divergence", store)
    check_page(at)
    assert "A divergence needs two communities" in words(at)


def test_distances_are_computed_once_for_all_reruns(open_page, own_cache, real, monkeypatch):
    calls = []
    monkeypatch.setattr(results, "load_divergence", lambda *a, **k: calls.append((a[2].level, k["save"])) or real)
    at = open_page("divergence", own_cache("scored"))
    at.multiselect(key="countries").set_value(["ZAF"]).run()
    check_page(at)
    assert calls == [(0.95, True)]
    at.segmented_control(key="interval").set_value("80 %").run()
    check_page(at)
    assert calls == [(0.95, True), (0.80, True)]


def test_a_read_only_dashboard_keeps_nothing_on_disk(open_page, own_cache, real, monkeypatch):
    calls = []
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    monkeypatch.setattr(results, "load_divergence", lambda *a, **k: calls.append(k["save"]) or real)
    check_page(open_page("divergence", own_cache("scored")))
    assert calls == [False]


def test_choosing_a_couple_shows_distance_floors_sample_and_examples(open_page, real):
    at = open_page("divergence", "many")
    at.selectbox(key="couple").select("NZL↔ZAF").run()
    check_page(at)
    found, place = words(at), {code: i for i, code in enumerate(real.countries)}
    cell = real.distance[place["NZL"]][place["ZAF"]]
    people = PEOPLE["NZL"] + PEOPLE["ZAF"]
    assert f"{100 * cell.value:.1f}\u00a0% [" in found
    assert f"{people * ROWS} pairs, {people} users" in found
    floor = real.noise_floor[place["NZL"]]
    low = f"{100 * floor.low:.1f}\u00a0%" if floor.low > 0 else "0"
    assert f"{low} to {100 * floor.high:.1f}\u00a0% ({24 * ROWS} pairs, 24 users)" in found
    holm = real.holm[place["NZL"], place["ZAF"]]
    assert f"{'differ' if holm < 0.05 else 'no difference shown'}, p after Holm" in found
    assert "Where the global model disagrees most with" in found


def test_a_couple_leads_to_the_pairs_that_divide_its_models_and_to_their_reader(open_page, many):
    at = open_page("divergence", "many")
    assert "Pairs that divide the models of" not in words(at)
    at.selectbox(key="couple").select("NZL↔ZAF").run()
    check_page(at)
    common = results.dividing_pairs(many.scored, "ZAF", "NZL", EvaluationConfig())
    divided = common.pairs[common.pairs["divided"]]
    assert f"prefer different responses in {len(divided)}" in words(at)
    table = next(one.value for one in at.dataframe if "Chosen by a person of" in one.value.columns)
    assert table["Pair"].tolist() == divided["pair_id"].head(25).tolist()

    def link():
        return parse_qs(at.get("page_link")[0].proto.query_string)["pair"]

    assert link() == [divided["pair_id"].iloc[0]]
    at.session_state["dividing_pairs"] = {"selection": {"rows": [2], "columns": []}}
    at.run()
    check_page(at)
    assert link() == [divided["pair_id"].iloc[2]]


def test_a_negative_distance_is_no_difference_and_never_a_negative_number():
    row = tables.couples(arranged()).set_index("couple").loc["CHL↔ZAF"]
    assert row["value"] < 0 and divergence_words.couple(row).startswith("No difference shown between")
    assert divergence_words.distance_words(row) == "0.0\u00a0% [0.0, 6.0]"


def test_texts_of_people_are_shown_as_text_only(open_page):
    at = open_page("divergence", "many")
    at.selectbox(key="couple").select("NZL↔ZAF").run()
    assert any("**now** :red[x] $x$ <b>" in element.value for element in at.text)
    assert not any(":red[" in element.value for element in [*at.markdown, *at.caption])


def test_the_row_of_the_table_chooses_the_couple_and_the_address_restores_it(open_page):
    at = open_page("divergence", "many")
    label = next(o for o in at.selectbox(key="couple").options if "New Zealand" in o and "South Africa" in o)
    at = open_page("divergence", "many", query={"couple": label})
    check_page(at)
    assert at.selectbox(key="couple").value == "NZL↔ZAF"


def test_a_chosen_country_without_distances_is_named(open_page, store):
    """Four people from Mexico are fewer than a distance takes."""
    info = add(store, n_users=68, origin=("CHL", "ZAF") * 8 + ("MEX",))
    score(store, info, np.random.default_rng(0).normal(size=info.counts["utterances"]))
    at = open_page("divergence", store)
    at.session_state[sections.SECTION] = sections.DIFFERS
    at.multiselect(key="countries").set_value(["MEX", "ZAF"]).run()
    check_page(at)
    assert "Chosen in the sidebar, but without distances: Mexico" in words(at)
    assert "South Africa" in at.selectbox(key="who").placeholder


def test_what_differs_says_more_or_less_and_follows_the_picker(open_page, many):
    at = open_page("divergence", "many", query={"section": sections.DIFFERS})
    at.selectbox(key="who").select("MEX").run()
    check_page(at)
    assert "What the choices in Mexico want beyond the global model: Longer (more)" in words(at)
    at.selectbox(key="who").select("CHL").run()
    parts = results.where_it_differs(many.scored, "CHL", EvaluationConfig())
    sure = parts[parts["holm"] < 0.05]
    more = (sure["difference"] > 0).sum()
    few = "No conversation or topic in Chile where"
    assert (f"more often in {more}" if more else few) in words(at)
    assert not more or f"of {len(parts)} parts than in the rest" in words(at)


def ends(low: float, high: float) -> dict[str, float]:
    """Return the ends of both intervals, as wide as each other."""
    return {"low": low, "high": high, "inner_low": low, "inner_high": high}


def differing() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return made-up tables of `results.what_differs` and `results.where_it_differs`."""
    nothing = dict.fromkeys(("coefficient", "p", "holm", "adjusted"), math.nan) | ends(math.nan, math.nan)
    counts = {"per": "one", "n_pairs": 900, "n_users": 56, "n_different": 300, "n_users_different": 40}
    counts |= {"slope": 0.62, "slope_low": 0.5, "slope_high": 0.74}
    known = {"coefficient": 0.8, **ends(0.6, 1.0), "p": 0.001, "holm": 0.002, "adjusted": 0.8}
    features = [
        {"feature": "length", "label": "Longer", **known, **counts},
        {"feature": "lists", "label": "Lists", **nothing, **counts},
    ]
    one = {"facet": "topic", "disagreement": 0.4, "p": 0.01, "holm": 0.02, "n_pairs": 60}
    parts = [
        {**one, "value": "a", "label": "war, peace", "difference": 0.1, **ends(0.05, 0.15), "n_users": 30},
        {**one, "value": "b", "label": "cook, eat", "difference": -0.1, **ends(-0.15, -0.05), "n_users": 7},
    ]
    return pd.DataFrame(features), pd.DataFrame(parts)


def test_a_couple_differs_by_the_permutation_test_after_holm_and_the_floor_has_no_say():
    table = tables.couples(arranged()).set_index("couple")
    for couple, row in table.iterrows():
        assert row["value"] == pytest.approx(VALUES[tuple(couple.split("↔"))][0], nan_ok=True)
    assert set(table.index[table["differs"]]) == {"AUS↔ZAF", "CAN↔CHL", "CAN↔ZAF"}
    above_its_floor = table.loc["AUS↔CHL"]
    assert above_its_floor["low"] > above_its_floor["floor"] and not above_its_floor["differs"]
    assert triangle.verdict(above_its_floor) == "no difference shown, p after Holm 0.060"
    assert triangle.verdict(table.loc["CAN↔CHL"]) == "differ, p after Holm 0.030"
    assert triangle.verdict(table.loc["CHL↔ISR"]) == "too few users"
    assert (table["row"] > table["column"]).all() and len(table) == 10


def test_communities_without_all_distances_stand_below_the_tree():
    found = arranged()
    assert set(found.laid) | {found.order[-1]} == set(NAMES)
    assert found.order[-1] in ("ISR", "ZAF") and len(found.laid) == 4


def test_every_branching_has_four_corners_and_ends_at_its_children():
    found = arranged()
    table = tables.branches(found)
    assert table.groupby("branch").size().tolist() == [4, 4, 4]
    last = table[table["branch"] == 2]
    assert last["depth"].max() == pytest.approx(found.tree.linkage[-1, 2])
    assert set(last["members"].iloc[0].replace(" and ", ", ").split(", ")) == {NAMES[c] for c in found.laid}
    assert (table["sure"] == (table["support"] >= 0.7)).all()
    assert {0.0, 1.0, 2.0, 3.0} <= set(table["place"])


def test_without_any_layout_the_rows_are_by_name_and_there_is_no_tree_and_no_map():
    found = distances.arranged(measured(), None, NAMES.__getitem__)
    assert [NAMES[c] for c in found.order] == sorted(NAMES.values())
    assert tables.branches(found).empty
    assert tables.map_points(found).empty and tables.map_clouds(found).empty


def test_the_coloured_part_of_the_distribution_is_the_share_of_the_dots():
    table = to_global_table(few_pairs(), ["ZAF", "CHL"], EvaluationConfig(level=0.95))
    assert table["value"].tolist() == pytest.approx([0.5, 0.5])
    assert table["n_users"].tolist() == [2, 2] and table["too_few_users"].all()
    spread = p_glo_distribution(table, keep=["country", "name", "too_few_users"])
    left = spread[(spread["country"] == "ZAF") & (spread["p_high"] <= 0.5)]["share"].sum()
    assert left == pytest.approx(0.5)
    assert spread.groupby("country")["share"].sum().tolist() == pytest.approx([1.0, 1.0])


def test_examples_are_the_most_negative_gaps_one_per_person_without_flagged_texts():
    scored = few_pairs()
    utterances = scored.utterances.copy()
    pairs = scored.pairs.assign(user_id=[f"u{i // 2}" for i in range(len(scored.pairs))])
    zaf = pairs[pairs["country"] == "ZAF"]
    assert examples(pairs, utterances, "ZAF")["pair_id"].tolist() == ["ZAF-5", "ZAF-3", "ZAF-1"]
    utterances["flagged"] = utterances["flagged"].astype("boolean")
    utterances.loc[int(zaf["rejected"].iloc[5]), "flagged"] = True
    utterances.loc[0, "flagged"] = pd.NA
    assert examples(pairs, utterances, "ZAF")["pair_id"].tolist() == ["ZAF-3", "ZAF-1"]
    together = pairs.assign(user_id="one")
    assert len(examples(together, utterances, "ZAF")) == 1
    assert examples(pairs, utterances, "JPN").empty


def test_a_click_on_a_country_puts_it_in_and_a_second_click_takes_it_out():
    def clicked(place, chosen):
        return pickers.after_place_click({"selection": {"pick": [{"pick": place}]}}, chosen=chosen)

    first = clicks.country_place("ZAF", chosen=["CHL"])
    assert clicked(first, ["CHL"]) == {"countries": ["CHL", "ZAF"], "who": "ZAF"}
    second = clicks.country_place("ZAF", chosen=["CHL", "ZAF"])
    assert first != second, "the chart reports a second click only if it means something else"
    assert clicked(second, ["CHL", "ZAF"]) == {"countries": ["CHL"]}
    assert clicked(first, ["CHL", "ZAF"]) == {"countries": ["CHL", "ZAF"], "who": "ZAF"}


def test_a_click_on_a_cell_chooses_the_couple_and_one_beside_changes_nothing():
    place = clicks.cell_place(clicks.couple_id("ZAF", "AUS"))
    assert pickers.after_place_click({"selection": {"pick": [{"pick": place}]}}, chosen=[]) == {"couple": "AUS↔ZAF"}
    assert pickers.after_place_click({"selection": {"pick": []}}, chosen=["ZAF"]) == {}
    assert clicks.couple_id("a:b", "c") == clicks.couple_id("c", "a:b")


def test_a_click_on_the_world_map_toggles_and_looks_only_at_what_has_distances():
    event = {"selection": {"points": [{"location": "ZAF"}]}}
    assert world.after_click(event, chosen=(), known={"ZAF"}) == {"countries": ["ZAF"], "who": "ZAF"}
    assert world.after_click(event, chosen=(), known={"CHL"}) == {"countries": ["ZAF"]}
    circle = {"selection": {"points": [{"customdata": ["ZAF"]}]}}
    assert world.after_click(circle, chosen=("ZAF",), known={"ZAF"}) == {"countries": []}
    assert world.after_click({"selection": {"points": []}}, chosen=("ZAF",), known=set()) == {}


def test_the_world_map_has_a_place_for_every_country_of_prism_and_draws_circles_of_six_pixels():
    here = world.centres()
    assert here["ZAF"] == pytest.approx((25, -29), abs=3)
    # Of several shapes the islands do not stand for the country: Madrid, Coimbra, Quito, Ramallah.
    for country, near in {"ESP": (-3.7, 40.4), "PRT": (-8.4, 40.2), "ECU": (-78.5, -0.2), "PSE": (35.2, 31.9)}.items():
        assert here[country] == pytest.approx(near, abs=1.5), country
    assert all(-180 <= longitude <= 180 and -90 <= latitude <= 90 for longitude, latitude in here.values())
    table = world.placed({"ZAF": 50, "SGP": 4, "xx": 9}, with_distance={"ZAF"}, chosen={"ZAF"})
    assert table["kind"].tolist() == ["chosen", "too few users"]
    drawn = world.world_figure(table, dark=False)
    assert min(trace.marker.size for trace in drawn.data if trace.type == "scattergeo") >= 6


def test_a_cell_says_zero_number_or_nothing():
    assert triangle._label(-0.04, few=False) == "≈ 0"
    assert triangle._label(0.123, few=False) == "12.3"
    assert triangle._label(math.nan, few=False) == triangle._label(0.2, few=True) == "–"


def test_names_on_the_map_keep_away_from_each_other():
    (ax, ay), (bx, by) = plane._label_places(["United States", "United Kingdom"], [100.0, 106.0], [100.0, 102.0])
    assert abs(ay - by) >= 14 or abs(ax - bx) >= 80
    crowd = plane._label_places(["South Africa"] * 30, [100.0 + i for i in range(30)], [50.0] * 30, always=[False] * 30)
    assert 0 < sum(place is not None for place in crowd) < 10
    last = plane._label_places(["Chile"] * 30, [100.0] * 30, [50.0] * 30, always=[False] * 29 + [True])
    assert last[-1] is not None


def test_the_title_counts_couples_with_enough_users_and_names_no_largest():
    table = tables.couples(arranged())
    assert divergence_words.title(table) == "3 of 6 couples of communities differ, counting all comparisons made"
    assert divergence_words.title(table.assign(differs=False)).startswith("None of 6 couples of communities is shown")
    assert "No two communities have ten users" in divergence_words.title(table.assign(too_few_users=True))


def test_a_map_with_high_stress_is_said_not_to_be_trusted():
    assert "cannot be trusted" in divergence_words.map_title(0.21)
    assert "good" in divergence_words.map_title(0.05) and "fair" in divergence_words.map_title(0.15)


def test_a_long_text_is_cut_at_a_word():
    assert divergence_view.shortened("one\n two   three", most=9) == "one two …"
    assert divergence_view.shortened("short") == "short"


def test_what_differs_needs_holm_and_ten_users():
    features, parts = differing()
    table = distances._flagged(parts)
    assert table["sure"].tolist() == [True, False]
    assert divergence_words.where_title(table, "Chile") == (
        "In Chile the global model disagrees more often in 1 of 2 parts than in the rest"
    )
    assert divergence_words.unseen(features).endswith("Lists.")
    assert divergence_words.slope(features) == " Slope κ of the gap: 0.62 [0.50, 0.74], the global model is too sure."
    rare = features.assign(n_users_different=9)
    few = distances._flagged(rare, users="n_users_different")
    assert not few["sure"].any() and distances._flagged(rare)["sure"].any()
    assert divergence_words.features_title(few, "Israel") == "Israel: too few users to say what differs"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["Column (3.3 in)", "Slide (1600 x 900)"])
def test_every_chart_becomes_a_picture(dark, size):
    found = arranged()
    couples, people, grown = tables.couples(found), tables.communities(found), tables.branches(found)
    table = to_global_table(few_pairs(), found.order, EvaluationConfig(level=0.95))
    spread = p_glo_distribution(table, keep=["country", "name", "n_pairs", "n_users", "too_few_users"])
    features, where = (distances._flagged(one) for one in differing())
    points, clouds = tables.map_points(found), tables.map_clouds(found)
    charts = [
        triangle.triangle_chart(couples, people, grown, chosen=["ZAF"], couple="AUS↔ZAF", dark=dark),
        triangle.triangle_chart(couples, people, grown.iloc[:0], chosen=[], couple=None, dark=dark),
        to_global.to_global_chart(table, chosen=["ZAF"], dark=dark),
        to_global.p_glo_chart(spread, table, chosen=[], dark=dark),
        plane.map_chart(points, clouds, chosen=["ZAF"], trusted=False, dark=dark),
        differences_chart.features_chart(features, dark=dark),
        differences_chart.where_chart(where, dark=dark),
    ]
    for one in charts:
        spec = exports.figure_spec(one, title="A finding", subtitle="What", caption="Synthetic sample.", size=size)
        assert b"Synthetic" in exports.render(spec, "svg")


def test_many_communities_have_small_cells_without_numbers_and_fit_the_page():
    users = {f"c{i:02d}": 20 for i in range(30)}
    codes = list(users)
    values = {(a, b): (0.1, 0.05, 0.15) for i, a in enumerate(codes) for b in codes[i + 1 :]}
    found = arranged(values=values, users=users)
    people = tables.communities(found)
    where = matrix.plan(people["name"].tolist(), tree=True)
    assert where.digits is None and where.width < 760
    drawn = triangle.triangle_chart(
        tables.couples(found), people, tables.branches(found), chosen=[], couple=None, dark=False
    )
    spec = exports.figure_spec(drawn, title="T", subtitle="S", caption="C", size="Page (6.9 in)")
    assert exports.render(spec, "svg").count(b"<path") > 435


def test_the_twin_has_every_couple_in_percent():
    shown = twin(tables.couples(arranged()), columns.COUPLES)
    row = shown[(shown["Distance, %"] == 31.0)].iloc[0]
    assert row["Differ"] == "yes" and row["p after Holm"] == 0.012 and row["Users of both"] == 108
    assert shown["Distance, %"].isna().sum() == 1
