"""Country names to ISO 3166 alpha-3 codes and back: exact, never fuzzy.

Fuzzy search is dangerous here: it turns ``Hong Kong SAR`` into China. A name is known or it is an error.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

import pycountry

from scpo.errors import DataError

PREFER_NOT_TO_SAY = "Prefer not to say"
"""The survey answer that is no country."""

_ALIASES: dict[str, tuple[str, ...]] = {
    "BIH": ("Bosnia Herzegovina", "Bosnia & Herzegovina", "Bosnia"),
    "BRN": ("Brunei",),
    "CIV": ("Ivory Coast",),
    "COD": ("DR Congo", "Democratic Republic of the Congo"),
    "COG": ("Republic of the Congo",),
    "CPV": ("Cape Verde",),
    "CZE": ("Czech Rep.", "Czech Republic"),
    "FSM": ("Micronesia",),
    "GBR": ("Britain", "Great Britain", "UK", "U.K."),
    "HKG": ("Hong Kong SAR",),
    "KOR": ("S. Korea", "South Korea", "Republic of Korea"),
    "MAC": ("Macau", "Macau SAR", "Macao SAR"),
    "MKD": ("Macedonia",),
    "MMR": ("Burma",),
    "PRK": ("N. Korea", "North Korea"),
    "PSE": ("Palest. ter.", "Palestine", "Palestinian territories"),
    "RUS": ("Russia",),
    "SWZ": ("Swaziland",),
    "TUR": ("Turkey",),
    "TWN": ("Taiwan ROC",),
    "USA": ("U.S.", "U.S.A."),
    "VAT": ("Vatican", "Vatican City"),
    "ZAF": ("S. Africa",),
}
"""Spellings of PRISM, GlobalOpinionQA and everyday use that pycountry does not know."""

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
}
"""Everyday names where pycountry has only the formal one."""

NON_NATIONAL_SUFFIX = " (Non-national sample)"
_NATIONAL_SAMPLES: dict[str, int] = {" (Current national sample)": 0, " (Old national sample)": 1}


class OpinionLabel(NamedTuple):
    """What a country label of GlobalOpinionQA stands for."""

    code: str | None
    """ISO 3166 alpha-3; None for a part of a country that is left out."""

    national: bool
    """False for a sample of a few cities, regions or one part of a country."""

    preference: int
    """Among national samples of one country in one question the smallest is taken."""

    reason: str | None
    """Why it is left out by default; None for a sample that is used."""


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


@cache
def _codes_by_name() -> dict[str, str]:
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        fields = dict(country)
        for field in ("alpha_3", "name", "common_name", "official_name"):
            if field in fields:
                for spelling in (fields[field], _without_accents(fields[field])):
                    codes.setdefault(_key(spelling), fields["alpha_3"])
    for code, spellings in _ALIASES.items():
        for spelling in spellings:
            codes[_key(spelling)] = code
    return codes


def resolve_country(text: str) -> str:
    """Find the ISO 3166 alpha-3 code of a country.

    Parameters
    ----------
    text : str
        Alpha-3 code in any case, alpha-2 code in capitals, or a name as pycountry, PRISM or GlobalOpinionQA write it,
        in any case. Compared exactly.

    Raises
    ------
    DataError
        If the text is no known country.
    """
    code = _codes_by_name().get(_key(text))
    if code is None and re.fullmatch(r"[A-Z]{2}", text.strip()):
        country = pycountry.countries.get(alpha_2=text.strip())
        code = country.alpha_3 if country is not None else None
    if code is None:
        raise DataError(
            f"{text!r} is not a country this program knows; write its ISO 3166 alpha-3 code (such as ZAF) or its "
            "English name"
        )
    return code


def country_or_null(text: str | None) -> str | None:
    """Resolve a country that may be unknown: None, blank text and `Prefer not to say` give None."""
    if text is None or not text.strip() or _key(text) == _key(PREFER_NOT_TO_SAY):
        return None
    return resolve_country(text)


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
    if _key(label) == "northern ireland":
        return OpinionLabel(None, False, 0, "part of a country: Northern Ireland is sampled beside Great Britain")
    for suffix, preference in _NATIONAL_SAMPLES.items():
        if label.endswith(suffix):
            return OpinionLabel(resolve_country(label.removesuffix(suffix)), True, preference, None)
    if label.endswith(NON_NATIONAL_SUFFIX):
        code = resolve_country(label.removesuffix(NON_NATIONAL_SUFFIX))
        return OpinionLabel(code, False, 0, "non-national sample: a few cities or regions")
    return OpinionLabel(resolve_country(label), True, 0, None)
