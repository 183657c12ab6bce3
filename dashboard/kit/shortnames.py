"""Short names of communities for small figures, and what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MOST_LETTERS = 4
"""Codes up to this length are short enough; where one is longer, all become numbers."""


def short_names(codes: Iterable[str]) -> dict[str, str]:
    """Return a short name for each code: itself, as ISO codes of countries are, or its number in the order given."""
    unique = list(dict.fromkeys(codes))
    if all(len(code) <= MOST_LETTERS for code in unique):
        return {code: code for code in unique}
    return {code: str(number) for number, code in enumerate(unique, 1)}


def explained(short: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Write what short names stand for: ``CAN Canada, ZAF South Africa.``; both mappings have the same codes."""
    return ", ".join(f"{short[code]} {names[code]}" for code in short) + "."
