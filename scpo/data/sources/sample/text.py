"""The English of the generated sample: responses written to a style.

A response has a level 0, 1 or 2 of each of ten style attributes. Every level has its own short phrases, so that the
levels can be read off the words, by a person and by a very small model alike. Nothing here is a real text.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scpo.data.sources.sample.topics import Topic, fill

ATTRIBUTES: tuple[str, ...] = (
    "warmth",
    "directness",
    "formality",
    "detail",
    "examples",
    "steps",
    "caution",
    "first_person",
    "humour",
    "asking_back",
)
"""Style attributes of a response, in the order in which they appear in it."""

LEVELS = 3
"""Levels of an attribute: 0 is absent or the opposite, 2 is strong."""

PHRASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "warmth": (
        ("Noted.", "Question received."),
        ("Thanks for asking.", "Thanks, happy to help."),
        ("What a wonderful question!", "How lovely, dear friend!"),
    ),
    "directness": (
        ("Opinions vary on {noun}.", "Many views exist on {noun}."),
        ("Broadly, {noun} reward some care.", "Broadly, {noun} deserve some thought."),
        ("The answer is clear:", "Bottom line, clear answer:"),
    ),
    "formality": (
        ("just go {act_1} and stuff, okay.", "okay, just kinda go {act_1} now."),
        ("you can {act_1} whenever it suits.", "you can {act_1} whenever you like."),
        ("it is advisable to {act_1} accordingly.", "one is advised to {act_1} accordingly."),
    ),
    "detail": (
        ("",),
        ("This works because {reason_1}.", "It helps because {reason_1}."),
        ("This works because {reason_1}; moreover, {reason_2}.", "It helps because {reason_1}; moreover, {reason_2}."),
    ),
    "examples": (
        ("",),
        ("Think of {case_1}, say.", "Take {case_1}, say."),
        ("For example {case_1}, for instance {case_2}.", "Examples include {case_1}, for instance {case_2}."),
    ),
    "steps": (
        ("Any order is fine.", "Any order will do."),
        ("Begin there, then {act_2}.", "Begin so, then {act_2}."),
        ("Step one: {act_2}. Step two: {act_3}.", "Firstly {act_2}; secondly {act_3}; thirdly repeat."),
    ),
    "caution": (
        ("This always works.", "It always works, guaranteed."),
        ("Usually that is enough.", "It usually works well."),
        ("Perhaps it might not work.", "Perhaps this might fail."),
    ),
    "first_person": (
        ("People report this.", "People commonly agree."),
        ("We see it often.", "We often see that."),
        ("I personally believe it.", "I love it personally."),
    ),
    "humour": (
        ("",),
        ("Keep a smile ready.", "Do it with a smile."),
        ("Even my toaster giggles, haha!", "Haha, no penguins were harmed!"),
    ),
    "asking_back": (
        ("That is all.", "That covers it all."),
        ("Feel free to say more.", "Feel free to write again."),
        ("What have you tried?", "Which part have you tried?"),
    ),
}
"""Attribute -> level -> interchangeable phrases."""


def response_text(topic: Topic, levels: NDArray[np.int8], variant: NDArray[np.int8], rotation: int) -> str:
    """Write one response.

    Parameters
    ----------
    topic : Topic
        What it is about.
    levels : array of int8, shape (n_attributes,)
        Level of each attribute of `ATTRIBUTES`, 0 to 2.
    variant : array of int8, shape (n_attributes,)
        Which of the interchangeable phrases of the level, taken modulo.
    rotation : int
        Where to start in the topic's acts, reasons and cases.

    Returns
    -------
    str
        25 to 60 words.
    """
    parts = []
    for name, level, choice in zip(ATTRIBUTES, levels.tolist(), variant.tolist(), strict=True):
        phrases = PHRASES[name][level]
        parts.append(phrases[choice % len(phrases)])
    if not parts[1].endswith(":"):
        parts[2] = parts[2][0].upper() + parts[2][1:]
    return fill(" ".join(part for part in parts if part), topic, rotation)
