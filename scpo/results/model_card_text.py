"""A model card as Markdown: the README.md of an exported model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from scpo.results.markdown import escaped, markdown_table

Layout = Literal["pair", "chat"]

PAPER = "[SCPO](https://arxiv.org/abs/2606.18606)"

_LOAD = """import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

folder = "."  # this folder, or the name of this repository
{model}
tokenizer = AutoTokenizer.from_pretrained(folder)
prompts, responses = ["What do you think?"], ["I think so."]
{texts}
with torch.inference_mode():
    rewards = model(**batch).logits[:, 0]"""

_WHOLE = "model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1).eval()"

_ADAPTER = """from peft import PeftModel

base = AutoModelForSequenceClassification.from_pretrained({base}, num_labels=1{revision})
model = PeftModel.from_pretrained(base, folder).eval()"""

_PAIR = (
    """batch = tokenizer(prompts, responses, truncation=True, max_length={length}, padding=True, return_tensors="pt")"""
)

_CHAT = """turns = [
    [{{"role": "user", "content": prompt}}, {{"role": "assistant", "content": response}}]
    for prompt, response in zip(prompts, responses)
]
texts = [tokenizer.apply_chat_template(turn, tokenize=False) for turn in turns]
batch = tokenizer(texts, add_special_tokens=False, padding=True, return_tensors="pt")  # of at most {length} tokens"""


def card_text(
    card: Mapping[str, Any], *, layout: Layout | None = None, max_length: int = 512, adapter: bool = False
) -> str:
    """Write a model card as Markdown, with the metadata that the Hugging Face hub reads on top.

    Parameters
    ----------
    card : mapping
        Of `scpo.results.model_card.model_card`.
    layout : {"pair", "chat"}, optional
        How the model reads a prompt and a response; without it the card says nothing of how to use a folder.
    max_length : int
        Longest text it reads, in tokens.
    adapter : bool
        Whether the folder holds the adapters alone.
    """
    base, home = card["global_model"], escaped(card["country_name"])
    settings = card["settings"]
    how = ", ".join([settings["label"], *(f"{n} {settings[n]:g}" for n in ("tau", "beta") if settings[n] is not None)])
    control = " It is a control: trained to be compared with, not to be used." if settings["control"] else ""
    lines = [*_metadata(card, adapter=adapter), f"# Reward model of {home}: {escaped(base['name'])}, {how}", ""]
    if card["banner"]:
        lines += [f"**{card['banner']}**", ""]
    lines += [
        f"The global reward model {_base_name(base)}, adapted to the preferences of {home} in the data set "
        f"{escaped(card['data']['name'])} by {PAPER}. Text in, one number out: more is better.{control}",
        "",
    ]
    if layout is not None:
        code = _snippet(base, layout=layout, max_length=max_length, adapter=adapter)
        lines += ["## Use", "", "```python", code, "```", ""]
    if adapter and base["repository"] is None:
        lines += [f"The global model {escaped(base['name'])} is not published: put its folder in place of BASE.", ""]
    if settings["encoding"]["context"] == "history":
        lines += ["A prompt is the whole conversation before the response, one blank line between its messages.", ""]
    unit = card["data"]["unit"]
    sections = (("Data and licence", _data(card)), ("Settings", _settings(card)), ("Accuracy", _accuracy(card, unit)),
                ("Who gains and who pays", _communities(card, unit)), ("Checks", _checks(card)),
                ("Limits", [f"- {limit}" for limit in card["limits"]]), ("Made by", _engine(card)))  # fmt: skip
    for title, body in sections:
        lines += [f"## {title}", "", *body, ""]
    return "\n".join(lines).rstrip() + "\n"


def external_card_text(card: Mapping[str, Any]) -> str:
    """Write the card of a model from elsewhere as Markdown.

    Parameters
    ----------
    card : mapping
        Of `scpo.results.external_card.external_card`.
    """
    unit, origin = card["data"]["unit"], card["repository"]
    rows = [
        ["Comes from", f"{origin} at commit {card['commit']}" if origin else "a folder"],
        ["Its bytes, or its commit", card["key"]],
        ["Said to be of", card["country_name"]],
        ["Licence", card["licence"] or "unknown"],
        ["Training", card["training"].removeprefix("training ")],
        ["Measured on", f"{card['data']['name']}, against {card['global_model']['name']}"],
    ]
    lines = [f"# Reward model from elsewhere: {escaped(card['model'])}", ""]
    lines += [f"**{card['banner']}**", ""] if card["banner"] else []
    for title, body in (
        ("What is known", markdown_table(["Field", "Value"], rows)),
        ("Accuracy", _accuracy(card, unit)),
        ("Who gains and who pays", _communities(card, unit)),
        ("Limits", [f"- {limit}" for limit in card["limits"]]),
    ):
        lines += [f"## {title}", "", *body, ""]
    return "\n".join(lines).rstrip() + "\n"


def _metadata(card: Mapping[str, Any], *, adapter: bool) -> list[str]:
    """Return the block that the hub reads; every text in it is quoted."""
    base = card["global_model"]["repository"]
    fields: dict[str, Any] = {
        "library_name": "peft" if adapter else "transformers",
        "pipeline_tag": "text-classification",
        "license": "other",
        "license_name": "see-data-and-licence",
        **({"base_model": base} if base else {}),
        **({"datasets": [card["data"]["repository"]]} if card["data"]["repository"] else {}),
        "tags": ["reward-model", "scpo", *(["synthetic"] if card["banner"] else [])],
    }
    return ["---", *(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()), "---", ""]


def _snippet(base: Mapping[str, Any], *, layout: Layout, max_length: int, adapter: bool) -> str:
    """Return the lines of Python that give rewards."""
    model = _WHOLE
    if adapter:
        revision = f", revision={base['commit']!r}" if base["repository"] else ""
        model = _ADAPTER.format(base=repr(base["repository"]) if base["repository"] else "BASE", revision=revision)
    texts = (_PAIR if layout == "pair" else _CHAT).format(length=max_length)
    if adapter:
        texts = "base.config.pad_token_id = tokenizer.pad_token_id\n" + texts
    return _LOAD.format(model=model, texts=texts)


def _base_name(base: Mapping[str, Any]) -> str:
    name = escaped(base["repository"] or base["name"])
    return f"{name} at commit {base['commit'][:12]}" if base["commit"] else name


def _data(card: Mapping[str, Any]) -> list[str]:
    data, base = card["data"], card["global_model"]
    origin = base["licence"] or "licence not known here"
    if base["trained_on"]:
        left_out = f", without {', '.join(base['without'])}" if base["without"] else ""
        origin = f"trained on the data set {base['trained_on']}{left_out}; licence as that of the data"
    rows = [
        ["Data set", f"{data['name']} ({data['source']})"],
        ["Repository", f"{data['repository']} at revision {data['revision']}" if data["repository"] else "none"],
        ["Licence of the data", data["licence"]],
        ["Citation", data["citation"] or "none given"],
        ["Global model", f"{base['repository'] or base['name']}, {origin}"],
    ]
    lines = markdown_table(["Field", "Value"], rows)
    if "-NC" in data["licence"]:
        lines += ["", "Weights that were trained on these data are to be treated as non-commercial."]
    return lines


def _settings(card: Mapping[str, Any]) -> list[str]:
    settings, training = card["settings"], card["training"]
    hyper = {
        "Method": f"{settings['label']} ({settings['method']})",
        "tau": settings["tau"],
        "beta": settings["beta"],
        "Seed": settings["seed"],
        "Training pairs": training["n_train"],
        f"Training {card['data']['unit']}s": training["n_train_users"],
        "Pairs kept by the method": training["n_kept"],
        "Effective sample size": training["effective_sample_size"],
    }
    if training.get("last_layer_ridge") is not None:
        hyper |= {"Trained": "the last layer only, no finetune", "lambda": training.get("last_layer_ridge")}
    else:
        lora = training["lora"]
        trained = "all weights" if lora is None else f"adapters of rank {lora['rank']} (LoRA, alpha {lora['alpha']})"
        hyper |= {
            "Trained": trained,
            "Steps": training["steps_done"],
            "Passes": training["passes"],
            "Pairs per step": training["batch_pairs"],
            "Learning rate": training["learning_rate"],
            "Lowest layers not trained": training["frozen_layers"],
        }
    encoding = settings["encoding"]
    hyper |= {"Longest text, tokens": encoding["max_length"], "Reads": encoding["context"]}
    return markdown_table(["Field", "Value"], [[name, _written(value)] for name, value in hyper.items()])


def _written(value: Any) -> str:
    if value is None:
        return "not used"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _accuracy(card: Mapping[str, Any], unit: str) -> list[str]:
    found = card["accuracy"]
    if found is None:
        return [f"The data set has no test pairs of {escaped(card['country_name'])}: nothing was measured."]
    level = f"{card['engine']['level']:.0%}"
    names = {
        "all_country": "All-country: test pairs ranked as the people did",
        "all_country_global": "The same, global model",
        "gain": "Gain: difference to the global model, points",
        "true_country": "True-country: of the pairs that the global model has wrong",
        "excess": "Excess: beyond what label-blind flips recover, points",
    }
    rows = [[label, *_number(found[name], points="points" in label)] for name, label in names.items()]
    return [
        f"On the test {unit}s of {escaped(card['country_name'])}, with {level} intervals over {unit}s.",
        "",
        *markdown_table(["Number", "Value", "Interval", f"Test {unit}s", "Pairs"], rows),
    ]


def _number(number: Mapping[str, Any], *, points: bool) -> list[str]:
    """Return the cells of one number: value, interval, n."""
    value, low, high = ("unknown" if number[e] is None else f"{100 * number[e]:{'+' if points else ''}.1f}"
                        for e in ("value", "low", "high"))  # fmt: skip
    sign = "" if points or value == "unknown" else " %"
    n = number["n_questions"] if number.get("n_questions") is not None else number["n_users"]
    return [value + sign, f"{low} to {high}", _count(n), _count(number["n_pairs"])]


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _communities(card: Mapping[str, Any], unit: str) -> list[str]:
    rows = card["communities"]
    if not rows:
        return ["Nothing was measured."]
    ordered = sorted(rows, key=lambda row: (not row["at_home"], -(row["difference"]["value"] or 0.0), row["name"]))
    words = {"too few users": f"too few {unit}s"}
    table = [
        [
            f"{row['name']} (home)" if row["at_home"] else row["name"],
            *_number(row["difference"], points=True),
            _p(row["holm_p"]),
            words.get(row["verdict"], row["verdict"]),
        ]
        for row in ordered
    ]
    others = [row for row in rows if not row["at_home"]]
    counts = {verdict: sum(row["verdict"] == verdict for row in others) for verdict in ("gains", "pays")}
    return [
        f"Change of accuracy against the global model, in points. Of {len(others)} other communities {counts['gains']} "
        f"gain and {counts['pays']} pay after Holm's correction over them.",
        "",
        *markdown_table(["Community", "Change", "Interval", f"Test {unit}s", "Pairs", "p corrected", "Verdict"], table),
    ]


def _p(value: float | None) -> str:
    if value is None:
        return "not tested"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _checks(card: Mapping[str, Any]) -> list[str]:
    lines = [f"- **{one['label']}.** {one['question']} {escaped(one['conclusion'])}" for one in card["checks"]]
    if lines:
        lines = ["Of the data set and the global model, with last layers fitted on cached features:", "", *lines]
    if card["checks_missing"]:
        lines += ["", f"Not carried out: {', '.join(card['checks_missing'])}."]
    return lines if card["checks"] else lines[1:]


def _engine(card: Mapping[str, Any]) -> list[str]:
    engine = card["engine"]
    rows = [
        ["Run", card["run"]],
        ["Engine", f"scpo {engine['versions'].get('scpo', 'of an unknown version')}"],
        ["Source revision", engine["source_revision"] or "unknown"],
        *([name, version] for name, version in engine["versions"].items() if name != "scpo"),
        ["Python", engine["python"] or "unknown"],
        ["Device", engine["device"] or "unknown"],
        ["Finished", engine["finished_at"] or "unknown"],
        ["Key of the data", card["data"]["key"]],
        ["Key of the global model", card["global_model"]["key"]],
    ]
    return markdown_table(["Field", "Value"], rows)
