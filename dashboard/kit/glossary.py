"""Plain words for technical ones, for people who were not there: applied to every label, title and sentence at once.

Whether they are spoken is a state of the one run of the script that draws a page, like the language of a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_PLAIN: ContextVar[bool] = ContextVar("plain_words", default=False)
_KEPT: ContextVar[frozenset[str]] = ContextVar("kept_words", default=frozenset())

WORDS: tuple[tuple[str, str], ...] = (
    # What belongs to a setting and not to a finding.
    (r" ?\((?:τ|β) [^)]*\)", ""),
    (r", training \d+", ""),
    (r"^seed means; ", "means; "),
    (r"seed means[,;] ", ""),
    (r"; runs: [^.;]*|; no runs", ""),
    (r", λ \d+(?:\.\d+)?(?:e-?\d+)?", ""),
    (r"(?:, at|;) temperature \d+(?:\.\d+)?", ""),
    (r", p (?:< )?[\d.]+, (?:mean of|corrected over) \d+ \w+", ""),
    (r": stress [\d.]+(?:, good|, fair)?", ""),
    (r"its interval, its users and its runs", "its interval and its people"),
    # Measures.
    (r"all-country against true-country accuracy", "accuracy on all choices against mistakes put right"),
    (r"true-country accuracy(?: \(recovered share\))?", "mistakes put right"),
    (r"distance, % of common pairs", "distance, %"),
    (r"Jensen-Shannon distance", "distance"),
    (r"change in all-country accuracy", "change in accuracy"),
    (r"all-country accuracy", "accuracy on all choices"),
    (r"(?<=%) all-country", " of all choices right"),
    (r"excess: recovered beyond label-blind flips", "mistakes put right beyond a random change"),
    (r"more excess, recovered pairs beyond label-blind flips", "more mistakes put right than by a random change"),
    (r"excess over label-blind flips", "beyond random change"),
    (r"in excess, ", "beyond a random change, "),
    (r"the excess", "what goes beyond a random change"),
    (r"(a )?recovered share", r"\1share of mistakes put right"),
    (r"recovers", "puts right"),
    (r"recovered", "put right"),
    (r"true-country", "choices the general model gets wrong"),
    (r"all-country", "all choices"),
    (r"label-blind (change|flips?|share)", r"random \1"),
    (r"label-blind", "by a random change"),
    (r"excess", "beyond a random change"),
    (r"over-steering", "pandering"),
    (r"over-steer", "pander"),
    (r"picks of most seeds; the", "The"),
    (r"No pick changes in most seeds", "No pick changes"),
    (r"KL from a random response, nats", "distance from a random answer"),
    (r"KL ([\d.]+) nats", r"distance from random \1"),
    (r"kl, nats", "distance from random"),
    (r" ?best-of-n is a choice", " there is a choice"),
    (r"at best-of-n", "taking always the best rated"),
    (r"best-of-n", "always the best rated"),
    (r"(?:the |a )?global pick", "the general model's pick"),
    (r"global one", "general model's"),
    (r"of (?:that|its|the) win share", "of liking"),
    (r"people's win share", "people's liking"),
    (r"win share: share of the other responses", "Liking: share of the other answers"),
    (r"win share", "liking"),
    (r"(?:its|the model's) own reward", "the model's own rating"),
    (r"more reward", "better rated"),
    (r"the reward rises", "the rating rises"),
    (r"with the reward", "with the rating"),
    (r"reward above random, SD", "rating above random"),
    (r" SD above random", " above random"),
    (r" above random, SD", " above a random answer"),
    (r"expected reward above", "expected rating above"),
    (r"a model's own rewards within turns", "a model's own ratings"),
    (r"follows the reward", "follows the rating"),
    # Checks.
    (r" The ratio of all pairs to kept pairs says [\d,]+ %(?: all the same)?\.", ""),
    (r"(?-i:\bscpo\b)(?= gains)", "SCPO"),
    # Statistics.
    (r" \(p (?:< )?[\d.]+\)", ""),
    (r"after Holm(?= in)", "counting all comparisons"),
    (r"after Holm(?=\.)", "counting all comparisons"),
    (r"(?:after|Holm's) correction (?:is )?over", "counting all comparisons over"),
    (r"after (?:Holm's )?correction|corrected over all(?=[.;])", "counting all comparisons made"),
    (r"corrected over", "counting all comparisons over"),
    (r", holm over all", ", counting all"),
    (r"p,? (?:corrected|after Holm)", "how often luck alone does as much"),
    (r"\(p [<\d. ]+ counting all couples\)", "(counting all couples)"),
    (r"noise floor", "range of luck"),
    (r"grey curve: noise", "grey curve: random change"),
    (r"noise of \S+ SD of the gap", "random change"),
    (r"^noise$", "random"),
    (r"line: front", "Line: best trade-offs"),
    (r"band of fronts over resamples", "band of best trade-offs over other draws of people"),
    (r"the front", "the line of best trade-offs"),
    (r"the resamples of users", "other draws of people"),
    # Models and data.
    (r"filter \+ weight", "SCPO"),
    (r"inverse weight", "opposite weights"),
    (r"(?-i:All pairs\b)", "Plain training"),
    (r"(?-i:Filter\b)", "Disagreements only"),
    (r"(?-i:Weight\b)(?! of)", "Weighted choices"),
    (r"last-layer previews|previews", "quick estimates"),
    (r"preview", "quick estimate"),
    (r"finetuned\b", "trained"),
    (r"finetune\b", "trained model"),
    (r"finetunes", "trained models"),
    (r"global model", "general model"),
    (r"to global\b", "to the general model"),
    (r"with the most negative gap", "on which it disagrees most"),
    (r"gap < 0", "the general model disagreeing"),
    (r"\ba response\b", "an answer"),
    (r"\bresponse", "answer"),
    (r"\bpairs\b(?! of answers)", "choices"),
    (r"\bpair\b", "choice"),
    (r"\busers\b", "people"),
    (r"\buser\b", "person"),
)
"""Patterns, whatever their case, and what is said instead; applied in this order."""

_RULES = [(re.compile(pattern, re.IGNORECASE), plain) for pattern, plain in WORDS]

HIDDEN = frozenset(
    {"Seeds", "Runs", "Design effect", "p, and corrected", "Split", "Engine", "Training pairs", "Pairs kept"}
    | {
        "Chosen in",
        "b, SD of rewards",
        "On the front in",
        "On the front",
        "On front",
        "Control",
        "Median p_glo",
        "Tau",
        "Beta",
    }
)
"""Named facts and columns that say how something was made: they are left out in plain words."""

_TYPE = {"fontSize", "labelFontSize", "titleFontSize", "subtitleFontSize"}
_GROWTH = 1.25
_ROW_GROWTH = 1.2
_NO_WORDS = {"field", "fields", "type", "mark", "test", "expr", "labelExpr", "name", "param", "$schema"}
_NAMES = {"point", "cell", "pick", "place", "country", "setting", "couple", "trained_for", "tested_on"} | {
    "question", "option", "quote"
}  # fmt: skip
"""Columns that a click reports, and those with other people's words."""

_PRIVATE = 0xE000
"""First of the signs that Unicode leaves to private use."""

_MADE = {"seed_words"}
"""Lines of a tooltip that say how something was made."""


def speak(*, plainly: bool) -> None:
    """Say how the rest of this run of the script speaks."""
    _PLAIN.set(plainly)
    _KEPT.set(frozenset())


def kept(name: str) -> str:
    """Return a name, or other people's words, which the rest of this run says as they are, also inside a sentence.

    A word right after a number is none of them: a data set may be called ``pairs``, and hold 900 pairs.
    """
    if is_plain() and name:
        _KEPT.set(_KEPT.get() | {name})
    return name


@contextmanager
def speaking(*, plainly: bool) -> Iterator[None]:
    """Speak so while a block runs: for what is written for other readers than the page."""
    before, names = _PLAIN.set(plainly), _KEPT.set(frozenset())
    try:
        yield
    finally:
        _PLAIN.reset(before)
        _KEPT.reset(names)


def is_plain() -> bool:
    """Tell whether this run speaks in plain words."""
    return _PLAIN.get()


def in_plain_words(said: str) -> str:
    """Return a text with plain words for the technical ones; a sentence keeps its capital, and names stay."""
    names = sorted((name for name in _KEPT.get() if name in said), key=len, reverse=True)
    if not names:
        return _reworded(said)
    # A sign that no rule knows stands for a name while the rules work.
    pattern = rf"(?<!\w)(?<!\d[ \u00a0])(?:{'|'.join(map(re.escape, names))})(?!\w)"
    hidden = re.sub(pattern, lambda found: chr(_PRIVATE + names.index(found[0])), said)
    return re.sub(r"[\ue000-\uf8ff]", lambda found: names[ord(found[0]) - _PRIVATE], _reworded(hidden))


def _reworded(said: str) -> str:
    for pattern, plain in _RULES:
        said = pattern.sub(lambda found, plain=plain: _as_written(found, plain), said)  # type: ignore[misc]
    return said


def _as_written(found: re.Match[str], plain: str) -> str:
    words = found.expand(plain)
    first = found[0].lstrip()[:1]
    return words[:1].upper() + words[1:] if first.isupper() else words


def said(text: str) -> str:
    """Return a text in the words of this run."""
    return in_plain_words(text) if is_plain() else text


def grown(pixels: float) -> float:
    """Return the size of type, or of what has to hold it, in pixels: larger in plain words."""
    return _GROWTH * pixels if is_plain() else pixels


def plain_chart(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the specification of a chart in plain words and larger type; what a click reports stays.

    Parameters
    ----------
    spec : dict
        Vega-Lite with its data under ``datasets``.
    """
    whole: dict[str, Any] = _plain({name: part for name, part in spec.items() if name != "datasets"})
    tables = spec.get("datasets", {})
    return whole | {
        "config": _enlarged(whole.get("config", {})),
        "datasets": {name: [_plain_row(row) for row in rows] for name, rows in tables.items()},
    }


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: in_plain_words(value) if isinstance(value, str) and name not in _NAMES else value
        for name, value in row.items()
    }


def _plain(part: Any) -> Any:
    """Put every word of a specification into plain words, and rows a little further apart."""
    if isinstance(part, dict):
        if set(part) == {"step"}:
            return {"step": _ROW_GROWTH * part["step"]}
        return {name: one if name in _NO_WORDS and isinstance(one, str) else _plain(one) for name, one in part.items()}
    if isinstance(part, list):
        return [_plain(one) for one in part if not (isinstance(one, dict) and one.get("field") in _MADE)]
    return in_plain_words(part) if isinstance(part, str) else part


def _enlarged(config: dict[str, Any]) -> dict[str, Any]:
    """Enlarge the type of axes and legends; marks of text have their size from `grown`."""
    enlarged = {}
    for name, part in config.items():
        if isinstance(part, dict):
            enlarged[name] = _enlarged(part)
        else:
            enlarged[name] = round(_GROWTH * part, 1) if name in _TYPE else part
    return enlarged
