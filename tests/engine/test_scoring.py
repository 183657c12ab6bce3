"""Loading, rewards and features of all three architectures, against plain transformers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, BertModel

from scpo.config import LoraConfig
from scpo.errors import InputError
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.model.tiny import build_sample_backbone
from tests.engine.conftest import CHAT_TEMPLATE, KINDS, as_messages, random_texts

PROMPTS, RESPONSES = random_texts(30, seed=1), random_texts(30, seed=2)


def plain_rewards(folder, prompts, responses):
    """Score one text at a time with nothing but transformers."""
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rewards = []
    for prompt, response in zip(prompts, responses, strict=True):
        if tokenizer.chat_template:
            text = f"<s><user> {prompt} <end> <assistant> {response} <end> "
            inputs = tokenizer(text, add_special_tokens=False, return_tensors="pt")
        else:
            inputs = tokenizer(prompt, response, return_tensors="pt")
        with torch.no_grad():
            rewards.append(model(**inputs).logits.item())
    return np.array(rewards)


@pytest.mark.parametrize("kind", KINDS)
def test_rewards_are_those_of_plain_transformers(kind, load_tiny, tiny_folder):
    model = load_tiny(kind)
    scores = score(model, model.encode(as_messages(PROMPTS), RESPONSES), batch_tokens=200)
    plain = plain_rewards(tiny_folder(kind), PROMPTS, RESPONSES)
    assert plain.std() > 0.1  # otherwise equality would say nothing
    np.testing.assert_allclose(scores.reward, plain, atol=2e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_reward_is_linear_in_the_features(kind, load_tiny):
    model = load_tiny(kind)
    scores = score(model, model.encode(as_messages(PROMPTS), RESPONSES))
    weight, bias = model.head
    assert scores.features.shape == (30, 32) == (len(PROMPTS), len(weight))
    np.testing.assert_allclose(scores.features.astype(float) @ weight.astype(float) + bias, scores.reward, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_model_gives_the_same_rewards_in_plain_transformers(kind, load_tiny, tmp_path):
    model = load_tiny(kind)
    model.add_adapters(LoraConfig(rank=2, alpha=4), seed=0)
    for name, parameter in model.model.named_parameters():
        if "lora_B" in name:  # adapters start at zero: give them something to merge
            torch.nn.init.normal_(parameter, std=0.2)
    encoded = model.encode(as_messages(PROMPTS), RESPONSES)
    before = score(model, encoded).reward
    model.save(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    np.testing.assert_allclose(plain_rewards(tmp_path, PROMPTS, RESPONSES), before, atol=1e-4)
    np.testing.assert_allclose(score(model, encoded).reward, before, atol=1e-4)


def test_adapters_change_the_rewards_that_are_saved(load_tiny, tmp_path):
    plain = load_tiny("bert")
    model = load_tiny("bert")
    model.add_adapters(LoraConfig(rank=2, alpha=4), seed=0)
    for name, parameter in model.model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.2)
    encoded = plain.encode(as_messages(PROMPTS), RESPONSES)
    assert np.abs(score(model, encoded).reward - score(plain, encoded).reward).max() > 1e-3


def test_each_distinct_text_is_computed_once_and_progress_counts_all(load_tiny, monkeypatch):
    model = load_tiny("bert")
    encoded = model.encode(as_messages(PROMPTS[:5] * 3), RESPONSES[:5] * 3)
    computed = []
    original = RewardModel.represent

    def counting(self, texts):
        computed.append(len(texts))
        return original(self, texts)

    monkeypatch.setattr(RewardModel, "represent", counting)
    seen = []
    scores = score(model, encoded, on_progress=lambda done, total: seen.append((done, total)))
    assert sum(computed) == 5
    assert seen[-1] == (15, 15)
    assert np.array_equal(scores.reward[:5], scores.reward[5:10])


def test_scoring_ignores_dropout_and_gives_the_mode_back(load_tiny):
    model = load_tiny("bert")
    encoded = model.encode(as_messages(PROMPTS), RESPONSES)
    expected = score(model, encoded)
    model.model.train()
    again = score(model, encoded)
    assert model.model.training
    assert np.array_equal(again.reward, expected.reward)
    assert not torch.from_numpy(again.features).requires_grad


def test_bfloat16_rewards_are_near_float32_ones_and_stay_linear_in_the_features(load_tiny):
    model = load_tiny("bert")
    encoded = model.encode(as_messages(PROMPTS), RESPONSES)
    exact, coarse = score(model, encoded, precision="float32"), score(model, encoded, precision="bfloat16")
    assert 0 < np.abs(exact.reward - coarse.reward).max() < 0.2
    np.testing.assert_allclose(coarse.features @ model.head.weight + model.head.bias, coarse.reward, atol=1e-5)


def test_no_texts_give_no_scores(load_tiny):
    assert score(load_tiny("bert"), []).features.shape == (0, 32)


@pytest.fixture
def headless(tmp_path, load_tiny):
    model = load_tiny("bert")
    BertModel(model.model.config, add_pooling_layer=False).save_pretrained(tmp_path / "backbone")
    model.tokenizer.save_pretrained(tmp_path / "backbone")
    return tmp_path / "backbone"


def test_a_backbone_without_a_reward_head_is_refused(headless):
    with pytest.raises(InputError, match="no trained reward head"):
        RewardModel.load(headless, device="cpu")


def test_a_new_head_is_the_same_for_the_same_seed_only(headless):
    state = torch.get_rng_state()
    heads = [RewardModel.load(headless, device="cpu", new_head=True, seed=seed).head.weight for seed in (3, 3, 4)]
    assert np.array_equal(heads[0], heads[1])
    assert not np.array_equal(heads[0], heads[2])
    assert torch.equal(torch.get_rng_state(), state)


def test_a_damaged_file_is_refused_even_with_a_new_head(headless):
    weights = load_file(headless / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, headless / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="damaged"):
        RewardModel.load(headless, device="cpu", new_head=True)


def test_a_classifier_with_three_outputs_is_no_reward_model(tmp_path, load_tiny):
    from transformers import BertConfig, BertForSequenceClassification

    tiny = load_tiny("bert")
    config = BertConfig(**{**tiny.model.config.to_dict(), "num_labels": 3, "id2label": None, "label2id": None})
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    tiny.tokenizer.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="has 3 outputs"):
        RewardModel.load(tmp_path, device="cpu")


def test_pickled_weights_are_never_loaded(tmp_path, load_tiny):
    tiny = load_tiny("bert")
    tiny.save(tmp_path)
    torch.save(load_file(tmp_path / "model.safetensors"), tmp_path / "pytorch_model.bin")
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(InputError, match="safetensors alone"):
        RewardModel.load(tmp_path, device="cpu")


def test_an_unreachable_model_names_the_way_out():
    with pytest.raises(InputError, match="SCPO_OFFLINE"):
        RewardModel.load("nobody/no-such-model", device="cpu", offline=True)


def test_a_gpu_that_is_not_there_is_an_error(tiny_folder):
    with pytest.raises(InputError, match="auto or cpu"):
        RewardModel.load(tiny_folder("bert"), device="cuda:99")


def test_a_conversation_model_without_a_template_is_refused(tmp_path, load_tiny):
    tiny = load_tiny("llama")
    tiny.save(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer.chat_template == CHAT_TEMPLATE
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    (tmp_path / "chat_template.jinja").unlink(missing_ok=True)
    with pytest.raises(InputError, match="no chat template"):
        RewardModel.load(tmp_path, device="cpu")


def test_the_sample_backbone_is_a_reward_model_with_a_word_vocabulary(tmp_path):
    folder = build_sample_backbone(["The cat sleeps", "a dog eats"], tmp_path, seed=1)
    model = RewardModel.load(folder, device="cpu")
    (encoded,) = model.encode(as_messages(["the CAT"]), ["unheard sleeps"])
    tokens = model.tokenizer.convert_ids_to_tokens(encoded.input_ids.tolist())
    assert tokens == ["[CLS]", "the", "cat", "[SEP]", "[UNK]", "sleeps", "[SEP]"]
    assert encoded.token_type_ids.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert model.encoder.max_length == 256
    assert np.isfinite(score(model, [encoded]).reward).all()
