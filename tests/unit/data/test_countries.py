import pytest

from scpo.data import country_names
from scpo.data.countries import (
    country_or_null,
    display_name,
    opinion_label,
    resolve_column,
    resolve_country,
    suggestions,
)
from scpo.errors import DataError

PRISM_NAMES = {
    "United States": "USA", "United Kingdom": "GBR", "South Africa": "ZAF", "New Zealand": "NZL", "Australia": "AUS",
    "Mexico": "MEX", "Chile": "CHL", "Israel": "ISR", "Canada": "CAN", "Spain": "ESP", "Belgium": "BEL",
    "Hungary": "HUN", "Denmark": "DNK", "Norway": "NOR", "Ireland": "IRL", "Poland": "POL", "Czechia": "CZE",
    "Switzerland": "CHE", "Latvia": "LVA", "Germany": "DEU", "Greece": "GRC", "Finland": "FIN", "Italy": "ITA",
    "France": "FRA", "Japan": "JPN", "Slovenia": "SVN", "Austria": "AUT", "Estonia": "EST", "Netherlands": "NLD",
    "Portugal": "PRT", "Korea, Republic of": "KOR", "Sweden": "SWE", "Luxembourg": "LUX",
    "Tanzania, United Republic of": "TZA", "Uruguay": "URY", "Lesotho": "LSO", "Iceland": "ISL",
}  # fmt: skip
"""The 37 countries of residence of PRISM, data formats section 2."""

TRAPS = {
    "Britain": "GBR", "Great Britain": "GBR", "S. Africa": "ZAF", "S. Korea": "KOR", "South Korea": "KOR",
    "Czech Rep.": "CZE", "Czechia": "CZE", "Taiwan": "TWN", "Taiwan ROC": "TWN", "Hong Kong SAR": "HKG",
    "Macau SAR": "MAC", "Russia": "RUS", "Turkey": "TUR", "Ivory Coast": "CIV", "Bosnia Herzegovina": "BIH",
    "Palest. ter.": "PSE",
}  # fmt: skip

_NON_NATIONAL = (
    "India, Angola, Bangladesh, Bolivia, Brazil, China, Colombia, Egypt, Ethiopia, Guatemala, Honduras, Indonesia, "
    "Ivory Coast, Jordan, Mali, Morocco, Nigeria, Pakistan, Philippines, Poland, Russia, S. Africa, Senegal, Tanzania, "
    "Venezuela, Vietnam"
)
NON_NATIONAL = _NON_NATIONAL.split(", ")

_BY_LOOKUP = (
    "Albania, Andorra, Angola, Argentina, Armenia, Australia, Austria, Azerbaijan, Bangladesh, Belarus, Belgium, "
    "Bolivia, Brazil, Bulgaria, Burkina Faso, Canada, Chile, China, Colombia, Croatia, Cyprus, Denmark, Ecuador, "
    "Egypt, El Salvador, Estonia, Ethiopia, Finland, France, Georgia, Germany, Ghana, Greece, Guatemala, Honduras, "
    "Hungary, Iceland, Indonesia, Iran, Iraq, Israel, Italy, Japan, Jordan, Kazakhstan, Kenya, Kuwait, Kyrgyzstan, "
    "Latvia, Lebanon, Libya, Lithuania, Malaysia, Maldives, Mali, Mexico, Mongolia, Montenegro, Morocco, Myanmar, "
    "Netherlands, New Zealand, Nicaragua, Nigeria, North Macedonia, Norway, Pakistan, Peru, Philippines, Poland, "
    "Portugal, Puerto Rico, Romania, Senegal, Serbia, Singapore, Slovakia, Slovenia, Spain, Sweden, Switzerland, "
    "Tajikistan, Tanzania, Thailand, Tunisia, Uganda, Ukraine, United States, Uruguay, Uzbekistan, Venezuela, Vietnam, "
    "Zimbabwe"
)
BY_LOOKUP = _BY_LOOKUP.split(", ")


@pytest.mark.parametrize(("name", "code"), PRISM_NAMES.items())
def test_every_country_of_residence_of_prism_has_its_code(name, code):
    assert resolve_country(name) == code


@pytest.mark.parametrize("text", ["ZAF", "zaf", " South  Africa ", "SOUTH AFRICA", "S. Africa", "ZA"])
def test_codes_and_names_are_read_in_any_case(text):
    assert resolve_country(text) == "ZAF"


@pytest.mark.parametrize("text", ["Türkiye", "Turkiye", "turkey"])
def test_accents_may_be_left_out(text):
    assert resolve_country(text) == "TUR"


@pytest.mark.parametrize("text", ["Atlantis", "South Afrika", "za", "XX", "", "Korea", "Ger"])
def test_what_is_not_exactly_a_country_is_refused_with_its_value(text):
    with pytest.raises(DataError, match=repr(text)):
        resolve_country(text)


@pytest.mark.parametrize("text", [None, "", "  ", "Prefer not to say", "prefer not to say"])
def test_an_unsaid_country_is_null(text):
    assert country_or_null(text) is None


@pytest.mark.parametrize(
    ("code", "name"),
    [("ZAF", "South Africa"), ("KOR", "South Korea"), ("GBR", "United Kingdom"), ("TZA", "Tanzania"),
     ("RUS", "Russia"), ("18-24 years old", "18-24 years old"), ("Female", "Female"), ("XYZ", "XYZ")],
)  # fmt: skip
def test_a_reader_sees_everyday_names_and_labels_as_they_are(code, name):
    assert display_name(code) == name


@pytest.mark.parametrize("code", sorted(PRISM_NAMES.values()))
def test_a_shown_name_leads_back_to_its_code(code):
    assert resolve_country(display_name(code)) == code


@pytest.mark.parametrize(("label", "code"), TRAPS.items())
def test_the_survey_labels_with_a_trap_are_national_samples(label, code):
    assert opinion_label(label) == (code, 0, None)


def test_hong_kong_is_not_china():
    assert opinion_label("Hong Kong SAR").code == "HKG"


@pytest.mark.parametrize("country", NON_NATIONAL)
def test_a_non_national_sample_knows_its_country_but_is_left_out(country):
    label = opinion_label(f"{country} (Non-national sample)")
    assert label.code == resolve_country(country)
    assert label.reason is not None


def test_for_india_the_current_national_sample_comes_before_the_old_one():
    current, old = (opinion_label(f"India ({age} national sample)") for age in ("Current", "Old"))
    assert current.code == old.code == "IND"
    assert current.preference < old.preference


def test_northern_ireland_is_not_averaged_into_great_britain():
    label = opinion_label("Northern Ireland")
    assert label.code is None
    assert label.reason is not None


def test_the_other_labels_are_different_countries():
    labels = [opinion_label(label) for label in BY_LOOKUP]
    assert all(label.reason is None for label in labels)
    assert len({label.code for label in labels}) == len(BY_LOOKUP)
    plain_traps, northern_ireland, india = len(TRAPS), 1, 3
    assert len(BY_LOOKUP) + plain_traps + northern_ireland + india + len(NON_NATIONAL[1:]) == 138  # the full file


@pytest.mark.parametrize("label", ["Atlantis", "Atlantis (Non-national sample)", "Poland (Rural sample)"])
def test_an_unknown_label_raises_with_its_value(label):
    with pytest.raises(DataError, match=r"Atlantis|Rural"):
        opinion_label(label)


UNITED_NATIONS = {
    "Bolivia (Plurinational State of)": "BOL", "Venezuela (Bolivarian Republic of)": "VEN", "Viet Nam": "VNM",
    "Iran (Islamic Republic of)": "IRN", "Republic of Korea": "KOR", "Dem. People's Republic of Korea": "PRK",
    "China, Hong Kong SAR": "HKG", "China, Taiwan Province of China": "TWN", "State of Palestine": "PSE",
    "Micronesia (Fed. States of)": "FSM", "Türkiye": "TUR", "Côte d'Ivoire": "CIV", "Republic of Moldova": "MDA",
    "United Kingdom of Great Britain and Northern Ireland": "GBR", "Lao People's Democratic Republic": "LAO",
    "United Republic of Tanzania": "TZA", "Netherlands (Kingdom of the)": "NLD", "Syrian Arab Republic": "SYR",
    "Democratic Republic of the Congo": "COD", "Congo": "COG", "Cabo Verde": "CPV", "Eswatini": "SWZ",
}  # fmt: skip
WORLD_BANK = {
    "Bahamas, The": "BHS", "Congo, Dem. Rep.": "COD", "Congo, Rep.": "COG", "Cote d'Ivoire": "CIV", "Curacao": "CUW",
    "Egypt, Arab Rep.": "EGY", "Gambia, The": "GMB", "Hong Kong SAR, China": "HKG", "Iran, Islamic Rep.": "IRN",
    "Korea, Rep.": "KOR", "Korea, Dem. People's Rep.": "PRK", "Kyrgyz Republic": "KGZ", "Lao PDR": "LAO",
    "Macao SAR, China": "MAC", "Macedonia, FYR": "MKD", "Micronesia, Fed. Sts.": "FSM", "Slovak Republic": "SVK",
    "St. Kitts and Nevis": "KNA", "St. Lucia": "LCA", "St. Vincent and the Grenadines": "VCT", "Turkiye": "TUR",
    "Venezuela, RB": "VEN", "Virgin Islands (U.S.)": "VIR", "West Bank and Gaza": "PSE", "Yemen, Rep.": "YEM",
    "Sao Tome and Principe": "STP", "Kosovo": "XKX", "Brunei Darussalam": "BRN",
}  # fmt: skip
EVERYDAY = {
    "Vietnam": "VNM", "Holland": "NLD", "The Netherlands": "NLD", "USA": "USA", "US": "USA", "U.S.": "USA",
    "United States of America": "USA", "the united states": "USA", "Great Britain": "GBR", "UK": "GBR",
    "England": "GBR", "UAE": "ARE", "Ivory Coast": "CIV", "Côte d’Ivoire": "CIV", "Myanmar (Burma)": "MMR",
    "Trinidad & Tobago": "TTO", "Bosnia & Herzegovina": "BIH", "Congo - Kinshasa": "COD", "Czech Republic": "CZE",
    "St Lucia": "LCA", "Reunion": "REU",
}  # fmt: skip
LOCAL = {
    "Deutschland": "DEU", "España": "ESP", "Brasil": "BRA", "México": "MEX", "日本": "JPN", "中国": "CHN",
    "台灣": "TWN", "Россия": "RUS", "Україна": "UKR", "Polska": "POL", "Österreich": "AUT", "Schweiz": "CHE",
    "Suisse": "CHE", "Magyarország": "HUN", "대한민국": "KOR", "한국": "KOR", "Ελλάδα": "GRC", "Suomi": "FIN",
    "भारत": "IND", "ישראל": "ISR", "مصر": "EGY", "Éire": "IRL", "Alemania": "DEU", "Allemagne": "DEU",
    "Estados Unidos": "USA", "Vereinigtes Königreich": "GBR", "香港": "HKG",
}  # fmt: skip


@pytest.mark.parametrize(("name", "code"), {**UNITED_NATIONS, **WORLD_BANK, **EVERYDAY, **LOCAL}.items())
def test_spellings_of_the_un_the_world_bank_everyday_use_and_local_names_are_known(name, code):
    assert resolve_column([name]) == ([code], None)


def test_every_country_is_found_by_its_english_and_its_german_name():
    for codes in (country_names.english_loosely(), country_names.local()):
        assert {country_names.alpha_2()[two] for two in ("FR", "NA", "AO")} <= set(codes.values())
        assert len(set(codes.values())) >= 245


@pytest.mark.parametrize(
    "name", ["America", "Korea", "Guyana Island", "Slovenská", "Male", "Virgin Islands", "Europe", "Yes", "18-24", "en"]
)
def test_what_may_mean_several_countries_or_none_is_unknown(name):
    assert resolve_column([name]) == ([None], None)


def test_a_two_letter_code_counts_where_the_column_is_of_codes():
    assert resolve_column(["US", "DE", "IN", "UK"]) == (["USA", "DEU", "IND", "GBR"], "two-letter")
    assert resolve_column(["US", "DE", "NAM"]) == (["USA", "DEU", "NAM"], "two-letter")
    assert resolve_column(["US", "DE", "IN", "XX"]) == (["USA", "DEU", "IND", None], "two-letter")
    assert resolve_column(["us", "de", "in"]) == (["USA", "DEU", "IND"], "two-letter")
    assert resolve_column(["us", "de", "en"]) == (["USA", None, None], None)  # languages, as it seems
    assert resolve_column(["Chile", "DE", "IN"]) == (["CHL", None, None], None)
    assert resolve_column(["XX", "YY", "DE"]) == ([None, None, None], None)


def test_iso_numbers_count_where_the_whole_column_is_of_three_digits():
    assert resolve_column(["032", "710", "000"]) == (["ARG", "ZAF", None], "numeric")
    assert resolve_column(["032", "Chile"]) == ([None, "CHL"], None)
    assert resolve_column(["32", "710"]) == ([None, None], None)
    assert resolve_column([]) == ([], None)


@pytest.mark.parametrize(
    ("text", "names"),
    [("Untied States", ["United States"]), ("Germnay", ["Germany"]), ("South Afrika", ["South Africa"]),
     ("za", ["South Africa"]), ("Atlantis", []), ("", [])],
)  # fmt: skip
def test_what_is_spelled_alike_is_proposed_and_never_taken(text, names):
    assert suggestions(text) == names
    with pytest.raises(DataError, match=names[0] if names else "is not a country"):
        resolve_country(text)
