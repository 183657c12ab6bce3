r"""Formulas of `scpo.definitions`, which are LaTeX, as typst typesets them: the commands they use, and no others."""

from __future__ import annotations

import re
from collections.abc import Sequence

import typst

SYMBOLS = {
    **{
        name: name
        for name in (
            *("sigma", "tau", "beta", "theta", "lambda", "kappa", "gamma", "pi", "delta", "rho", "Phi", "Delta"),
            *("sum", "in", "quad", "min", "max", "log", "arccos"),
        )
    },
    **{"iff": "<==>", "mp": "minus.plus", "propto": "prop", "ge": ">=", "le": "<=", "ne": "!="},
    **{",": "thin", ";": "thick", "!": "", "\\": "\\ ", "|": "parallel", "#": "\\#", "{": "\\{", "}": "\\}"},
}
"""LaTeX command -> typst."""

CALLS = {"sqrt": "sqrt", "bar": "overline", "hat": "hat", "tilde": "tilde"}
"""Commands of one formula."""

WORDS = {"text": '"{}"', "mathrm": 'upright("{}")', "operatorname": 'op("{}")', "mathbf": 'bold(upright("{}"))'}
"""Commands of one word, taken as it is written."""

PLAIN = {**{c: c for c in "+-=<>*:'"}, **{c: f"\\{c}" for c in "/,()[]"}, "|": 'class("normal", |)'}

TOKEN = re.compile(
    r"\\(?P<word>text|mathrm|operatorname|mathbf)\{(?P<said>[^{}]*)\}"
    r"|\\(?:begin|end)\{gathered\}|\\(?P<command>[A-Za-z]+|.)|(?P<number>\d+(?:\.\d+)?)|(?P<one>\S)"
)

PAGE = "#set page(width: auto, height: auto, margin: 1pt, fill: none)\n#set text(12pt)\n"


def typst_math(formula: str) -> str:
    r"""Translate a formula.

    Parameters
    ----------
    formula : str
        LaTeX without dollar signs, such as ``\frac{1}{n}``.

    Returns
    -------
    str
        The inside of a typst equation, such as ``frac(1, n)``.

    Raises
    ------
    ValueError
        If the formula has a command that is not known here, or braces that do not fit.
    """
    return _Reader(formula).sequence(until=None)


def drawings(formulas: Sequence[str]) -> list[str]:
    """Draw formulas; return one SVG each, 12 points high type, without a ground of its own."""
    if not formulas:
        return []
    pages = (f"$ {typst_math(one)} $" for one in formulas)
    drawn = typst.compile((PAGE + "\n#pagebreak()\n".join(pages)).encode(), format="svg")
    return [page.decode() for page in (drawn if isinstance(drawn, list) else [drawn])]


class _Reader:
    """Reads a formula from left to right."""

    def __init__(self, formula: str) -> None:
        self.formula = formula
        self.tokens = [found for found in TOKEN.finditer(formula) if not found[0].endswith("{gathered}")]
        self.place = 0

    def sequence(self, until: str | None) -> str:
        """Read up to a token, which is read too, or to the end."""
        written: list[str] = []
        while (token := self._next(until)) is not None:
            if token[0] in ("_", "^"):
                written.append(f"{token[0]}({self.argument()})")
            else:
                written.append(self.one(token))
        return re.sub(r" (?=[_^']\(?)", "", " ".join(one for one in written if one))

    def _next(self, until: str | None) -> re.Match[str] | None:
        if self.place == len(self.tokens):
            if until is None:
                return None
            raise ValueError(f"{until} is missing in {self.formula}")
        token = self.tokens[self.place]
        self.place += 1
        if token[0] == until:
            return None
        if token[0] in ("}", r"\right"):
            raise ValueError(f"{token[0]} without a beginning in {self.formula}")
        return token

    def argument(self) -> str:
        """Read a group in braces or one token."""
        token = self._next(until=None)
        if token is None:
            raise ValueError(f"something is missing at the end of {self.formula}")
        return self.sequence(until="}") if token[0] == "{" else self.one(token)

    def one(self, token: re.Match[str]) -> str:
        """Read what begins with a token."""
        if token["word"]:
            return WORDS[token["word"]].format(token["said"].strip())
        if token["command"] in ("frac", "tfrac"):
            fraction = f"frac({self.argument()}, {self.argument()})"
            return fraction if token["command"] == "frac" else f"inline({fraction})"
        if token["command"] in CALLS:
            return f"{CALLS[token['command']]}({self.argument()})"
        if token["command"] == "left":
            opening = self.argument()
            inside = self.sequence(until=r"\right")
            return f"lr({opening} {inside} {self.argument()})"
        if token["command"] in SYMBOLS:
            return SYMBOLS[token["command"]]
        if token["number"] or token[0].isalpha():
            return token[0]
        if token[0] == "{":
            return self.sequence(until="}")
        if token[0] in PLAIN:
            return PLAIN[token[0]]
        raise ValueError(f"no typst for {token[0]} in {self.formula}")
