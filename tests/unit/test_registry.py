"""What a model reference means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scpo.config import PAPER_COUNTRIES
from scpo.errors import InputError
from scpo.models import REGISTRY, SAMPLE_MODEL
from scpo.references import lookup


def test_the_paper_s_global_models_are_registered_under_their_hub_names():
    hub_ids = {model.hub_id for model in REGISTRY.values()}
    assert {"OpenAssistant/reward-model-deberta-v3-base", "allenai/Llama-3.1-Tulu-3-8B-RM"} <= hub_ids


def test_a_registered_name_brings_its_pinned_revision():
    source = lookup("tulu3-8b-rm")
    assert source.source == "allenai/Llama-3.1-Tulu-3-8B-RM"
    assert source.revision == source.commit == "6dc0b1c8dad0bc6429708b25e4fddeed6846b9f1"
    assert source.registered is not None
    assert source.registered.training.lora is not None


def test_a_known_hub_name_is_pinned_too_unless_a_revision_is_asked_for():
    hub_id = "OpenAssistant/reward-model-deberta-v3-base"
    assert lookup(hub_id).revision == "refs/pr/1"
    assert (lookup(f"{hub_id}@main").revision, lookup(f"{hub_id}@main").commit) == ("main", None)


def test_any_hub_repository_can_be_named_with_a_revision():
    source = lookup("someone/some-model@v2")
    assert (source.source, source.revision) == ("someone/some-model", "v2")
    assert not source.local
    assert source.registered is None


def test_a_folder_is_a_model_only_with_a_configuration(tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        lookup(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    assert lookup(tmp_path).local
    assert lookup(str(tmp_path)).source == str(tmp_path)


@pytest.mark.parametrize("ref", ["no-such-name", "a/b/c", "/no/such/folder", "./folder", Path("some/folder")])
def test_anything_else_is_an_error_that_lists_the_names(ref):
    with pytest.raises(InputError, match="tulu3-8b-rm"):
        lookup(ref)


def test_the_sample_model_must_be_built_first():
    with pytest.raises(InputError, match="scpo demo"):
        lookup(SAMPLE_MODEL)


def test_the_registry_can_be_read_without_the_training_stack():
    code = "import sys, scpo.models; print('torch' in sys.modules or 'transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_authors_models_are_registered_for_the_paper_s_countries_and_are_no_global_models():
    theirs = {model.trained_for: model for model in REGISTRY.values() if model.trained_for is not None}
    assert set(theirs) == set(PAPER_COUNTRIES)
    assert theirs["NZL"].hub_id == "MulticulturalAlignment/scpo-reward-model-new-zealand"
    assert all(model.commit is None for model in theirs.values())  # not known here: none is claimed
