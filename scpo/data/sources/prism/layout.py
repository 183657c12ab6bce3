"""What PRISM's files may hold: keys, categories, models. Anything else is an error, never a guess.

Source: the publishers' codebook and card (data formats, sections 2 to 6).
"""

from __future__ import annotations

from typing import Any

from scpo.errors import DataError

PREFER_NOT = "Prefer not to say"


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


SURVEY_KEYS = frozenset(
    _words(
        "user_id survey_only num_completed_conversations consent consent_age lm_familiarity lm_indirect_use "
        "lm_direct_use lm_frequency_use self_description system_string age gender employment_status education "
        "marital_status english_proficiency study_id study_locale religion ethnicity location lm_usecases stated_prefs "
        "order_lm_usecases order_stated_prefs generated_datetime timing_duration_s timing_duration_mins "
        "included_in_US_REP included_in_UK_REP included_in_balanced_subset"
    )
)
LOCATION_KEYS = frozenset(
    _words(
        "birth_country birth_countryISO birth_region birth_subregion reside_country reside_countryISO reside_region "
        "reside_subregion same_birth_reside_country special_region"
    )
)
LOCATION_OPTIONAL_KEYS = frozenset({"birth_region", "reside_region"})
"""In the file, but not in the codebook."""

GROUP_KEYS = frozenset({"self_described", "categorised", "simplified"})
USECASES = _words(
    "homework_assistance research source_suggestions professional_work creative_writing casual_conversation "
    "personal_recommendations daily_productivity technical_or_programming_help travel_guidance lifestyle_and_hobbies "
    "well-being_guidance medical_guidance financial_guidance games historical_or_news_insight relationship_advice "
    "language_learning other"
)
STATED_PREFS = _words("values creativity fluency factuality diversity safety personalisation helpfulness other")
UTTERANCE_KEYS = frozenset(
    _words(
        "utterance_id interaction_id conversation_id user_id turn within_turn_id conversation_type user_prompt "
        "model_response model_name model_provider score if_chosen included_in_balanced_subset"
    )
)
METADATA_KEYS = frozenset(
    _words(
        "column_id user_id conversation_id interaction_id utterance_id pii_flag pii_manual_flag language_flag en_flag "
        "moderation_flag"
    )
)
METADATA_TEXTS = frozenset({"model_response", "user_prompt", "open_feedback", "self_description", "system_string"})
CONVERSATION_TYPES = frozenset({"unguided", "values guided", "controversy guided"})
_YES_NO_UNSURE = frozenset({"Yes", "No", "Unsure"})
_REGIONS = frozenset({"Africa", "Americas", "Asia", "Europe", "Oceania", PREFER_NOT})

CATEGORIES: dict[str, frozenset[str]] = {
    "lm_familiarity": frozenset({"Somewhat familiar", "Very familiar", "Not familiar at all"}),
    "lm_indirect_use": _YES_NO_UNSURE,
    "lm_direct_use": _YES_NO_UNSURE,
    "lm_frequency_use": frozenset(
        {"Once per month", "Every week", "More than once a month", "Less than one a year", "Every day"}
    ),
    "age": frozenset(
        {f"{span} years old" for span in ("18-24", "25-34", "35-44", "45-54", "55-64", "65+")} | {PREFER_NOT}
    ),
    "gender": frozenset({"Male", "Female", "Non-binary / third gender", PREFER_NOT}),
    "employment_status": frozenset(
        {
            "Working full-time",
            "Working part-time",
            "Student",
            "Unemployed, seeking work",
            "Retired",
            "Homemaker / Stay-at-home parent",
            "Unemployed, not seeking work",
            PREFER_NOT,
        }
    ),
    "education": frozenset(
        {
            "University Bachelors Degree",
            "Graduate / Professional degree",
            "Some University but no degree",
            "Completed Secondary School",
            "Vocational",
            "Some Secondary",
            "Completed Primary School",
            "Some Primary",
            PREFER_NOT,
        }
    ),
    "marital_status": frozenset({"Never been married", "Married", "Divorced / Separated", "Widowed", PREFER_NOT}),
    "english_proficiency": frozenset({"Native speaker", "Fluent", "Advanced", "Intermediate", "Basic"}),
}
"""Top-level survey answers; `lm_frequency_use` alone may be null (not asked)."""

NESTED_CATEGORIES: dict[tuple[str, str], frozenset[str]] = {
    ("religion", "categorised"): frozenset(
        {
            "Non-religious", "Christian", "Agnostic", "Jewish", "Muslim", "Spiritual", "Buddhist", "Folk religion",
            "Hindu", "Other", "Sikh", PREFER_NOT,
        }
    ),
    ("religion", "simplified"): frozenset({"No Affiliation", "Christian", "Jewish", "Muslim", "Other", PREFER_NOT}),
    ("ethnicity", "categorised"): frozenset(
        {
            "White", "Black / African", "Hispanic / Latino", "Asian", "Mixed", "Other", "Middle Eastern / Arab",
            "Indigenous / First Peoples", PREFER_NOT,
        }
    ),
    ("ethnicity", "simplified"): frozenset({"White", "Black", "Hispanic", "Asian", "Mixed", "Other", PREFER_NOT}),
    ("location", "birth_region"): _REGIONS,
    ("location", "reside_region"): _REGIONS,
    ("location", "same_birth_reside_country"): frozenset({"Yes", "No", PREFER_NOT}),
    ("location", "special_region"): frozenset(
        {
            "US", "Europe", "UK", "Latin America and the Caribbean", "Australia and New Zealand", "Africa", "Asia",
            "Northern America", "Middle East", "Oceania", PREFER_NOT,
        }
    ),
}  # fmt: skip

MODELS: dict[str, tuple[str, str]] = {
    "HuggingFaceH4/zephyr-7b-beta": ("zephyr-7b-beta", "huggingface_api"),
    "meta-llama/Llama-2-7b-chat-hf": ("llama-2-7b-chat", "huggingface_api"),
    "meta-llama/Llama-2-70b-chat-hf": ("llama-2-70b-chat", "huggingface_api"),
    "timdettmers/guanaco-33b-merged": ("guanaco-33b", "huggingface_api"),
    "mistralai/Mistral-7B-Instruct-v0.1": ("mistral-7b-instruct", "huggingface_api"),
    "tiiuae/falcon-7b-instruct": ("falcon-7b-instruct", "huggingface_api"),
    "OpenAssistant/oasst-sft-4-pythia-12b-epoch-3.5": ("pythia-12b", "huggingface_api"),
    "meta-llama/Llama-2-13b-chat-hf": ("llama-2-13b-chat", "huggingface_api"),
    "google/flan-t5-xxl": ("flan-t5-xxl", "huggingface_api"),
    "command": ("command", "cohere"),
    "command-light": ("command-light", "cohere"),
    "command-nightly": ("command-nightly", "cohere"),
    "claude-instant-1": ("claude-instant-1", "anthropic"),
    "claude-2.1": ("claude-2.1", "anthropic"),
    "claude-2": ("claude-2", "anthropic"),
    "gpt-4-1106-preview": ("gpt-4-turbo", "openai"),
    "gpt-4": ("gpt-4", "openai"),
    "gpt-3.5-turbo": ("gpt-3.5-turbo", "openai"),
    "models/chat-bison-001": ("palm-2", "google"),
    "luminous-supreme-control": ("luminous-supreme-control", "aleph"),
    "luminous-extended-control": ("luminous-extended-control", "aleph"),
}
"""`model_name` of the utterances -> (short name, `model_provider`): the 21 models."""

PUBLISHED_ROWS = {"survey.jsonl": 1_500, "utterances.jsonl": 68_371, "metadata.jsonl": 106_554}
"""An upper bound: people may have their data removed."""


class Row:
    """One JSON object with its place, so that every complaint names file, line, field and value."""

    def __init__(self, file: str, line: int, fields: dict[str, Any]) -> None:
        self.file, self.line, self.fields = file, line, fields

    def error(self, what: str) -> DataError:
        """Make the error for this row."""
        return DataError(f"{self.file}, line {self.line}: {what}; is this PRISM as it was published?")

    def check_keys(
        self, expected: frozenset[str], *, of: str | None = None, optional: frozenset[str] = frozenset()
    ) -> None:
        """Raise if a key is missing or unknown, at the top level or in the object `of`."""
        values = self.fields if of is None else self.fields[of]
        where = "" if of is None else f" in {of}"
        if not isinstance(values, dict):
            raise self.error(f"{of} must be an object, found {values!r}")
        missing, unknown = sorted(expected - optional - values.keys()), sorted(values.keys() - expected)
        if missing:
            raise self.error(f"the key {missing[0]!r} is missing{where}")
        if unknown:
            raise self.error(f"the key {unknown[0]!r}{where} is unknown")

    def text(self, field: str) -> str:
        """Return a field that must be text."""
        value = self.fields[field]
        if not isinstance(value, str) or not value:
            raise self.error(f"{field} must be text, found {value!r}")
        return value

    def flag(self, field: str) -> bool:
        """Return a field that must be true or false."""
        value = self.fields[field]
        if not isinstance(value, bool):
            raise self.error(f"{field} must be true or false, found {value!r}")
        return value

    def whole(self, field: str, low: int, high: int | None = None, *, of: str | None = None) -> int:
        """Return a field that must be a whole number within bounds."""
        value = (self.fields if of is None else self.fields[of])[field]
        number = isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
        if not number or value < low or (high is not None and value > high):
            bounds = f"from {low} to {high}" if high is not None else f"of at least {low}"
            raise self.error(f"{field} must be a whole number {bounds}, found {value!r}")
        return int(value)

    def category(self, field: str, known: frozenset[str], *, of: str | None = None) -> str:
        """Return a field that must be one of the known answers."""
        value = (self.fields if of is None else self.fields[of])[field]
        if not isinstance(value, str) or value not in known:
            name = field if of is None else f"{of}.{field}"
            raise self.error(f"{name} holds {value!r}, which is none of its known values ({', '.join(sorted(known))})")
        return value
