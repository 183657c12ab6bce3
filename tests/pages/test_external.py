"""A model from elsewhere on the pages: a star among the settings, and everywhere its training is said to be unknown."""

import shutil

import numpy as np
import pytest
from reading import check_page, words

from dashboard.frame import load
from dashboard.frame.state import Selection
from dashboard.kit import clicks, marks, text, theme
from dashboard.kit.table import twin
from dashboard.tradeoff import charts, columns, controls
from scpo import results
from scpo.methods import TRAINING_UNKNOWN
from scpo.store.cache import Store
from scpo.store.externals import add_external, remove_external
from scpo.store.models import ModelIdentity
from scpo.store.scores import write_scores

SETTING = "external:theirs|-|-"
LABEL = "theirs (external, training unknown)"


def bring(store, *, name="theirs", country="CHL", scored=True, seed=0):
    """Add a model from elsewhere: the global model's rewards with something on top."""
    add_external(
        store, ModelIdentity(name, f"key-of-{name}", f"someone/{name}@abc"), name=name, trained_for=country,
        setting=name, ref=f"someone/{name}", licence=None,
    )  # fmt: skip
    if scored:
        found = results.load_scored(store, "tastes", "rm").scores
        info = found.info
        write_scores(
            store,
            f"scores-{name}",
            reward=found.reward + np.random.default_rng(seed).normal(0, 0.5, len(found.reward)).astype(np.float32),
            features=np.array(found.features),
            head_weight=found.head_weight,
            head_bias=found.head_bias,
            about={
                "dataset": "tastes",
                "utterances_sha256": info.utterances_sha256,
                "model": name,
                "model_key": f"key-of-{name}",
                "model_location": f"someone/{name}@abc",
                "encoding": info.encoding,
                "seconds": 1.0,
                "device": "cpu",
            },
        )
    return store


@pytest.fixture(scope="module")
def with_theirs(cache_of, tmp_path_factory):
    """Return a cache with one that is scored, for Chile, and one that is not, for New Zealand."""

    root = shutil.copytree(cache_of("many").root, tmp_path_factory.mktemp("theirs") / "cache")
    return bring(bring(Store(root)), name="unscored", country="NZL", scored=False)


@pytest.fixture
def settings(with_theirs, monkeypatch):
    monkeypatch.setenv("SCPO_CACHE_DIR", str(with_theirs.root))
    return load.load_settings(Selection("tastes", "rm", fingerprint="theirs"))


QUERY = {"country": "Chile", "setting": LABEL}


def test_trade_off_shows_it_with_its_numbers_and_says_what_is_not_known(open_page, with_theirs, settings):
    at = open_page("tradeoff", with_theirs, query=QUERY)
    check_page(at)
    (row,) = settings[settings["setting"] == SETTING].to_dict("records")
    said = words(at)
    assert at.selectbox(key="setting").value == SETTING
    assert f"**{LABEL}**" in said and text.share_estimate(row, "all") in said
    assert f"**Training**  \n{TRAINING_UNKNOWN.removeprefix('training ')}" in said
    assert "**On the front**  \nnever" in said and "**Seeds**" not in said and "**Training pairs**" not in said
    assert f"Stars: models from elsewhere, never chosen, {TRAINING_UNKNOWN}." in said
    assert "so they are no held-out numbers" in " ".join(said.split()).lower()  # how it is computed
    assert "not shown: unscored (not scored yet: `scpo score --data tastes --model unscored` does it)" in said


def test_its_table_row_and_its_mark_are_its_own(settings):
    rows = settings[settings["country"] == "CHL"]
    shown = twin(rows, columns.SETTINGS).set_index("Setting")
    assert shown.loc[LABEL, "Training"] == TRAINING_UNKNOWN.removeprefix("training ")
    assert shown["Training"].drop(LABEL).eq("").all() and shown["Runs"][LABEL] == "external:theirs"
    assert shown.loc[LABEL, ["On front", "Chosen", "Control"]].tolist() == ["no", "no", "no"]
    look = theme.METHODS["external"]
    assert all(look.shape != other.shape and look.colour != other.colour
               for name, other in theme.METHODS.items() if name != "external")  # fmt: skip
    spec = charts.tradeoff_chart(rows, log=False, dark=False).to_dict()
    (drawn,) = {
        one["seed_words"] for data in spec["datasets"].values() for one in data if one.get("setting") == SETTING
        and "seed_words" in one
    }  # fmt: skip
    assert drawn == TRAINING_UNKNOWN
    assert marks.method_scales(rows)[0]["domain"][-1] == "External model"


def test_a_click_on_the_star_chooses_it(settings):
    point = settings.loc[settings["setting"] == SETTING, "point"].iloc[0]
    click = {"selection": {"pick": [{"point": point}]}}
    assert clicks.clicked_point(click) == ("CHL", SETTING)
    assert controls.after_point_click(click, shown="CHL") == {"setting": SETTING}


def test_bias_shows_whom_it_costs_and_judges_it_not(open_page, with_theirs):
    at = open_page("bias", with_theirs, query={"setting": LABEL, "cell": "Chile on Chile"})
    check_page(at)
    said = words(at)
    assert f"{LABEL}: paired difference" in said and TRAINING_UNKNOWN.capitalize() in said
    assert "At home" in at.header[0].value and "of 1 model" in at.header[0].value
    assert "**Seeds**" not in said and f"**Training**  \n{TRAINING_UNKNOWN.removeprefix('training ')}" in said
    points = load.load_steering(Selection("tastes", "rm", fingerprint="theirs"),
                                load.load_settings(Selection("tastes", "rm", fingerprint="theirs")))  # fmt: skip
    mine = points[points["setting"] == SETTING]
    assert len(mine) == 1 and mine["over_holm"].isna().all() and not mine["over_steering"].any()


def test_its_model_card_has_numbers_and_no_claim_on_its_training(open_page, with_theirs, settings):
    at = open_page("bias", with_theirs, query={"setting": LABEL, "card": "Model of Chile"})
    check_page(at)
    shown = [one.value.replace("\\", "") for one in at.markdown]
    (card,) = [one for one in shown if "Reward model from elsewhere: theirs" in one]
    row = settings[settings["setting"] == SETTING].iloc[0]
    assert f"{100 * row['all_value']:.1f} %" in card and f"{100 * row['gain_value']:+.1f}" in card
    assert "someone/theirs at commit abc" in card and TRAINING_UNKNOWN.removeprefix("training ") in card
    assert "tau, beta, seed and budget of its training are not known" in card and "Seed |" not in card
    assert not [one for one in at.code if "scpo export" in one.value]


@pytest.mark.parametrize(
    "page", ["brief", "tradeoff", "bias", "pairs", "workbench", "runs", "divergence", "data", "slides"]
)
def test_every_page_opens_with_it_chosen(open_page, with_theirs, page):
    at = open_page(page, with_theirs, query={"setting": LABEL})
    check_page(at)
    assert at.selectbox(key="setting").value == SETTING
    assert "1 of 1 seed" not in words(at) and "1 seed" not in words(at)


def test_the_brief_tells_of_it_with_its_reservation_in_the_headline(open_page, with_theirs):
    at = open_page("brief", with_theirs, query={"setting": LABEL})
    assert at.header[0].value.replace("\\", "").startswith(LABEL)


def test_pairs_can_be_read_that_it_judges_otherwise_and_it_claims_no_training(open_page, with_theirs):
    query = {"setting": LABEL, "flips": "Verdict flips", "second": f"Chile: {LABEL}"}
    at = open_page("pairs", with_theirs, query=query)
    check_page(at)
    shown = at.dataframe(key="pairs_table").value
    assert len(shown) and shown["Outcome"].isin(["recovered", "lost"]).all()
    pair = next(one for one in shown["Pair"] if one.startswith("CHL"))
    said = words(open_page("pairs", with_theirs, query=query | {"pair": pair}))
    assert "the model was trained elsewhere; whether on this pair is not known." in said
    assert f"({LABEL}) the gap is" in said


def test_without_any_run_it_is_shown_too_and_nothing_is_chosen(open_page, own_cache):
    store = bring(own_cache("scored"))
    for page in ("brief", "tradeoff", "bias", "pairs", "workbench", "runs"):
        check_page(open_page(page, store))
    at = open_page("tradeoff", store)
    assert "No setting can be chosen yet" in at.header[0].value and LABEL in words(at)


def test_it_arrives_and_goes_without_a_restart(open_page, own_cache):
    store = own_cache("many")
    before = results.fingerprint(store, "tastes", "rm")
    at = open_page("tradeoff", store, query={"country": "Chile"})
    assert "Stars" not in words(at)
    bring(store)
    at.run()
    check_page(at)
    assert "Stars" in words(at)
    remove_external(store, "theirs")
    at.run()
    check_page(at)
    assert "Stars" not in words(at) and results.fingerprint(store, "tastes", "rm") == before


def test_two_of_one_country_are_two_settings_by_name(open_page, own_cache):
    store = bring(bring(own_cache("many")), name="other", seed=1)
    at = open_page("tradeoff", store, query={"country": "Chile"})
    check_page(at)
    options = at.selectbox(key="setting").options
    assert {LABEL, "other (external, training unknown)"} <= set(options)
