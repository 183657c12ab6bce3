"""Written conversations to prompt, history and response: lists of messages, transcripts, the prompt inside the answers.

A cell is a conversation where it is a list of messages (JSON, or Python text as a spreadsheet export leaves it), a list
of turns, or a transcript of ``Human:`` and ``Assistant:``. Everything else is plain text and stays as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from scpo.data.cells import python_value
from scpo.data.pairing import Message

USER, ASSISTANT, SYSTEM = "user", "assistant", "system"

_ROLES = {
    **dict.fromkeys(("user", "human", "prompter", "customer", "question"), USER),
    **dict.fromkeys(("assistant", "gpt", "bot", "model", "ai", "chatgpt", "bard", "bing", "answer"), ASSISTANT),
    **dict.fromkeys(("system", "developer"), SYSTEM),
}
_ROLE_KEYS = ("role", "from", "speaker")
_TEXT_KEYS = ("content", "value", "text")
_TRANSCRIPT = re.compile(r"(?:^|\n\n)(Human|Assistant|System): ?")

_BETWEEN_LINES = re.compile(r"(?<=[}'\"])\s+(?=[{'\"])")

NO_PROMPT = "conversation: no message of the user before the answers"
OTHER_PROMPT = "conversation: the answers belong to different prompts"
NO_TEXT = "conversation: a part that is no text (an image, a tool call)"
NO_ROLE = "conversation: a message of an unknown role"


class NotAConversation(ValueError):
    """A conversation that cannot be used; the text is the reason for the report."""


class Exchange(NamedTuple):
    """A prompt with what came before it and the responses to it."""

    history: list[Message]
    """Messages before the prompt, oldest first, of ``user`` and ``assistant`` in turns."""

    prompt: str
    responses: list[str]
    with_system: bool
    """The text of the system stands before the first message of the user."""

    joined: bool
    """A response is of several messages, written as one text."""


def holds_its_prompt(cell: str | None) -> bool:
    """Tell whether a response is a conversation that begins with the prompt."""
    try:
        messages = messages_of(cell or "", role=ASSISTANT)
    except NotAConversation:
        return False
    return messages is not None and messages[0]["role"] != ASSISTANT


def messages_of(cell: str, *, role: str) -> list[Message] | None:
    """Read a written conversation.

    Parameters
    ----------
    cell : str
        The text of a cell.
    role : {"user", "assistant"}
        Who speaks in a list of plain texts.

    Returns
    -------
    list of dict or None
        Messages with `role` and `content`; None where the cell is plain text.

    Raises
    ------
    NotAConversation
        If it is a conversation with an unknown role, or with a part that is no text.
    """
    text = cell.strip()
    if text[:1] in ("[", "{"):
        return _written(_parsed(text), role)
    parts = _TRANSCRIPT.split(cell)
    # Without both sides, or with text before the first, it is a text that mentions a transcript.
    if len(parts) < 5 or parts[0].strip() or not {"Human", "Assistant"} <= set(parts[1::2]):
        return None
    return [
        {"role": _ROLES[who.lower()], "content": said.strip()}
        for who, said in zip(parts[1::2], parts[2::2], strict=True)
    ]


def exchange(prompt: str | None, responses: Sequence[str]) -> Exchange | None:
    """Find prompt, history and responses in the cells of a row.

    Parameters
    ----------
    prompt : str or None
        None where the prompt stands inside the responses.
    responses : sequence of str
        All responses to be compared.

    Returns
    -------
    Exchange or None
        None where all cells are plain text.

    Raises
    ------
    NotAConversation
        With the reason why the row cannot be used.
    """
    asked = None if prompt is None else messages_of(prompt, role=USER)
    answered = [messages_of(one, role=ASSISTANT) for one in responses]
    turns = [_is_turns(asked, USER), *(_is_turns(one, ASSISTANT) for one in answered)]
    if any(turns) and not (all(turns) and len({len(one or ()) for one in (asked, *answered)}) == 1):
        # A list of several texts is turns where question and answers are such lists; else an answer that is a list.
        asked = None if turns[0] else asked
        answered = [None if is_turns else one for one, is_turns in zip(answered, turns[1:], strict=True)]
    if asked is None and not any(answered):
        return None
    if asked is None and prompt is not None:
        asked = [{"role": USER, "content": prompt}]
    whole = [
        _whole(asked or [], [{"role": ASSISTANT, "content": text}] if one is None else one)
        for one, text in zip(answered, responses, strict=True)
    ]
    shared = _shared(whole)
    history, last = shared[:-1], shared[-1]["content"]
    rests = [one[len(shared) :] for one in whole]
    system = [message["content"] for message in history if message["role"] == SYSTEM]
    history = [message for message in history if message["role"] != SYSTEM]
    if system:
        before = "\n\n".join(system)
        if history:
            history = [{**history[0], "content": f"{before}\n\n{history[0]['content']}"}, *history[1:]]
        else:
            last = f"{before}\n\n{last}"
    return Exchange(history, last, [_text(rest) for rest in rests], bool(system), any(len(rest) > 1 for rest in rests))


def _parsed(text: str) -> Any:
    """Read JSON, Python text, or a list of numpy as pandas writes it; None where it is none of these."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    value = python_value(text)
    # A numpy array of objects has no commas between its lines.
    return value if value is not None else python_value(_BETWEEN_LINES.sub(_comma_for_line, text))


def _comma_for_line(space: re.Match[str]) -> str:
    return ", " if "\n" in space[0] else space[0]


def _written(value: Any, role: str) -> list[Message] | None:
    if isinstance(value, dict):
        return _written([value], role) if _key(value, _ROLE_KEYS) else None
    if not isinstance(value, list | tuple) or not value:
        return None
    if all(one is None or isinstance(one, str) for one in value):
        return [{"role": role, "content": one or ""} for one in value]
    if not all(isinstance(one, dict) and _key(one, _ROLE_KEYS) and _key(one, _TEXT_KEYS) for one in value):
        return None
    return [{"role": _role(one), "content": _content(one[str(_key(one, _TEXT_KEYS))])} for one in value]


def _is_turns(messages: list[Message] | None, role: str) -> bool:
    """Tell whether several messages in a row are of one speaker."""
    return messages is not None and len(messages) > 1 and all(one["role"] == role for one in messages)


def _key(message: dict[str, Any], names: Sequence[str]) -> str | None:
    return next((name for name in names if name in message), None)


def _role(message: dict[str, Any]) -> str:
    role = _ROLES.get(str(message[str(_key(message, _ROLE_KEYS))]).strip().lower())
    if role is None:
        raise NotAConversation(NO_ROLE)
    return role


def _content(value: Any) -> str:
    """Return the text of a message; typed parts are joined."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in value):
        return "".join(part["text"] for part in value)
    raise NotAConversation(NO_TEXT)


def _whole(asked: list[Message], answer: list[Message]) -> list[Message]:
    """Put prompt and answer together; an answer that begins with its prompt is whole already."""
    if answer and answer[0]["role"] == ASSISTANT:
        turns = len(asked)
        if turns > 1 and len(answer) == turns and all(one["role"] == USER for one in asked):
            # Turns written in two lists: questions here, answers there.
            return [message for couple in zip(asked, answer, strict=True) for message in couple]
        return [*asked, *answer]
    first = next((one["content"] for one in answer if one["role"] == USER), None)
    own = next((one["content"] for one in asked if one["role"] == USER), first)
    if first != own and not (asked and answer[-len(asked) - 1 : -1] == asked):
        raise NotAConversation(OTHER_PROMPT)
    return answer


def _shared(whole: Sequence[list[Message]]) -> list[Message]:
    """Return the messages all conversations begin with, up to the last one of the user."""
    shared: list[Message] = []
    for messages in zip(*whole, strict=False):
        if any(message != messages[0] for message in messages):
            break
        shared.append(messages[0])
    # At least one message must be left in each as the response.
    shared = shared[: min(len(one) for one in whole) - 1] if all(whole) else []
    while shared and shared[-1]["role"] != USER:
        shared.pop()
    if not shared:
        first = [next((one["content"] for one in messages if one["role"] == USER), None) for messages in whole]
        raise NotAConversation(NO_PROMPT if None in first or len(set(first)) == 1 else OTHER_PROMPT)
    return shared


def _text(messages: Sequence[Message]) -> str:
    """Write a response of several messages as one text."""
    first, *more = messages
    names = {USER: "User", ASSISTANT: "Assistant", SYSTEM: "System"}
    return "\n\n".join([first["content"], *(f"{names[one['role']]}: {one['content']}" for one in more)])
