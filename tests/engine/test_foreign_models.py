"""Reward models as other trainers leave them: each is read to the rewards its trainer reports, or refused in words."""

import json
import shutil

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from scpo.config import EncodingConfig
from scpo.errors import InputError
from scpo.model.reward_model import RewardModel
from scpo.model.scoring import score
from scpo.models import read_as
from tests.engine.conftest import as_messages, random_texts

PROMPTS, RESPONSES = random_texts(12, seed=1), random_texts(12, seed=2)
TEXTS = [f"<s><user> {p} <end> <assistant> {r} <end> " for p, r in zip(PROMPTS, RESPONSES, strict=True)]
HEAD = "score.weight"


@pytest.fixture
def folder(tiny_folder, tmp_path):
    """Return a function that copies a tiny model into a folder of its own."""

    def copy(kind="llama", name="checkpoint-100"):
        return shutil.copytree(tiny_folder(kind), tmp_path / name)

    return copy


def rewrite(folder, change, file="model.safetensors"):
    """Change the weights of a folder."""
    weights = load_file(folder / file)
    change(weights)
    save_file(weights, folder / file, metadata={"format": "pt"})


def configure(folder, **values):
    """Change the configuration of a folder; None takes a value out."""
    path = folder / "config.json"
    config = json.loads(path.read_text()) | values
    path.write_text(json.dumps({name: value for name, value in config.items() if value is not None}))


def rewards(ref, **options):
    model = RewardModel.load(ref, device="cpu", **options)
    return model, score(model, model.encode(as_messages(PROMPTS), RESPONSES)).reward


def last_features(folder, texts=TEXTS, model=None):
    """Return the last token's features of texts, one at a time, by a plain language model; float64."""
    model = (model or AutoModelForCausalLM.from_pretrained(folder)).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for text in texts:
        inputs = tokenizer(text, add_special_tokens=False, return_tensors="pt")
        inputs.pop("token_type_ids", None)
        with torch.no_grad():
            found.append(model(**inputs, output_hidden_states=True).hidden_states[-1][0, -1].double().numpy())
    return np.array(found)


def as_value_head(folder, name, *, bias=0.75):
    """Turn a classifier into a language model with a head of another name beside it; returns the head's weights."""
    weight = load_file(folder / "model.safetensors")[HEAD]

    def change(weights):
        weights[f"{name}.weight"] = weights.pop(HEAD)
        weights["lm_head.weight"] = torch.randn(weights["model.embed_tokens.weight"].shape)
        if bias is not None:
            weights[f"{name}.bias"] = torch.tensor([bias])

    rewrite(folder, change)
    configure(folder, architectures=["LlamaForCausalLM"])
    return weight[0].double().numpy()


@pytest.mark.parametrize("name", ["v_head.summary", "value_head", "v_head", "reward_head"])
def test_a_head_under_another_name_is_read_with_its_constant_and_said(folder, name):
    path = folder()
    weight = as_value_head(path, name)
    model, found = rewards(path)
    np.testing.assert_allclose(found, last_features(path) @ weight + 0.75, atol=2e-5)
    assert found.std() > 0.1
    assert model.notes == [f"its reward head is read from {name}.weight",
                           "it reads at most 128 tokens, where 512 were asked for"]  # fmt: skip


def test_a_constant_survives_saving(folder, tmp_path):
    path = folder()
    as_value_head(path, "v_head.summary", bias=3.0)
    model, before = rewards(path)
    model.save(tmp_path / "again")
    _, after = rewards(tmp_path / "again")
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_a_head_in_a_file_of_its_own_is_read(folder):
    path = folder()
    expected = rewards(path)[1]
    weights = load_file(path / "model.safetensors")
    save_file({"v_head.summary.weight": weights[HEAD], "v_head.summary.bias": torch.zeros(1)},
              path / "value_head.safetensors")  # fmt: skip
    rewrite(path, lambda weights: weights.pop(HEAD))
    np.testing.assert_allclose(rewards(path)[1], expected, atol=1e-6)


def test_rewards_are_in_the_scale_that_the_trainer_reports(folder):
    path = folder()
    weight = as_value_head(path, "value_head", bias=None)
    configure(path, normalize_reward=True, mean=1.5, std=4.0)
    model, found = rewards(path)
    np.testing.assert_allclose(found, (last_features(path) @ weight - 1.5) / 4, atol=2e-5)
    assert "divided by 4 after 1.5 is taken away" in model.notes[0]


def two_outputs(path):
    """Give a classifier two outputs; returns the weights of both."""
    torch.manual_seed(3)
    weight = torch.randn(2, 32)
    rewrite(path, lambda weights: weights.update({HEAD: weight}))
    configure(path, id2label={"0": "bad", "1": "good"}, label2id={"bad": 0, "good": 1})
    return weight.double().numpy()


@pytest.mark.parametrize(("output", "take"), [("0", (1, 0)), ("1", (0, 1)), ("margin", (-1, 1))])
def test_one_of_two_outputs_or_their_difference_is_chosen(folder, output, take):
    path = folder()
    weight = two_outputs(path)
    model, found = rewards(read_as(str(path), output=output))
    np.testing.assert_allclose(found, last_features(path) @ (np.array(take) @ weight), atol=1e-4)
    assert "good" in model.notes[0] or output == "0"


def test_a_model_without_a_chat_template_reads_the_plain_text_that_is_chosen_and_keeps_it(folder, tmp_path):
    path = folder()
    (path / "chat_template.jinja").unlink()
    weight = load_file(path / "model.safetensors")[HEAD][0].double().numpy()
    for layout, write in {
        "plain": lambda p, r: f"<s>{p}\n\n{r}<end>",
        "dialogue": lambda p, r: f"<s>Human: {p}\n\nAssistant: {r}<end>",
    }.items():
        model, found = rewards(read_as(str(path), layout))
        by_hand = [write(p, r) for p, r in zip(PROMPTS, RESPONSES, strict=True)]
        np.testing.assert_allclose(found, last_features(path, by_hand) @ weight, atol=2e-5)
        model.save(tmp_path / layout)
        np.testing.assert_allclose(rewards(tmp_path / layout)[1], found, atol=1e-6)


def adapter(path, target, *, task="SEQ_CLS", head=True):
    """Write an adapter of a model with weights that are not zero; returns the rewards of the whole, by peft."""
    auto = AutoModelForSequenceClassification if task == "SEQ_CLS" else AutoModelForCausalLM
    base = auto.from_pretrained(path, **({"num_labels": 1} if task == "SEQ_CLS" else {}))
    config = LoraConfig(task_type=task, r=2, lora_alpha=8, target_modules=["q_proj", "v_proj"])
    model = get_peft_model(base, config)
    torch.manual_seed(5)
    for name, weight in model.named_parameters():
        if "lora_B" in name or "score" in name:
            torch.nn.init.normal_(weight, std=0.4)
    model.save_pretrained(target)
    return model.eval()


def test_an_adapter_is_merged_into_its_base(folder, tmp_path):
    path = folder(name="base")
    model = adapter(path, tmp_path / "adapter")
    weight = model.base_model.model.score.modules_to_save["default"].weight.detach()[0].double().numpy()
    found_model, found = rewards(tmp_path / "adapter")
    whole = model.merge_and_unload()
    features = last_features(path, model=_headless(whole))
    np.testing.assert_allclose(found, features @ weight, atol=5e-5)
    assert np.abs(found - rewards(path)[1]).max() > 0.1
    assert found_model.notes[0] == f"an adapter, merged into its base model {path}"


def _headless(model):
    language = AutoModelForCausalLM.from_config(model.config)
    language.model = model.model
    return language


def test_an_adapter_of_a_language_model_with_a_value_head_is_read(folder, tmp_path):
    path, target = folder(name="base"), tmp_path / "adapter"
    as_value_head(path, "lost")
    rewrite(path, lambda weights: [weights.pop(name) for name in ("lost.weight", "lost.bias")])
    model = adapter(path, target, task="CAUSAL_LM")
    head = torch.randn(1, 32)
    save_file({"v_head.summary.weight": head, "v_head.summary.bias": torch.ones(1)}, target / "value_head.safetensors")
    features = last_features(path, model=model.merge_and_unload())
    np.testing.assert_allclose(rewards(target)[1], features @ head[0].double().numpy() + 1, atol=1e-4)


def test_the_base_of_an_adapter_can_be_named_where_it_lies_now(folder, tmp_path):
    path = folder(name="base")
    adapter(path, tmp_path / "adapter")
    before = rewards(tmp_path / "adapter")[1]
    moved = path.rename(tmp_path / "moved")
    with pytest.raises(
        InputError, match=r"its base model .*base is not here: name it with --model '.*adapter on BASE'"
    ):
        RewardModel.load(tmp_path / "adapter", device="cpu")
    np.testing.assert_allclose(rewards(f"{tmp_path / 'adapter'} on {moved}")[1], before, atol=1e-6)


def test_a_template_that_asks_for_the_date_is_told_the_same_every_day(folder):
    path = folder()
    dated = "{{ bos_token }}{{ strftime_now('%d %b %Y') }} {% for m in messages %}{{ m['content'] + ' ' }}{% endfor %}"
    (path / "chat_template.jinja").write_text(dated)
    model = RewardModel.load(path, device="cpu")
    text = model.encoder._render([*as_messages(["why"])[0], {"role": "assistant", "content": "cat"}])
    assert text == "<s>26 Jul 2024 why cat "
    (path / "chat_template.jinja").write_text("{% set how = '%d' %}{{ strftime_now(how) }}" + dated)
    with pytest.raises(InputError, match="today's date in a way that cannot be fixed"):
        RewardModel.load(path, device="cpu")
    assert "its chat template writes today's date; it is always given 26 July 2024" in model.notes


def test_a_token_beyond_the_model_s_vocabulary_is_named_when_a_text_has_it_and_counted_before(folder):
    path = folder()
    tokenizer = AutoTokenizer.from_pretrained(path)
    tokenizer.add_tokens(["zebra", "<pad>"])
    tokenizer.pad_token = "<pad>"
    tokenizer.save_pretrained(path)
    model, found = rewards(path)
    assert np.isfinite(found).all()
    known = model.encoder.n_tokens
    assert (
        f"its tokenizer has 2 tokens beyond the {known} that the model knows: a text with one of them is refused"
        in (model.notes)
    )
    with pytest.raises(InputError, match=f"token 'zebra' has the id {known}, but the model knows {known} tokens"):
        model.encode(as_messages(["why"]), ["the zebra sleeps"])


def test_positions_that_a_model_of_roberta_s_kind_cannot_reach_are_not_asked_of_it(load_tiny, tmp_path):
    tokenizer = load_tiny("bert").tokenizer
    config = RobertaConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
        max_position_embeddings=34, pad_token_id=1, num_labels=1, type_vocab_size=2,
    )  # fmt: skip
    torch.manual_seed(0)
    RobertaForSequenceClassification(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    model = RewardModel.load(tmp_path, device="cpu", encoding=EncodingConfig(max_length=256))
    assert model.encoder.max_length == 32
    long = model.encode(as_messages(["why is it"]), [" ".join(["good"] * 100)])
    assert len(long[0]) == 32 and np.isfinite(score(model, long).reward).all()


def no_head(path):
    as_value_head(path, "lost")
    rewrite(path, lambda weights: [weights.pop(name) for name in ("lost.weight", "lost.bias")])


def head_of_two_layers(path):
    def change(weights):
        weights["score.0.weight"], weights["score.2.weight"] = torch.randn(16, 32), weights.pop(HEAD)[:, :16].clone()

    rewrite(path, change)


def two_heads(path):
    as_value_head(path, "v_head", bias=None)
    rewrite(path, lambda weights: weights.update({"value_head.weight": torch.randn(1, 32)}))


def own_code(path):
    configure(path, model_type="mymodel", auto_map={"AutoConfig": "mine.MyConfig", "AutoModel": "mine.MyModel"})
    (path / "mine.py").write_text("raise SystemExit('ran')\n")


def head_of_own_code(path):
    as_value_head(path, "gating.layer")
    rewrite(path, lambda weights: weights.update({"gating.layer.weight": torch.randn(5, 32)}))
    configure(path, auto_map={"AutoModelForSequenceClassification": "mine.MyModel"})


def quantised(path):
    configure(path, quantization_config={"quant_method": "gptq", "bits": 4})


def four_bits(path):
    configure(path, quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True})


def pickled(path):
    torch.save(load_file(path / "model.safetensors"), path / "pytorch_model.bin")
    (path / "model.safetensors").unlink()


def pointer(path):
    (path / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")


def cut_off(path):
    content = (path / "model.safetensors").read_bytes()
    (path / "model.safetensors").write_bytes(content[: len(content) // 2])


def shard_missing(path):
    (path / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model.safetensors"}})
    )


def not_numbers(path):
    rewrite(path, lambda weights: weights["model.norm.weight"].fill_(float("nan")))


def wrapped(path):
    def change(weights):
        for name in list(weights):
            weights[f"rwtransformer.{name}"] = weights.pop(name)

    rewrite(path, change)


def other_config(path):
    configure(path, vocab_size=99)


def unknown_architecture(path):
    configure(path, model_type="not-invented-yet", architectures=["NotInvented"])


def no_tokenizer(path):
    for one in path.glob("tokenizer*"):
        one.unlink()


def no_template(path):
    (path / "chat_template.jinja").unlink()


def template_without_response(path):
    (path / "chat_template.jinja").write_text("{{ bos_token }}{{ messages[0]['content'] }}")


def broken_config(path):
    (path / "config.json").write_text("{")


BAD = {
    no_head: "no trained reward head (score.weight missing, it is a LlamaForCausalLM)",
    head_of_two_layers: "instead of score.weight it has score.0.weight (16 x 32), score.2.weight (1 x 16)",
    two_heads: "has 2 heads with one output (v_head.weight, value_head.weight): which is the reward?",
    own_code: "brings its own code, and no code of a model is ever run here",
    head_of_own_code: "which its own code uses; no code of a model is ever run here",
    two_outputs: "has 2 outputs (0 = bad, 1 = good), so its reward is not one number: choose with --output 0, "
    "--output 1 or --output margin",
    quantised: "has quantised weights (gptq, 4 bits), which cannot be finetuned and are not read",
    four_bits: "has quantised weights (bitsandbytes, 4 bits)",
    pickled: "has its weights as pytorch_model.bin only, and weights are read from safetensors alone",
    pointer: "is a pointer of Git LFS, not the weights: `git lfs pull` fetches them",
    cut_off: "has a file of weights that is cut off or is no safetensors: copy it again",
    shard_missing: "lacks 1 of 2 files of its weights, first model-00001-of-00002.safetensors",
    not_numbers: "has weights that are no numbers (NaN or infinite) in 1 of its tensors, first model.norm.weight",
    wrapped: "has its weights under other names (rwtransformer.",
    other_config: "does not fit its config.json: model.embed_tokens.weight is 23 x 32 in its file and 99 x 32",
    unknown_architecture: "has an architecture that transformers",
    no_tokenizer: "has no tokenizer: save it there with tokenizer.save_pretrained",
    no_template: "choose a plain text (--layout plain, --layout dialogue), or add a chat_template",
    template_without_response: "the chat template leaves out the response",
    broken_config: "config.json cannot be read: it is no JSON",
}


@pytest.mark.parametrize("spoil", BAD, ids=lambda spoil: spoil.__name__)
def test_what_cannot_be_read_is_refused_with_what_is_the_matter(folder, spoil, scpo):
    path = folder()
    spoil(path)
    code, _, err = scpo("score", "--data", "small", "--model", path)
    last = err.strip().splitlines()[-1]
    assert code == 2 and BAD[spoil] in last and "unexpected" not in err and "Traceback" not in err
    assert last.startswith("scpo: ")


def test_options_that_a_model_has_no_use_for_are_refused(folder):
    with pytest.raises(InputError, match="has one output: leave out --output"):
        RewardModel.load(read_as(str(folder()), output="0"), device="cpu")
    with pytest.raises(InputError, match="reads prompt and response as two segments: leave out --layout"):
        RewardModel.load(read_as(str(folder("bert", "b")), "plain"), device="cpu")
    with pytest.raises(InputError, match="no layout 'markdown': known are plain, dialogue"):
        read_as("model", "markdown")
    with pytest.raises(InputError, match="no output 'second'"):
        read_as("model", output="second")
    path = folder(name="two")
    two_outputs(path)
    with pytest.raises(InputError, match="there is no output 7"):
        RewardModel.load(read_as(str(path), output="7"), device="cpu")


def test_rewards_that_are_no_numbers_are_counted_and_the_first_pair_is_named(folder, scpo):
    path = folder()
    rewrite(path, lambda weights: weights[HEAD].fill_(3e38))
    code, _, err = scpo("score", "--data", "small", "--model", path)
    assert code == 2 and "gives no number (NaN or infinite) as the reward of" in err
    assert "first of response " in err and "(pair " in err


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("llama", "hidden_size", "banana"), ("llama", "hidden_size", -1), ("llama", "hidden_size", [3]),
        ("llama", "hidden_size", 10**30), ("llama", "num_hidden_layers", 10**9), ("llama", "num_hidden_layers", -1),
        ("bert", "num_attention_heads", -1), ("bert", "hidden_dropout_prob", float("nan")), ("bert", "vocab_size", {}),
    ],
)  # fmt: skip
def test_a_configuration_with_a_value_of_a_wrong_type_or_size_is_refused_in_one_sentence(folder, kind, key, value):
    path = folder(kind)
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {key: value}))
    with pytest.raises(InputError) as refused:
        RewardModel.load(path, device="cpu")
    assert str(path) in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("left", [0, 7, 100, -1])
def test_a_file_of_weights_that_is_cut_off_is_refused_in_one_sentence(folder, left):
    path = folder()
    weights = path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:left])
    with pytest.raises(InputError, match="cut off or is no safetensors: copy it again"):
        RewardModel.load(path, device="cpu")
