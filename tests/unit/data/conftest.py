"""Invented rows of the data formats, and small ways to write files with them. No person wrote a word of these."""

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

INVENTED = Path(__file__).parent / "invented"


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def invented() -> Path:
    """Folder of the invented files, read only."""
    return INVENTED


@pytest.fixture
def survey_rows() -> list[dict[str, Any]]:
    return read_jsonl(INVENTED / "survey.jsonl")


@pytest.fixture
def utterance_rows() -> list[dict[str, Any]]:
    return read_jsonl(INVENTED / "utterances.jsonl")


@pytest.fixture
def conversation_utterances() -> list[dict[str, Any]]:
    """The three invented conversations as rows of utterances.jsonl: 12 responses in 6 interactions."""
    rows: list[dict[str, Any]] = []
    interactions: dict[tuple[str, int], str] = {}
    for conversation in read_jsonl(INVENTED / "conversations.jsonl"):
        prompt = ""
        for item in conversation["conversation_history"]:
            if item["role"] == "user":
                prompt = item["content"]
                continue
            key = (conversation["conversation_id"], item["turn"])
            rows.append(
                {
                    "utterance_id": f"ut{90101 + len(rows)}",
                    "interaction_id": interactions.setdefault(key, f"int{9101 + len(interactions)}"),
                    "conversation_id": conversation["conversation_id"],
                    "user_id": conversation["user_id"],
                    "turn": item["turn"],
                    "within_turn_id": item["within_turn_id"],
                    "conversation_type": conversation["conversation_type"],
                    "user_prompt": prompt,
                    "model_response": item["content"],
                    "model_name": item["model_name"],
                    "model_provider": item["model_provider"],
                    "score": item["score"],
                    "if_chosen": item["if_chosen"],
                    "included_in_balanced_subset": conversation["included_in_balanced_subset"],
                }
            )
    return rows


@pytest.fixture
def prism_folder(tmp_path: Path) -> Callable[..., Path]:
    """Write a PRISM folder; files that are not given are the invented ones, None leaves a file out."""

    def write(**files: list[dict[str, Any]] | str | None) -> Path:
        for name in ("survey", "utterances", "metadata"):
            target = tmp_path / f"{name}.jsonl"
            content = files.get(name, INVENTED / f"{name}.jsonl")
            if isinstance(content, Path):
                shutil.copy(content, target)
            elif isinstance(content, str):
                target.write_text(content, encoding="utf-8")
            elif content is not None:
                target.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def changed() -> Callable[..., list[dict[str, Any]]]:
    """Copy rows with one field replaced: ``changed(rows, 0, "location", "special_region", value="Mars")``."""

    def change(rows: list[dict[str, Any]], index: int, *path: str, value: Any) -> list[dict[str, Any]]:
        rows = copy.deepcopy(rows)
        target = rows[index]
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value
        return rows

    return change


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file of bytes, of text, or of rows in the format of its extension."""

    def write(content: bytes | str | list[dict[str, Any]], name: str = "pairs.jsonl") -> Path:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_bytes(content.encode())
        elif path.suffix == ".parquet":
            pd.DataFrame(content).to_parquet(path)
        elif path.suffix == ".csv":
            pd.DataFrame(content).to_csv(path, index=False)
        else:
            path.write_text("".join(json.dumps(row) + "\n" for row in content), encoding="utf-8")
        return path

    return write
