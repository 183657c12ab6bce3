"""The table of named layouts: what a public set's file looks like, and by which general source it is read."""

from __future__ import annotations

from collections.abc import Collection

from scpo.data.sources.adapters import people, tools
from scpo.data.sources.adapters.layouts import Adapter, Layout
from scpo.data.sources.global_opinions.load import OWN_COLUMNS
from scpo.data.sources.pairs.comparisons import SIGNED

OPINIONS = "global-opinions"
"""The source of GlobalOpinionQA, whose layout no general source reads."""

_COMPARED = {"prompt": "prompt", "response_a": "response_a", "response_b": "response_b", "winner": "winner"}
_ARENA = {**_COMPARED, "prompt": "", "response_a": "conversation_a", "response_b": "conversation_b"}
_ARENA_COLUMNS = ("model_a", "model_b", "winner", "conversation_a", "conversation_b")
_NUMBERED = {**_COMPARED, "response_a": "response_1", "response_b": "response_2"}
_NOBODY = "it names no persons"

_ROWS = (
    Adapter(
        name="trl",
        label="TRL preference data",
        layouts=(
            Layout(has=("chosen", "rejected"), reads="pairs", own=False),
            Layout(
                has=("prompt", "completion", "label"),
                reads="responses",
                mapping={"response": "completion", "score": "mark"},
                arrange=tools.good_or_bad,
            ),
        ),
        note="texts or lists of messages, the prompt in a column or inside the responses; or completions marked good "
        "or bad (unpaired), of which those of one prompt are compared",
        reference="https://huggingface.co/docs/trl/dataset_formats",
    ),
    Adapter(
        name="hh-rlhf",
        label="Anthropic HH-RLHF",
        layouts=(Layout(has=("chosen", "rejected"), reads="pairs", mapping={"prompt": ""}, own=False),),
        note=f"crowd workers compared two answers in a conversation; {_NOBODY}",
        reference="https://huggingface.co/datasets/Anthropic/hh-rlhf",
        licence="MIT",
        citation="Bai et al. (2022), Training a Helpful and Harmless Assistant, arXiv:2204.05862",
    ),
    Adapter(
        name="arena",
        label="Chatbot Arena",
        layouts=(
            Layout(has=(*_ARENA_COLUMNS, "judge"), reads="pairs", mapping={**_ARENA, "user_id": "judge"}),
            Layout(has=(*_ARENA_COLUMNS, "judge_hash"), reads="pairs", mapping={**_ARENA, "user_id": "judge_hash"}),
            Layout(
                has=(*_ARENA_COLUMNS, "evaluation_session_id"),
                reads="pairs",
                mapping={**_ARENA, "user_id": "evaluation_session_id"},
            ),
            Layout(
                has=("winner_model_a", "winner_model_b", "prompt", "response_a", "response_b"),
                reads="pairs",
                mapping=_COMPARED,
            ),
        ),
        note="visitors of the site voted between two answers; a judge (or a session) is a person; ties are counted",
        reference="https://huggingface.co/datasets/lmsys/chatbot_arena_conversations",
        licence="prompts CC-BY-4.0, answers CC-BY-NC-4.0",
        citation="Zheng et al. (2023), Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena, arXiv:2306.05685",
    ),
    Adapter(
        name="community-alignment",
        label="Community Alignment",
        layouts=(
            Layout(
                has=("annotator_id", "annotator_country", "first_turn_response_a", "first_turn_preferred_response"),
                reads="responses",
                mapping={"user_id": "annotator_id", "country": "annotator_country", "interaction_id": ""},
            ),
        ),
        note="people of five countries chose the best of four answers, up to four turns; assigned_lang is the language "
        "of the conversation, not the country",
        reference="https://huggingface.co/datasets/facebook/community-alignment-dataset",
        licence="CC-BY-4.0",
        citation="Zhang et al. (2025), Cultivating Pluralism In Algorithmic Monoculture: The Community Alignment "
        "Dataset, arXiv:2507.09650",
    ),
    Adapter(
        name="sharegpt",
        label="ShareGPT preferences",
        layouts=(
            Layout(
                has=("conversations", "chosen", "rejected"),
                reads="pairs",
                mapping={"prompt": "conversations", "chosen": "chosen", "rejected": "rejected"},
            ),
        ),
        note="messages are from human and gpt, the two answers follow the conversation",
        reference="https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md",
    ),
    Adapter(
        name="helpsteer",
        label="HelpSteer",
        layouts=(
            Layout(
                has=("prompt", "response_1", "response_2", "preference_strength"),
                reads="pairs",
                mapping={**_NUMBERED, "winner": "preference_strength"},
                winner=SIGNED,
            ),
            Layout(
                has=("context", "response1", "response2", "overall_preference"),
                reads="pairs",
                mapping={
                    "prompt": "context",
                    "response_a": "response1",
                    "response_b": "response2",
                    "winner": "overall_preference",
                },
                winner=SIGNED,
            ),
            Layout(
                has=("prompt", "response", "helpfulness", "correctness"),
                reads="responses",
                mapping={"prompt": "prompt", "response": "response", "score": "helpfulness"},
            ),
        ),
        note=f"ratings (helpfulness is the score) or strengths below zero for the first answer, merged over several "
        f"people; {_NOBODY}",
        reference="https://huggingface.co/datasets/nvidia/HelpSteer2",
        licence="CC-BY-4.0",
        citation="Wang et al. (2024), HelpSteer2-Preference, arXiv:2410.01257",
    ),
    Adapter(
        name="label-studio",
        label="Label Studio export",
        layouts=(
            Layout(has=("data", "annotations"), reads="responses", arrange=tools.label_studio),
            Layout(has=("annotation_id", "annotator"), reads="responses", arrange=tools.label_studio_flat),
        ),
        note="each annotation that was not cancelled is one person's: pairwise, a choice of left or right, or a ranker",
        reference="https://labelstud.io/guide/task_format",
    ),
    Adapter(
        name="argilla",
        label="Argilla export",
        layouts=(
            Layout(has=("_server_id",), reads="responses", arrange=tools.argilla),
            Layout(has=("external_id",), reads="responses", arrange=tools.argilla),
            Layout(has=("status",), reads="responses", arrange=tools.argilla, own=False),
            Layout(has=(), reads="responses", arrange=tools.argilla, own=False),
        ),
        note="each submitted answer is one person's; responses are the fields that differ in a number or letter",
        reference="https://docs.argilla.io/latest/how_to_guides/import_export/",
    ),
    Adapter(
        name="coval",
        label="CoVal (Collective Alignment)",
        layouts=(
            Layout(has=("prompt_id", "prompt", "responses", "metadata"), reads="responses", arrange=people.coval),
        ),
        note="people ranked four answers: by what is best for the world (read), some also by their own preference "
        "(personal_ranking, read with --map ranking=personal_ranking)",
        reference="https://huggingface.co/datasets/openai/coval",
        licence="CC-BY-4.0",
        files=("comparisons.jsonl", people.ANNOTATORS),
    ),
    Adapter(
        name="multipref",
        label="MultiPref",
        layouts=(
            Layout(
                has=("text", "completion_a", "completion_b", "normal_worker_annotations"),
                reads="responses",
                arrange=people.multipref,
            ),
            Layout(has=("comparison_id", "chosen", "rejected"), reads="pairs"),
        ),
        note="two crowd workers and two experts compared each couple of answers; each of them is one person",
        reference="https://huggingface.co/datasets/allenai/multipref",
        licence="ODC-BY",
        citation="Miranda et al. (2024), Hybrid Preferences, arXiv:2410.19133",
    ),
    Adapter(
        name="pku",
        label="PKU-SafeRLHF",
        layouts=(
            Layout(
                has=("prompt", "response_0", "response_1", "better_response_id"),
                reads="pairs",
                mapping={
                    "prompt": "prompt",
                    "response_a": "response_0",
                    "response_b": "response_1",
                    "winner": "better_response_id",
                },
                winner="0=a,1=b",
            ),
        ),
        note=f"better_response_id is the more helpful answer, safer_response_id the safer one (--map winner="
        f"safer_response_id); {_NOBODY}",
        reference="https://huggingface.co/datasets/PKU-Alignment/PKU-SafeRLHF",
        licence="CC-BY-NC-4.0",
        citation="Ji et al. (2024), PKU-SafeRLHF, arXiv:2406.15513",
    ),
    Adapter(
        name="shp",
        label="Stanford Human Preferences",
        layouts=(
            Layout(
                has=("history", "human_ref_A", "human_ref_B", "labels"),
                reads="pairs",
                mapping={
                    "prompt": "history",
                    "response_a": "human_ref_A",
                    "response_b": "human_ref_B",
                    "winner": "labels",
                },
                winner="1=a,0=b",
            ),
        ),
        note=f"votes of Reddit under a comment, 1 is the first comment; {_NOBODY}",
        reference="https://huggingface.co/datasets/stanfordnlp/SHP",
        citation="Ethayarajh et al. (2022), Understanding Dataset Difficulty with V-Usable Information, "
        "arXiv:2110.08420",
    ),
    Adapter(
        name="summarize",
        label="Summarize from Feedback",
        layouts=(
            Layout(has=("info", "summaries", "choice"), reads="responses", arrange=people.summaries_compared),
            Layout(has=("info", "summary"), reads="responses", arrange=people.summaries_rated),
        ),
        note="a worker chose one of two summaries (0 is the first), or rated single ones; the post is the prompt",
        reference="https://huggingface.co/datasets/openai/summarize_from_feedback",
        licence="modified MIT",
        citation="Stiennon et al. (2020), Learning to Summarize from Human Feedback, arXiv:2009.01325",
    ),
    Adapter(
        name="oasst",
        label="OpenAssistant Conversations",
        layouts=(
            Layout(
                has=("message_id", "parent_id", "text", "role", "rank"),
                reads="responses",
                mapping={"user_id": ""},
                arrange=people.oasst,
            ),
            Layout(has=("message_tree_id", "prompt"), reads="responses", mapping={"user_id": ""}, arrange=people.oasst),
        ),
        note="the rank of an answer is merged over several people, and user_id is who wrote it, so no persons are "
        "known; lang can be the community (--group lang)",
        reference="https://huggingface.co/datasets/OpenAssistant/oasst2",
        licence="Apache-2.0",
        citation="Köpf et al. (2023), OpenAssistant Conversations, arXiv:2304.07327",
    ),
    Adapter(
        name="ultrafeedback",
        label="UltraFeedback",
        layouts=(
            Layout(
                has=("instruction", "completions"),
                reads="responses",
                mapping={"prompt": "instruction", "score": "overall_score", "user_id": ""},
            ),
            Layout(
                has=("prompt", "chosen", "rejected", "score_chosen", "score_rejected"),
                reads="pairs",
                mapping={"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
            ),
        ),
        note="GPT-4 judged, not people; --map score=fine-grained_score takes the mean of its four ratings",
        reference="https://huggingface.co/datasets/openbmb/UltraFeedback",
        licence="MIT",
        citation="Cui et al. (2023), UltraFeedback, arXiv:2310.01377",
    ),
)

ADAPTERS: dict[str, Adapter] = {row.name: row for row in _ROWS}
"""Named layouts by name, in the order of the documentation."""


def recognised(columns: Collection[str]) -> list[str]:
    """Return the names of the sources whose layout no other set has and that columns fit."""
    if {*columns} >= OWN_COLUMNS:
        return [OPINIONS]
    return [name for name, row in ADAPTERS.items() if (layout := row.layout_of(columns)) is not None and layout.own]
