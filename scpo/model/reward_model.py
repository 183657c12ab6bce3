"""A reward model: text in, one number out, linear in its last representation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from scpo.config import EncodingConfig, LoraConfig
from scpo.errors import InputError, ScpoError
from scpo.model.batching import evaluating, pad_batch, resolve_device
from scpo.model.encoding import EncodedText, Message, TextEncoder
from scpo.model.freezing import encoder_layers
from scpo.model.heads import head_module
from scpo.model.loading import Access, load_pretrained, quiet_transformers, reads_conversations
from scpo.model.positions import reachable_positions
from scpo.models import LAYOUTS
from scpo.references import lookup

CPU_PASS_WEIGHTS = 640_000_000
CPU_WRITE_WEIGHTS = 50
GPU_OVERHEAD_TOKENS = 4096
"""Measured prices. One token costs as much as there are weights above the embeddings; in that unit a pass on a CPU
costs the first number, and each weight of an embedding whose gradient is written the second."""


class Head(NamedTuple):
    """The last layer: ``weight . features + bias`` is the reward."""

    weight: NDArray[np.float32]
    """Shape (n_features,)."""

    bias: float
    """0 where the model has no bias."""


def _first_token(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return tuple(states[:, :1] for states in inputs)


class RewardModel:
    """A sequence-classification model with one output, its tokenizer, and the encoding it is used with.

    Attributes
    ----------
    model : PreTrainedModel or PeftModel
        The network; in eval mode unless it is being trained.
    tokenizer : PreTrainedTokenizerBase
    encoding : EncodingConfig
        As asked for; the length in force may be shorter, see `encoder`.
    encoder : TextEncoder
        Its ``max_length`` is the smaller of the configured one and what the model can read.
    device : torch.device
    commit : str or None
        Commit on the hub the weights came from; None for a local folder.
    notes : list of str
        What a user should know of how the model was read, a sentence each.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        encoding: EncodingConfig,
        device: torch.device,
        commit: str | None = None,
        layout: str | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        chat = reads_conversations(model.config)
        if layout is not None:
            if not chat:
                raise InputError(
                    f"a {model.config.model_type} model reads prompt and response as two segments: leave out --layout"
                )
            tokenizer.chat_template = LAYOUTS[layout]
        if tokenizer.pad_token_id is None:
            # Never the end token: texts end with it, and transformers reads the reward before trailing padding.
            spare = tokenizer.bos_token or tokenizer.unk_token
            if spare is None:
                raise InputError("the model's tokenizer has no padding token: set pad_token in it")
            tokenizer.pad_token = spare
        n_tokens = model.get_input_embeddings().num_embeddings
        if tokenizer.pad_token_id >= n_tokens:  # it is masked, so any token the model knows does
            tokenizer.pad_token = tokenizer.convert_ids_to_tokens(0)
        model.config.pad_token_id = tokenizer.pad_token_id
        tokenizer.padding_side = "right"
        reach = int(min(tokenizer.model_max_length, reachable_positions(model)))
        self.encoder = TextEncoder(
            tokenizer,
            layout="chat" if chat else "pair",
            max_length=min(encoding.max_length, reach),
            n_tokens=n_tokens,
        )
        self.notes = [*notes, *self.encoder.notes]
        if reach < encoding.max_length:
            self.notes.append(f"it reads at most {reach} tokens, where {encoding.max_length} were asked for")
        # Above the attention of the top layer these models use the first token alone: the rest need not be computed.
        self._only_first_token_is_read = model.config.model_type in ("bert", "deberta-v2") and (
            model.config.num_hidden_layers > 1  # DeBERTa's convolution follows its first layer and reads all tokens
        )
        self.model: Any = model.to(device).eval()
        self.tokenizer = tokenizer
        self.encoding = encoding
        self.device = device
        self.commit = commit

    @classmethod
    def load(
        cls,
        ref: str | Path,
        *,
        encoding: EncodingConfig | None = None,
        device: str = "auto",
        new_head: bool = False,
        seed: int = 0,
        offline: bool = False,
        token: str | None = None,
    ) -> Self:
        """Load a reward model from the hub or a local folder: safetensors only, never code from the repository.

        Parameters
        ----------
        ref : str or Path
            Registered name, hub repository ``owner/name[@revision]``, or local folder; see `scpo.references.lookup`.
        encoding : EncodingConfig, optional
            The default encoding if not given.
        device : str
            ``auto``, ``cpu`` or ``cuda:0``.
        new_head : bool
            Start a reward head (and pooler, where the backbone has none) from random numbers. Without it a model
            that lacks a head is an error.
        seed : int
            Of the new head.
        offline : bool
            Use only what is on this machine.
        token : str, optional
            For gated repositories.

        Raises
        ------
        InputError
            If the reference is unknown, the hub cannot be reached, or the model is no reward model.
        """
        source = lookup(ref)
        where = resolve_device(device)
        loaded = load_pretrained(source, Access(where, offline, token), new_head=new_head, seed=seed)
        model = cls(
            loaded.model,
            loaded.tokenizer,
            encoding=encoding or EncodingConfig(),
            device=where,
            commit=loaded.commit,
            layout=source.reading.layout,
            notes=loaded.notes,
        )
        model._try_out(str(ref))
        return model

    def _try_out(self, ref: str) -> None:
        """Let the model read one short text; InputError if its configuration lets it load and not read."""
        try:
            texts = self.encode([[{"role": "user", "content": "a"}]], ["b"])
            with evaluating(self.model):
                self.represent(texts)
        except (ScpoError, torch.OutOfMemoryError):
            raise
        except Exception as error:  # someone else's model: whatever is the matter with it is said in a sentence
            what = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise InputError(f"model {ref} cannot read a text ({what}): its config.json does not fit it") from error

    def encode(self, messages: Sequence[Sequence[Message]], responses: Sequence[str]) -> list[EncodedText]:
        """Turn responses, each with the messages before it, into tokens; see `TextEncoder`."""
        return self.encoder.encode(messages, responses)

    def represent(self, texts: Sequence[EncodedText]) -> Tensor:
        """Compute the features phi of texts in one forward pass: the input of the reward head.

        Keeps the model's mode and gradients as they are; use `scpo.model.scoring.score` to score.

        Returns
        -------
        Tensor of shape (n_texts, n_features), float32
            For models that read conversations: the features at the last token.
        """
        batch = pad_batch(texts, pad_id=int(self.tokenizer.pad_token_id or 0), device=self.device)
        caught: list[Tensor] = []
        head = self._head_module()

        def catch(_module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            features = inputs[0]
            if features.ndim == 3:
                features = features[torch.arange(len(features), device=features.device), batch.last]
                caught.append(features.float())
                return (inputs[0].to(head.weight.dtype),)
            caught.append(features.float())
            return (features.to(head.weight.dtype),)

        handles = [head.register_forward_pre_hook(catch)]
        if self._only_first_token_is_read:
            top: Any = encoder_layers(self.model)[-1].get_submodule("attention.output")
            handles.append(top.register_forward_pre_hook(_first_token))
        try:
            self.model(**batch.inputs)
        finally:
            for handle in handles:
                handle.remove()
        return caught[0]

    def reward(self, features: Tensor) -> Tensor:
        """Apply the reward head to features of shape (n, n_features), in float32; returns shape (n,)."""
        head = self._head_module()
        bias = 0.0 if head.bias is None else head.bias.float()
        with torch.autocast(self.device.type, enabled=False):
            return (features @ head.weight.float().T + bias).squeeze(-1)

    @property
    def head(self) -> Head:
        """Weights of the last layer, for the preview: ``weight . features + bias`` is the reward."""
        module = self._head_module()
        weight = module.weight.detach().float().cpu().numpy()[0].copy()
        return Head(weight, 0.0 if module.bias is None else float(module.bias.detach().float().item()))

    def set_head(self, weight: NDArray[np.floating]) -> None:
        """Replace the weights of the last layer, shape (n_features,); the bias stays."""
        module = self._head_module()
        with torch.no_grad():
            module.weight.copy_(torch.as_tensor(weight, dtype=module.weight.dtype)[None])

    @property
    def has_adapters(self) -> bool:
        """Whether low-rank adapters are on the model."""
        return not isinstance(self.model, PreTrainedModel)

    def add_adapters(self, lora: LoraConfig, *, seed: int) -> None:
        """Put low-rank adapters on all linear layers; only they and the reward head stay trainable."""
        from peft import LoraConfig as PeftConfig
        from peft import TaskType, get_peft_model

        config = PeftConfig(
            task_type=TaskType.SEQ_CLS,
            r=lora.rank,
            lora_alpha=lora.alpha,
            target_modules="all-linear",
            lora_dropout=0.0,
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = get_peft_model(self.model, config).to(self.device).eval()
        self._head_module().float()  # a trained layer needs the digits that bfloat16 has not

    def merge_adapters(self) -> None:
        """Add the adapters to the weights they belong to; the model is then a plain one again."""
        if self.has_adapters:
            self.model = self.model.merge_and_unload().eval()

    def save_adapters(self, folder: str | Path) -> None:
        """Write the adapters and the trained reward head alone, as peft reads them; without adapters nothing."""
        if self.has_adapters:
            with quiet_transformers():
                self.model.save_pretrained(folder, save_embedding_layers=False)

    def save(self, folder: str | Path) -> None:
        """Write the model as plain transformers reads it (safetensors, config, tokenizer); adapters are merged."""
        self.merge_adapters()
        dtype = self.model.config.dtype or torch.float32
        self._head_module().to(dtype)
        self.model.config.pad_token_id = self.tokenizer.pad_token_id
        with quiet_transformers():
            self.model.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)

    def overhead_tokens(self, *, training: bool) -> int:
        """Price of one more forward pass, in padded tokens of the same pass: what batches are planned with.

        On a CPU the fixed part of a pass is small, so short texts are better kept apart from long ones. In training
        every pass also writes a dense gradient of all embeddings. A GPU wants few large passes.
        """
        if self.device.type != "cpu":
            return GPU_OVERHEAD_TOKENS
        tables = [m.weight for m in self.model.modules() if isinstance(m, nn.Embedding)]
        body = sum(p.numel() for p in self.model.parameters()) - sum(w.numel() for w in tables)
        written = sum(w.numel() for w in tables if w.requires_grad) if training else 0
        return max(1, round((CPU_PASS_WEIGHTS + CPU_WRITE_WEIGHTS * written) / max(body, 1)))

    def _head_module(self) -> nn.Linear:
        return head_module(self.model)
