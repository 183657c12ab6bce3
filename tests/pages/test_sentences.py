"""What the pages may say of a number: the rule set of verdicts, on rows written by hand."""

import math

import pandas as pd
import pytest
from reading import check_page, too_long

from dashboard.bias import words as bias
from dashboard.brief import words as brief
from dashboard.kit.verdicts import no_loss, verdict

NAN = math.nan


def row(country, gain, *, p=0.001, users=20, family=7, shown=7, of=7, **changes):
    """A row of the table of settings."""
    return {
        "country": country, "name": country, "setting_label": "Filter + weight (τ 0.7, β 1.1)",
        "method": "scpo", "method_label": "Filter + weight", "n_family": family,
        "n_countries": shown, "n_countries_shown": of, "too_few_users": users < 10,
        "gain_value": gain, "gain_low": gain - 0.01, "gain_high": gain + 0.01, "gain_holm": p, "gain_visible": 0.021,
        "true_value": 0.43, "true_low": 0.4, "true_high": 0.46, "blind_value": 0.28, "true_n_pairs": 300,
        "true_n_users": users, "excess_value": 0.15, "excess_low": 0.11, "excess_high": 0.18,
        "all_n_pairs": 900, "all_n_users": users,
    } | changes  # fmt: skip


def cell(trained, tested, difference, *, p=0.5, users=20):
    """A cell of the matrix of bias."""
    return {
        "trained_for": trained, "tested_on": tested, "trained_name": trained, "tested_name": tested,
        "diff_value": difference, "diff_low": difference - 0.01, "diff_high": difference + 0.01, "holm": p,
        "visible": 0.024, "n_pairs": 400, "n_users": users, "too_few_users": users < 10,
    }  # fmt: skip


def table(*rows):
    return pd.DataFrame(rows)


CALM = table(cell("AUS", "CHL", -0.004), cell("CHL", "AUS", 0.01), cell("AUS", "AUS", 0.03, p=0.001))
HARM = table(cell("AUS", "CHL", -0.031, p=0.01), cell("CHL", "AUS", -0.02, p=0.2), cell("AUS", "NZL", -0.2, users=4))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "gain"),
        ({"gain_value": -0.02}, "loss"),
        ({"p": 0.06}, "open"),
        ({"p": NAN}, "open"),
        ({"gain_low": NAN}, "unknown"),
        ({"users": 9}, "few"),
    ],
)
def test_a_verdict_needs_ten_users_an_interval_and_the_corrected_p(changes, said):
    assert verdict(row("AUS", 0.02, **changes), "gain", p="gain_holm") == said


def test_no_loss_is_never_said_without_the_loss_that_could_have_been_missed():
    assert no_loss(CALM, "visible") == "no loss seen; losses up to 2.4\u00a0points are not excluded"
    assert "not known" in no_loss(CALM.assign(visible=NAN), "visible")


def test_the_headline_carries_the_price():
    rows = table(row("AUS", 0.03), row("mean", 0.032))
    assert brief.gain_title(rows, HARM) == (
        "Filter + weight raises all-country accuracy by 3.2\u00a0points on average over 7 countries. "
        "Elsewhere 1 of 2 comparisons loses"
    )
    assert brief.gain_title(rows, CALM).endswith(". No loss seen in 2 comparisons elsewhere")


def test_within_chance_needs_an_interval_and_a_rise_the_corrected_p():
    assert "within chance" in brief.gain_title(table(row("mean", 0.03, p=0.2)), CALM)
    lost = brief.gain_title(table(row("mean", 0.03, gain_low=NAN, gain_high=NAN)), CALM)
    assert "not known yet" in lost and "chance" not in lost
    assert "raises" not in brief.gain_title(table(row("AUS", 0.03, users=8)), CALM)


def large(every, cells=CALM, *, chosen=None):
    """The large numbers, each as one text."""
    numbers = brief.large_numbers(every, every if chosen is None else chosen, cells, 0.95)
    return [" ".join([one.label, one.value, *one.sentences]) for one in numbers]


def test_a_headline_never_falls_back_to_the_first_country():
    rows = table(row("AUS", 0.03), row("CHL", 0.02))
    for said in (brief.gain_title(rows, CALM), *large(rows)[:2]):
        assert "o mean yet" in said and "AUS" not in said
    assert "in AUS" in brief.gain_title(rows.head(1), CALM)


def test_a_mean_says_over_how_many_countries():
    assert brief.where(pd.Series(row("mean", 0.03))) == "on average over 7 countries"
    assert brief.where(pd.Series(row("mean", 0.03, shown=5))) == "on average over 5 of 7 countries"


def test_the_verdict_is_that_over_all_countries_and_the_chosen_ones_have_a_number():
    chosen = table(
        row("AUS", 0.03), row("CHL", 0.02, p=0.3), row("NZL", 0.05, p=NAN, users=6),
        row("mean", 0.027, p=NAN, shown=3, of=3),
    )  # fmt: skip
    every = table(*(row(f"C{i}", 0.03) for i in range(7)), row("mean", 0.034))
    gain, _, _ = large(every, chosen=chosen)
    assert "+3.4\u00a0points Between +2.4 and +4.4\u00a0points (95\u00a0% interval), beyond chance." in gain
    assert "On average over 7 countries: 900 pairs, 20 users." in gain
    assert "The 3 chosen on average: +2.7\u00a0points [+1.7, +3.7]." in gain
    assert "chosen" not in large(every)[0]
    assert brief.by_country(chosen) == ("1 of 2 chosen countries gains and 0 lose beyond chance, corrected over 7")
    assert brief.missed_losses(chosen) == " No loss seen; losses up to 2.1\u00a0points are not excluded."
    assert brief.corrected(chosen) == (
        "Filled: differs from 0 after correction (2 chosen of 7 countries, corrected over 7)."
    )


def test_a_recovered_share_stands_with_its_label_blind_part_and_the_excess():
    _, excess, _ = large(table(row("mean", 0.03)))
    assert "+15.0\u00a0points Between +11.0 and +18.0\u00a0points (95\u00a0% interval)." in excess
    assert "recovers 43.0\u00a0% [40.0, 46.0], a label-blind change of the same size 28.0\u00a0%." in excess
    assert "300 pairs, 20 users" in excess


def test_the_price_names_who_pays_whatever_is_selected():
    _, _, pays = large(table(row("AUS", 0.03)), HARM)
    assert "1 of 2 Comparisons of all 2 models with other countries that lose, corrected over all." in pays
    assert "the model of AUS on pairs of CHL, −3.1\u00a0points [−4.1, −2.1]" in pays
    assert "NZL" not in pays  # four users: no verdict
    assert brief.losers(HARM)["tested_on"].tolist() == ["CHL"]
    assert "None seen No loss seen; losses up to 2.4" in large(table(row("AUS", 0.03)))[2]
    assert "unknown Too few test users" in large(table(row("AUS", 0.03)), CALM.tail(1))[2]


LONG = "Democratic Republic of the Congo"
WORLDS = {
    "calm": (table(row("AUS", 0.03), row("mean", 0.032)), CALM),
    "harm": (table(row("AUS", 0.03), row("mean", 0.032, shown=5)), HARM),
    "few": (table(row("AUS", 0.03, users=4)), CALM.tail(1)),
    "unknown": (table(row("mean", 0.03, gain_low=NAN, gain_high=NAN, excess_low=NAN)), HARM),
    "no mean": (table(row("AUS", -0.03), row("CHL", 0.02)), HARM),
    "long names": (
        table(row(LONG, -0.03, p=0.01), row("mean", -0.03, shown=5, p=0.01)),
        table(cell(LONG, "Bosnia and Herzegovina", -0.04, p=0.001), cell("AUS", LONG, -0.02, p=0.2)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("n_chosen", [1, 2])
def test_no_sentence_of_the_brief_has_more_than_25_words_or_four_numbers(name, n_chosen):
    every, cells = WORLDS[name]
    chosen = every.tail(n_chosen)
    said = [brief.ABOUT, brief.gain_title(every, cells), brief.by_country(chosen), brief.corrected(chosen)]
    said += [sentence for one in brief.large_numbers(every, chosen, cells, 0.95) for sentence in one.sentences]
    said += [brief.missed_losses(chosen)]
    assert [one for text in said for one in too_long(text)] == []


@pytest.mark.parametrize("users", [(20, 30), (20, 4), (4, 4), ()])
def test_no_sentence_on_the_global_model_is_longer(users):
    countries = table(
        *({"name": LONG, "value": 0.6 + n / 100, "low": 0.5, "high": 0.7, "n_pairs": 1300, "n_users": n} for n in users)
    ).reindex(columns=["name", "value", "low", "high", "n_pairs", "n_users"])
    assert too_long(brief.disagreement(countries, 0.95)) == []


@pytest.mark.parametrize("scenario", ["scored", "one", "partial", "many"])
@pytest.mark.parametrize("countries", [None, ["ZAF", "CHL"]])
def test_no_sentence_on_the_page_is_longer(open_page, scenario, countries):
    at = open_page("brief", scenario)
    if countries:
        at.multiselect(key="countries").set_value(countries).run()
    check_page(at)
    kinds = (at.main.header, at.main.subheader, at.main.markdown, at.main.caption, at.main.info, at.main.warning)
    said = [one.value.replace("\\", "") for kind in kinds for one in kind]
    # Definitions and named facts begin in bold; sources are no sentences.
    said = [one for one in said if not one.startswith(("**", "Data:"))]
    assert len(said) >= 5
    assert [one for line in said for one in too_long(line)] == []


def test_the_rule_on_sentences_can_fail():
    assert too_long("It rises by 1.0 [0.5, 1.5], on 3 of 5 users.") and too_long("word " * 26 + ".")
    assert too_long("word " * 25 + ". By 1,302.5 of 3 on 4 and 5.") == []


def test_the_matrix_says_what_was_not_seen():
    assert bias.matrix_title(CALM) == (
        "At home 1 of 1 model gains beyond chance; in other countries 0 comparisons gain, no loss seen; losses up to "
        "2.4\u00a0points are not excluded (2 comparisons)"
    )
    assert "1 of 2 loses" in bias.matrix_title(HARM)


def test_over_steering_is_only_said_where_it_was_judged():
    points = table({"over_holm": NAN, "over_steering": False})
    assert "cannot be seen yet" in bias.steering_title(points)
    judged = table({"over_holm": 0.01, "over_steering": True}, {"over_holm": 0.5, "over_steering": False})
    assert bias.steering_title(judged).startswith("1 of 2 models over-steer")
    assert (
        bias.steering_title(judged.tail(1))
        == "Over-steering is not seen beyond chance, in 1 comparison with training on all pairs"
    )


def test_a_headline_on_a_model_from_elsewhere_carries_its_reservation():
    label = "theirs (external, training unknown)"
    rows = table(row("mean", 0.034, method="external", setting_label=label, method_label="External model"))
    assert brief.gain_title(rows, CALM).startswith(f"{label} raises all-country accuracy by 3.4")


def test_one_country_that_can_be_judged_is_named_and_has_its_verb():
    assert brief.by_country(table(row("ZAF", 0.005, p=0.6, family=1))) == (
        "0 of 1 country gains and 0 lose beyond chance"
    )
    assert bias.matrix_title(table(cell("ZAF", "ZAF", 0.005))).startswith("At home 0 of 1 model gains beyond chance")
    home = table(cell("South Africa", "South Africa", 0.005) | {"before_value": 0.592, "after_value": 0.597})
    assert bias.slopes_title(home).endswith("with the country's own (South Africa)")


def test_calibration_says_on_which_side_both_models_are():
    row = pd.Series(
        {"after_value": 0.121, "after_low": 0.066, "after_high": 0.177, "before_value": -0.049, "too_few_users": False}
    )
    assert bias.calibration_title(row) == (
        "The own models are too sure by 12.1\u00a0points, the global model not sure enough by 4.9\u00a0points"
    )
