"""Text to tokens: the one encoding for scoring, training and evaluation."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from jinja2 import TemplateError
from numpy.typing import NDArray

from scpo.errors import InputError
from scpo.models import LAYOUTS
from scpo.words import counted

Layout = Literal["pair", "chat"]
Message = dict[str, str]

FIXED_DATE = datetime(2024, 7, 26, tzinfo=UTC)
"""What a chat template that asks for today's date is told, so that a text has one reward on every day: the date that
Llama's own templates fall back on."""

_TODAY = re.compile(r"""strftime_now\(\s*(?P<quote>['"])(?P<format>.*?)(?P=quote)\s*\)""")
_CHUNK = 2048
_MAX_SHORTENINGS = 8


@dataclass(frozen=True, eq=False, slots=True)
class EncodedText:
    """One prompt with one response as tokens, without padding."""

    input_ids: NDArray[np.int32]
    """Shape (length,), length >= 1."""

    token_type_ids: NDArray[np.int8] | None = None
    """Shape (length,): 0 for the prompt, 1 for the response; None where the model has no such input."""

    @property
    def key(self) -> bytes:
        """Bytes that are equal exactly when the model sees the same input."""
        types = b"" if self.token_type_ids is None else self.token_type_ids.tobytes()
        return self.input_ids.tobytes() + types

    def __len__(self) -> int:
        return len(self.input_ids)


def share_budget(lengths: Sequence[int], budget: int) -> list[int]:
    """Cut the longest parts first until their sum is at most `budget`.

    Parameters
    ----------
    lengths : sequence of int
        Tokens of each part.
    budget : int
        Tokens that may stay in total, at least 0.

    Returns
    -------
    list of int
        Tokens that stay of each part; parts are levelled down to a common height, shorter parts stay whole.
    """
    kept = list(lengths)
    left = max(budget, 0)
    order = sorted(range(len(kept)), key=lambda i: lengths[i])
    for position, i in enumerate(order):
        kept[i] = min(lengths[i], left // (len(order) - position))
        left -= kept[i]
    return kept


def join_as_text(messages: Sequence[Message]) -> str:
    """Write messages as plain text, oldest first, one blank line between them (for models without a chat format)."""
    return "\n\n".join(message["content"] for message in messages)


class TextEncoder:
    """Turns prompts and responses into tokens the way one model wants them.

    Layout ``pair`` (BERT, DeBERTa): prompt and response are the tokenizer's two segments. Too long texts lose the end
    of the longer segment, token by token; a prompt with earlier turns loses its beginning instead, because the last
    turn is what is answered. Layout ``chat`` (Llama, Qwen): the tokenizer's chat template writes the conversation,
    including its own special tokens, so none is added twice; too long conversations lose the ends of their longest
    messages, never the template's closing tokens, at which the reward is read.
    """

    def __init__(self, tokenizer: Any, *, layout: Layout, max_length: int, n_tokens: int | None = None) -> None:
        if layout == "chat" and not tokenizer.chat_template:
            ways = ", ".join(f"--layout {name}" for name in LAYOUTS)
            raise InputError(
                "this model reads conversations but its tokenizer has no chat template: choose a plain text "
                f"({ways}), or add a chat_template to its tokenizer_config.json"
            )
        self.tokenizer = tokenizer
        self.layout = layout
        self.max_length = max_length
        self.n_tokens = n_tokens
        self.notes = self._check_template() if layout == "chat" else []
        beyond = self._beyond(tokenizer.get_vocab().values())
        if beyond:
            self.notes.append(
                f"its tokenizer has {counted(len(beyond), 'token')} beyond the {n_tokens} that the model knows: "
                "a text with one of them is refused"
            )

    def _check_template(self) -> list[str]:
        """Refuse a template that does not show the response; give one that shows today's date the same every day."""
        template = self.tokenizer.chat_template
        dated = "strftime_now(" in str(template)
        if dated:
            named = template if isinstance(template, dict) else {"": template}
            fixed = {name: _with_fixed_date(text) for name, text in named.items()}
            self.tokenizer.chat_template = fixed if isinstance(template, dict) else fixed[""]
        probe = "scpo reads this response"
        if probe not in self._render([{"role": "user", "content": "why"}, {"role": "assistant", "content": probe}]):
            raise InputError("the chat template leaves out the response: add one to its tokenizer that writes it")
        return [f"its chat template writes today's date; it is always given {FIXED_DATE:%d %B %Y}"] if dated else []

    def _beyond(self, ids: Iterable[int]) -> list[int]:
        return [] if self.n_tokens is None else sorted(i for i in set(ids) if i >= self.n_tokens)

    def encode(self, messages: Sequence[Sequence[Message]], responses: Sequence[str]) -> list[EncodedText]:
        """Encode responses with the messages before them.

        Parameters
        ----------
        messages : sequence of sequences of {"role", "content"}
            What was said before each response; the last message is the user's.
        responses : sequence of str
            Same length.

        Raises
        ------
        InputError
            If lengths differ, a conversation is empty, the template refuses a conversation or alone exceeds the
            length limit, or a text has a token that the model does not know.
        """
        if len(messages) != len(responses):
            raise InputError(f"{len(messages)} conversations but {len(responses)} responses: give one for each")
        empty = next((i for i, conversation in enumerate(messages) if not conversation), None)
        if empty is not None:
            raise InputError(f"conversation {empty} has no message: a response needs a prompt")
        one_chunk = self._encode_pairs if self.layout == "pair" else self._encode_chats
        encoded: list[EncodedText] = []
        for start in range(0, len(responses), _CHUNK):
            encoded += one_chunk(messages[start : start + _CHUNK], responses[start : start + _CHUNK])
        if any(not len(text) for text in encoded):
            raise InputError("a prompt and a response without any text give no token: nothing can be scored")
        highest = max((int(text.input_ids.max()) for text in encoded), default=0)
        if self._beyond([highest]):
            token = self.tokenizer.convert_ids_to_tokens(highest)
            raise InputError(
                f"token {token!r} has the id {highest}, but the model knows {self.n_tokens} tokens: "
                "its tokenizer is that of another model, or its embeddings were not enlarged for added tokens"
            )
        return encoded

    def _encode_pairs(self, messages: Sequence[Sequence[Message]], responses: Sequence[str]) -> list[EncodedText]:
        prompts = [join_as_text(conversation) for conversation in messages]
        for i, conversation in enumerate(messages):
            if len(conversation) > 1:
                prompts[i] = self._without_oldest(prompts[i], responses[i])
        batch = self.tokenizer(
            prompts,
            list(responses),
            truncation="longest_first",
            max_length=self.max_length,
            return_attention_mask=False,
        )
        types = batch["token_type_ids"] if "token_type_ids" in batch else [None] * len(prompts)
        return [_as_encoded(ids, segment) for ids, segment in zip(batch["input_ids"], types, strict=True)]

    def _without_oldest(self, prompt: str, response: str) -> str:
        spans = self.tokenizer(prompt, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        n_response = len(self.tokenizer(response, add_special_tokens=False)["input_ids"])
        budget = self.max_length - self.tokenizer.num_special_tokens_to_add(pair=True)
        keep, _ = share_budget([len(spans), n_response], budget)
        return prompt if keep >= len(spans) else prompt[spans[len(spans) - keep][0] :] if keep else ""

    def _encode_chats(self, messages: Sequence[Sequence[Message]], responses: Sequence[str]) -> list[EncodedText]:
        chats = [
            [*before, {"role": "assistant", "content": text}] for before, text in zip(messages, responses, strict=True)
        ]
        rows = self._tokens([self._render(chat) for chat in chats])
        for i, ids in enumerate(rows):
            if len(ids) > self.max_length:
                rows[i] = self._shortened(chats[i], len(ids))
        return [_as_encoded(ids, None) for ids in rows]

    def _render(self, chat: list[Message]) -> str:
        try:
            return str(self.tokenizer.apply_chat_template(chat, tokenize=False))
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in chat)
            raise InputError(f"the chat template refuses a conversation of {roles}: {error}") from error

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        return list(self.tokenizer(texts, add_special_tokens=False, return_attention_mask=False)["input_ids"])

    def _shortened(self, chat: list[Message], length: int) -> list[int]:
        contents = [message["content"] for message in chat]
        spans = self.tokenizer(contents, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        budget = sum(len(span) for span in spans) - (length - self.max_length)
        for _ in range(_MAX_SHORTENINGS):  # cutting text can change how its neighbours are split into tokens
            keep = share_budget([len(span) for span in spans], budget)
            cut = [
                {**message, "content": text if n >= len(span) else text[: span[n - 1][1]] if n else ""}
                for message, text, span, n in zip(chat, contents, spans, keep, strict=True)
            ]
            ids = self._tokens([self._render(cut)])[0]
            if len(ids) <= self.max_length:
                return ids
            budget -= len(ids) - self.max_length
        raise InputError(
            f"the chat template alone needs more than max_length = {self.max_length} tokens: raise max_length"
        )


def _with_fixed_date(template: str) -> str:
    """Write a date into a chat template where it asks for today's."""
    fixed = _TODAY.sub(lambda call: json.dumps(FIXED_DATE.strftime(call["format"])), template)
    if "strftime_now(" in fixed:
        raise InputError(
            "the chat template writes today's date in a way that cannot be fixed, so rewards would change from day to "
            "day: write a date into it in place of strftime_now"
        )
    return fixed


def _as_encoded(ids: Sequence[int], types: Sequence[int] | None) -> EncodedText:
    return EncodedText(np.asarray(ids, dtype=np.int32), None if types is None else np.asarray(types, dtype=np.int8))
