"""Country names to ISO 3166 alpha-3 codes and back: known or an error, never fuzzy.

Fuzzy search is dangerous here: it turns ``Hong Kong SAR`` into China. What is spelled alike is only ever
proposed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pycountry

from scpo.data import country_names
from scpo.errors import DataError

PREFER_NOT_TO_SAY = "Prefer not to say"
"""The survey answer that is no country."""

_DISPLAY: dict[str, str] = {
    "BRN": "Brunei",
    "COD": "DR Congo",
    "COG": "Republic of the Congo",
    "FLK": "Falkland Islands",
    "FSM": "Micronesia",
    "HKG": "Hong Kong",
    "MAC": "Macau",
    "MAF": "Saint Martin",
    "PSE": "Palestine",
    "RUS": "Russia",
    "SHN": "Saint Helena",
    "SXM": "Sint Maarten",
    "VAT": "Vatican City",
    "VGB": "British Virgin Islands",
    "VIR": "US Virgin Islands",
    "XKX": "Kosovo",
}
"""Everyday names where pycountry has only the formal one."""

NON_NATIONAL_SUFFIX = " (Non-national sample)"
_NATIONAL_SAMPLES: dict[str, int] = {" (Current national sample)": 0, " (Old national sample)": 1}


class OpinionLabel(NamedTuple):
    """What a country label of GlobalOpinionQA stands for."""

    code: str | None
    """ISO 3166 alpha-3; None for a part of a country that is left out."""

    preference: int
    """Among national samples of one country in one question the smallest is taken."""

    reason: str | None
    """Why it is left out by default; None for a sample that is used."""


def resolve_country(text: str) -> str:
    """Find the ISO 3166 alpha-3 code of a country.

    Parameters
    ----------
    text : str
        Alpha-3 code in any case, alpha-2 code in capitals, or a name: English as ISO, CLDR, the UN, the World Bank,
        PRISM or GlobalOpinionQA write it, or that of CLDR in a language of the country or a widely spoken one. Case,
        accents and punctuation do not count; nothing else is guessed.

    Raises
    ------
    DataError
        If the text is no known country; it names those that are spelled like it.
    """
    code = _by_name(text)
    if code is None and re.fullmatch(r"[A-Z]{2}", text.strip()):
        code = country_names.alpha_2().get(text.strip())
    if code is None:
        proposed = suggestions(text)
        raise DataError(
            f"{text!r} is not a country this program knows{f' ({joined_names(proposed)}?)' if proposed else ''}; write "
            "its ISO 3166 alpha-3 code (such as ZAF) or its English name"
        )
    return code


def _by_name(text: str) -> str | None:
    found = country_names.english().get(country_names.key(text))
    if found is None and (loose := country_names.loose(text)):
        found = country_names.english_loosely().get(loose) or country_names.local().get(loose)
    return found


def suggestions(text: str) -> list[str]:
    """Return names of countries that may be meant, the most likely first; they are for people to choose from."""
    code = country_names.alpha_2().get(text.strip().upper())
    return [display_name(one) for one in ([code] if code else country_names.nearest(text))]


def joined_names(names: Sequence[str]) -> str:
    """Write names as alternatives: ``Austria, Australia or Niger``."""
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def resolve_column(labels: Sequence[str]) -> tuple[list[str | None], str | None]:
    """Find the countries of all values of a column together: what a code means depends on what stands beside it.

    Parameters
    ----------
    labels : sequence of str
        The different values, missing ones left out.

    Returns
    -------
    codes : list of str or None
        Alpha-3 code of each value; None where it is unknown.
    how : str or None
        What kind of codes the column holds: ``two-letter`` or ``numeric``; None for names and alpha-3 codes. Only where
        all values are such codes, in capitals most of them and in small letters all of them known, are they read so.
    """
    stripped = [label.strip() for label in labels]
    if stripped and all(re.fullmatch(r"[0-9]{3}", label) for label in stripped):
        return [country_names.numeric().get(label) for label in stripped], "numeric"
    by_name = [_by_name(label) for label in stripped]
    codes = country_names.alpha_2()
    pairs = [label for label, name in zip(stripped, by_name, strict=True) if len(label) == 2 and name is None]
    known = [label for label in pairs if label.upper() in codes]
    capitals = all(re.fullmatch(r"[A-Z]{2,3}", label) for label in stripped) and 2 * len(known) > len(pairs)
    small = all(re.fullmatch(r"[a-z]{2}", label) for label in stripped) and len(known) == len(pairs)
    if not pairs or not (capitals or small):
        return by_name, None
    return [
        name or (codes.get(label.upper()) if label in pairs else None)
        for name, label in zip(by_name, stripped, strict=True)
    ], "two-letter"


def is_unsaid(text: str) -> bool:
    """Tell whether a text is blank or `Prefer not to say`, in any case."""
    return not text.strip() or country_names.key(text) == country_names.key(PREFER_NOT_TO_SAY)


def country_or_null(text: str | None) -> str | None:
    """Resolve a country that may be unknown: None, blank text and `Prefer not to say` give None."""
    return None if text is None or is_unsaid(text) else resolve_country(text)


@cache
def display_name(code: str) -> str:
    """Name of a community for a reader: the everyday English name of an alpha-3 code, any other label as it is."""
    if code in _DISPLAY:
        return _DISPLAY[code]
    country = pycountry.countries.get(alpha_3=code) if re.fullmatch(r"[A-Z]{3}", code) else None
    if country is None:
        return code
    fields = dict(country)
    return str(fields.get("common_name", fields["name"]))


def opinion_label(label: str) -> OpinionLabel:
    """Read a country label of GlobalOpinionQA, with all its traps (data formats, section 8).

    Parameters
    ----------
    label : str
        For example ``"S. Africa"`` or ``"India (Old national sample)"``.

    Raises
    ------
    DataError
        If the label is unknown.
    """
    if country_names.key(label) == "northern ireland":
        return OpinionLabel(None, 0, "part of a country: Northern Ireland is sampled beside Great Britain")
    for suffix, preference in _NATIONAL_SAMPLES.items():
        if label.endswith(suffix):
            return OpinionLabel(resolve_country(label.removesuffix(suffix)), preference, None)
    if label.endswith(NON_NATIONAL_SUFFIX):
        code = resolve_country(label.removesuffix(NON_NATIONAL_SUFFIX))
        return OpinionLabel(code, 0, "non-national sample: a few cities or regions")
    return OpinionLabel(resolve_country(label), 0, None)
