"""Tiny random models of the three architectures, written to disk as plain transformers folders."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, pre_tokenizers
from tokenizers.models import WordLevel
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    DebertaV2Config,
    DebertaV2ForSequenceClassification,
    LlamaConfig,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)

from scpo.config import EncodingConfig
from scpo.model.reward_model import RewardModel
from scpo.model.tiny import word_tokenizer
from scpo.model.training import PairData

WORDS = ["good", "bad", "nice", "terrible", "the", "cat", "dog", "eats", "sleeps", "quickly", "slowly"]
WORDS += ["why", "how", "what", "is", "it", "a", "an"]
KINDS = ("bert", "deberta-v2", "llama")
SIZES = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 48}
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{{ '<' + m['role'] + '> ' + m['content'] + ' <end> ' }}{% endfor %}"
)


def random_texts(n: int, *, seed: int, longest: int = 24) -> list[str]:
    """Draw sentences of 2 to `longest` words."""
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(2, longest + 1))) for _ in range(n)]


def as_messages(prompts: list[str]) -> list[list[dict[str, str]]]:
    """Make each prompt a conversation of one message."""
    return [[{"role": "user", "content": prompt}] for prompt in prompts]


def chat_tokenizer() -> PreTrainedTokenizerFast:
    """Build a word-level tokenizer with a chat template and without a padding token."""
    names = ["<unk>", "<s>", "<end>", "<user>", "<assistant>", *WORDS]
    tokenizer = Tokenizer(WordLevel({name: i for i, name in enumerate(names)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="<end>")
    fast.chat_template = CHAT_TEMPLATE
    fast.add_tokens(["<user>", "<assistant>"], special_tokens=True)
    return fast


def write_tiny(kind: str, folder: Path, *, dropout: float = 0.1) -> Path:
    """Write a random reward model of a kind, large enough weights that rewards differ visibly."""
    pairwise = word_tokenizer(WORDS)
    common = {**SIZES, "num_labels": 1, "max_position_embeddings": 128, "initializer_range": 0.3}
    off = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    torch.manual_seed(0)
    if kind == "bert":
        tokenizer = pairwise
        model = BertForSequenceClassification(BertConfig(vocab_size=len(tokenizer), pad_token_id=0, **common, **off))
    elif kind == "deberta-v2":
        tokenizer = pairwise
        config = DebertaV2Config(
            vocab_size=len(tokenizer),
            pad_token_id=0,
            relative_attention=True,
            position_buckets=16,
            pos_att_type=["p2c", "c2p"],
            norm_rel_ebd="layer_norm",
            share_att_key=True,
            position_biased_input=False,
            type_vocab_size=0,
            pooler_hidden_size=32,
            pooler_dropout=0.0,
            **common,
            **off,
        )
        model = DebertaV2ForSequenceClassification(config)
    else:
        tokenizer = chat_tokenizer()
        model = LlamaForSequenceClassification(LlamaConfig(vocab_size=len(tokenizer), num_key_value_heads=2, **common))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Tiny tensors are faster on one thread, and another load on the machine then changes nothing."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return the folder of the tiny model of a kind; written once."""
    root = tmp_path_factory.mktemp("tiny")

    def folder(kind: str) -> Path:
        return root / kind if (root / kind).exists() else write_tiny(kind, root / kind)

    return folder


@pytest.fixture
def load_tiny(tiny_folder: Callable[[str], Path]) -> Callable[..., RewardModel]:
    """Return a loader of fresh copies of the tiny model of a kind."""

    def load(kind: str, *, max_length: int = 64, **options: object) -> RewardModel:
        encoding = EncodingConfig(max_length=max_length)
        return RewardModel.load(tiny_folder(kind), encoding=encoding, device="cpu", **options)  # type: ignore[arg-type]

    return load


@pytest.fixture
def make_pairs() -> Callable[..., PairData]:
    """Return a maker of pairs: turns of `per_turn` responses; more of the word "good" is preferred."""

    def make(model: RewardModel, *, n_turns: int = 12, per_turn: int = 4, seed: int = 0) -> PairData:
        texts = random_texts(n_turns * per_turn, seed=seed)
        prompts = [text for text in random_texts(n_turns, seed=seed + 1) for _ in range(per_turn)]
        liked = [text.split().count("good") - text.split().count("bad") for text in texts]
        rows = [
            (a, b, t)
            for t in range(n_turns)
            for a in range(t * per_turn, (t + 1) * per_turn)
            for b in range(t * per_turn, (t + 1) * per_turn)
            if liked[a] > liked[b]
        ]
        chosen, rejected, group = (np.array(column) for column in zip(*rows, strict=True))
        weight = np.random.default_rng(seed).uniform(0.2, 1.0, len(rows))
        return PairData(model.encode(as_messages(prompts), texts), chosen, rejected, weight, group)

    return make


@pytest.fixture
def cache_root(world):
    """The cache that commands work on."""
    return world.store.root


@pytest.fixture
def scpo(cache_root, monkeypatch, capfd):
    """Return a function that runs a command: exit code, stdout, stderr."""
    for name, value in (("CACHE_DIR", str(cache_root)), ("DEVICE", "cpu"), ("OFFLINE", "1")):
        monkeypatch.setenv(f"SCPO_{name}", value)

    from scpo.cli.main import main

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["scpo", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture
def document(scpo):
    """Return a function that runs a command with ``--json`` and reads the one document on stdout."""

    def call(*arguments, code=0):
        found, out, err = scpo(*arguments, "--json")
        assert found == code, err
        return json.loads(out)

    return call
