"""Data sets with one country or none: every command works, or says in one sentence what is missing."""

import shutil

import pytest
from world import FEW_PEOPLE, rows, write_rows

ON = ("--model", "rm")


@pytest.fixture(scope="module")
def cache(world, tmp_path_factory):
    return shutil.copytree(world.store.root, tmp_path_factory.mktemp("few") / "cache")


@pytest.fixture
def cache_root(cache):
    return cache


@pytest.fixture
def scored(scpo, tmp_path):
    """Return a function that registers and scores the rows of one country, or all rows without theirs."""

    def score(name):
        country = {"one": "CHL"}.get(name)
        kept = [row | {"country": country or ""} for row in rows(FEW_PEOPLE) if country in (None, row["country"])]
        write_rows(tmp_path / "pairs.csv", kept)
        for command in (("data", "add", name, "--source", "pairs", "--path", tmp_path / "pairs.csv"),
                        ("score", "--data", name, *ON)):  # fmt: skip
            assert scpo(*command)[0] == 0
        return name

    return score


WITHOUT = {
    "preview": "none has no community with training and test pairs: there is nothing to preview",
    "preview --json": "there is nothing to preview",
    "run --country CHL --steps 1": "none has no pairs from CHL: no pair of it says from where it is",
    "study --steps 1 --here": "no pair of none says from where it is, so there is no community to train a model for",
    "divergence": "none: a divergence needs two communities with pairs",
    "frontier": "no finished run of none with rm",
    "bias": "no finished run of none with rm",
    "behaviour": "no finished run of none with rm",
    "check length": "none has no community with training and test pairs: nothing to check",
}


def test_without_a_country_every_command_says_what_is_missing_in_one_sentence(scpo, scored):
    data = scored("none")
    for command, sentence in WITHOUT.items():
        code, out, err = scpo(*command.split(), "--data", data, *ON)
        assert (code, out) == (2, "") and err.splitlines()[-1].startswith("scpo: ") and sentence in err, command
        assert "unexpected" not in err and "Traceback" not in err


def test_with_one_country_all_but_distances_work(scpo, scored):
    data = scored("one")
    for command in ("preview", "run --country CHL --method full --steps 1", "frontier", "bias", "behaviour"):
        code, _, err = scpo(*command.split(), "--data", data, *ON)
        assert code == 0 and "unexpected" not in err, command
    code, _, err = scpo("divergence", "--data", data, *ON)
    assert code == 2 and err == "scpo: one: a divergence needs two communities with pairs\n"


def test_a_global_model_of_nobody_is_refused(scpo, scored):
    words = ["--data", "one", "--name", "of-nobody", "--backbone", "tiny", "--steps", "1"]
    code, _, err = scpo("model", "train-global", *words, "--exclude-countries", "CHL")
    assert code == 2 and err.splitlines()[-1].startswith("scpo: nobody of one is left to train on")
