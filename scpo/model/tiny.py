"""The backbone of `sample-rm`: a small transformer with a word-level vocabulary, for machines without a network."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import WordLevel
from tokenizers.trainers import WordLevelTrainer
from transformers import ModernBertConfig, ModernBertForSequenceClassification, PreTrainedTokenizerFast

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
_MAX_TOKENS = 256


def word_tokenizer(texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """Build a lower-case word-level tokenizer with BERT's pair layout from the 8000 commonest words of some texts."""
    tokenizer = Tokenizer(WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = WordLevelTrainer(vocab_size=8000, special_tokens=_SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=_MAX_TOKENS,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def build_sample_backbone(texts: Iterable[str], folder: str | Path, *, seed: int = 0) -> Path:
    """Write a tiny ModernBERT reward model with random weights: 2 layers, width 64, 4 heads, 256 positions.

    It averages over the tokens: a pooler that reads the first token through a tanh, as BERT's, soon keeps nothing but
    the reward in its features, and a last-layer preview or a distance between countries needs the rest.

    Parameters
    ----------
    texts : iterable of str
        Prompts and responses the vocabulary is taken from.
    folder : str or Path
        Written in the form plain transformers reads.
    seed : int
        Of the weights, including the reward head.

    Returns
    -------
    Path
        The folder, a model reference for `scpo.model.reward_model.RewardModel.load`.
    """
    tokenizer = word_tokenizer(texts)
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        max_position_embeddings=_MAX_TOKENS,
        global_attn_every_n_layers=1,
        classifier_pooling="mean",
        num_labels=1,
        pad_token_id=tokenizer.pad_token_id,
        cls_token_id=tokenizer.cls_token_id,
        bos_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = ModernBertForSequenceClassification(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Path(folder)
