"""Spellings of countries and the codes they stand for: ISO, CLDR, the United Nations, the World Bank, everyday use."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from functools import cache

import pycountry

ALIASES: dict[str, tuple[str, ...]] = {
    "ARE": ("UAE", "U.A.E."),
    "BHS": ("Bahamas, The",),
    "BIH": ("Bosnia Herzegovina", "Bosnia"),
    "BRN": ("Brunei",),
    "CAF": ("Central African Rep.",),
    "CIV": ("Ivory Coast",),
    "COD": (
        "DR Congo",
        "DRC",
        "D.R. Congo",
        "Democratic Republic of the Congo",
        "Congo, Dem. Rep.",
        "Congo (Kinshasa)",
        "Congo-Kinshasa",
        "Zaire",
    ),
    "COG": ("Republic of the Congo", "Congo, Rep.", "Congo Republic", "Congo (Brazzaville)", "Congo-Brazzaville"),
    "CPV": ("Cape Verde",),
    "CZE": ("Czech Rep.", "Czech Republic"),
    "DOM": ("Dominican Rep.",),
    "EGY": ("Egypt, Arab Rep.",),
    "FSM": ("Micronesia", "Micronesia, Fed. Sts.", "Micronesia (Fed. States of)"),
    "GBR": ("Britain", "Great Britain", "UK", "U.K.", "England", "Scotland", "Wales"),
    "GMB": ("Gambia, The",),
    "GNQ": ("Eq. Guinea",),
    "HKG": ("Hong Kong SAR", "Hong Kong SAR, China", "China, Hong Kong SAR", "Hong Kong, China", "香港"),
    "IRN": ("Iran, Islamic Rep.",),
    "KGZ": ("Kyrgyz Republic", "Kyrgyz Rep."),
    "KNA": ("St. Kitts and Nevis",),
    "KOR": ("S. Korea", "South Korea", "Republic of Korea", "Korea, Rep.", "Korea, South", "Korea (South)", "한국"),
    "LAO": ("Laos", "Lao PDR", "Lao P.D.R.", "Lao People's Dem. Republic"),
    "LCA": ("St. Lucia",),
    "MAC": ("Macau", "Macau SAR", "Macao SAR", "Macao SAR, China", "China, Macao SAR", "Macau, China", "澳门", "澳門"),
    "MAF": ("St. Martin (French part)",),
    "MDA": ("Moldova, Rep.",),
    "MKD": ("Macedonia", "Macedonia, FYR", "FYR Macedonia", "FYROM"),
    "MMR": ("Burma",),
    "NLD": ("Holland", "The Netherlands", "Netherlands (Kingdom of the)", "Netherlands, The"),
    "PRI": ("Puerto Rico (US)",),
    "PRK": (
        "N. Korea",
        "North Korea",
        "DPRK",
        "Korea, North",
        "Korea (North)",
        "Korea, Dem. People's Rep.",
        "Korea, Dem. Rep.",
        "Dem. People's Republic of Korea",
    ),
    "PSE": (
        "Palest. ter.",
        "Palestine",
        "Palestinian territories",
        "Occupied Palestinian Territory",
        "West Bank and Gaza",
        "West Bank and Gaza Strip",
        "Palestinian Territory",
    ),
    "RUS": ("Russia",),
    "SOM": ("Somalia, Fed. Rep.",),
    "SVK": ("Slovak Republic", "Slovak Rep."),
    "SWZ": ("Swaziland",),
    "TLS": ("East Timor",),
    "TUR": ("Turkey", "Turkiye"),
    "TWN": ("Taiwan ROC", "Taiwan, China", "China, Taiwan Province of China", "Chinese Taipei", "Taiwan (ROC)"),
    "USA": ("US", "U.S.", "U.S.A.", "United States of America (the)", "United States (USA)"),
    "VAT": ("Vatican", "Vatican City", "Holy See"),
    "VCT": ("St. Vincent and the Grenadines",),
    "VEN": ("Venezuela, RB", "Venezuela, R.B."),
    "VIR": ("US Virgin Islands",),
    "XKX": ("Kosovo",),
    "YEM": ("Yemen, Rep.",),
    "ZAF": ("S. Africa", "RSA"),
}
"""Spellings of PRISM, GlobalOpinionQA, the UN, the World Bank and everyday use; before all others."""

SPOKEN_WIDELY = ("ar", "de", "es", "fr", "it", "ja", "ko", "pt", "ru", "zh", "zh_Hant")
"""Languages in which all countries are known; in its own languages each country is."""

CLOSE = 0.75
"""Share of letters two spellings have in common to be proposed for one another."""


def key(text: str) -> str:
    """Return what spellings have in common that differ in case and blanks only."""
    return " ".join(unicodedata.normalize("NFKC", text).split()).casefold()


def loose(text: str) -> str:
    """Return `key` without accents and marks, ``&`` and ``St.`` in words, and no article before the name."""
    decomposed = unicodedata.normalize("NFKD", text.replace("&", " and ")).casefold()
    # Marks of Latin, Greek and Cyrillic letters; in other scripts a mark is a letter of its own.
    plain = re.sub("[\u0300-\u036f'’`ʻʼ.]", "", decomposed)
    words = "".join(" " if unicodedata.category(c)[0] in "PZSC" else c for c in plain).split()
    words = ["saint" if word == "st" else word for word in words]
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@cache
def english() -> dict[str, str]:
    """Return `key` -> alpha-3 code of the English names and alpha-3 codes."""
    codes: dict[str, str] = {}
    for country in pycountry.countries:
        fields = dict(country)
        for name in ("alpha_3", "name", "common_name", "official_name"):
            if name in fields:
                codes.setdefault(key(fields[name]), fields["alpha_3"])
    for code, spellings in ALIASES.items():
        codes.update(dict.fromkeys((key(code), *map(key, spellings)), code))
    return codes


@cache
def english_loosely() -> dict[str, str]:
    """Return `loose` -> alpha-3 code of the English names, with those of CLDR; what would mean two is left out."""
    from babel import Locale

    cldr = Locale("en").territories
    more = [(name, code) for two, code in alpha_2().items() if (name := cldr.get(two))]
    return _with_one_meaning([*english().items(), *more])


@cache
def local() -> dict[str, str]:
    """Return `loose` -> alpha-3 code of the names in a country's own languages and in those spoken widely.

    Names of CLDR; what would mean two countries is left out. What is English is found before.
    """
    from babel import Locale, UnknownLocaleError
    from babel.languages import get_official_languages

    found: list[tuple[str, str]] = []
    own = {two: get_official_languages(two, regional=True, de_facto=True) for two in alpha_2()}
    for language in sorted({*SPOKEN_WIDELY, *(one for languages in own.values() for one in languages)}):
        try:
            names = Locale.parse(language).territories
        except (UnknownLocaleError, ValueError):
            continue
        found += [
            (names[two], code)
            for two, code in alpha_2().items()
            if two in names and (language in SPOKEN_WIDELY or language in own[two])
        ]
    return _with_one_meaning(found)


def _with_one_meaning(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    meanings: dict[str, set[str]] = defaultdict(set)
    for name, code in names:
        meanings[loose(name)].add(code)
    return {name: codes.pop() for name, codes in meanings.items() if name and len(codes) == 1}


@cache
def alpha_2() -> dict[str, str]:
    """Return alpha-2 -> alpha-3 code, capitals."""
    return {country.alpha_2: country.alpha_3 for country in pycountry.countries} | {"XK": "XKX"}


@cache
def numeric() -> dict[str, str]:
    """Return the three digits of ISO 3166 -> alpha-3 code."""
    return {country.numeric: country.alpha_3 for country in pycountry.countries}


def nearest(text: str, most: int = 3) -> list[str]:
    """Return codes of the countries whose English names are spelled like a text, the nearest first."""
    names = {name: code for name, code in english_loosely().items() if len(name) > 3}
    close = difflib.get_close_matches(loose(text), names, n=3 * most, cutoff=CLOSE)
    return list(dict.fromkeys(names[name] for name in close))[:most]
