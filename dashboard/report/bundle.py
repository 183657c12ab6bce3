"""What stands beside the pages of a report: how it was made, on what, whom to cite, and how to run it again."""

from __future__ import annotations

import json
import platform
import shlex
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dashboard.kit import text
from dashboard.report.load import Material
from scpo.config import Context
from scpo.results import report_choice, reproduction
from scpo.results.report_choice import ReportChoice
from scpo.results.reproduction import Manifest
from scpo.store.cache import Store
from scpo.store.run_record import PACKAGES, source_revision
from scpo.store.runs import RunDirectory

DRAWN_BY = ("altair", "vl-convert-python", "typst", "python-pptx", "streamlit")

REFERENCES = r"""@misc{scpo,
  title = {Steerable Cultural Preference Optimization},
  eprint = {2606.18606},
  archivePrefix = {arXiv},
  url = {https://arxiv.org/abs/2606.18606}
}

@article{efron_stein_1981,
  author = {Efron, Bradley and Stein, Charles},
  title = {The jackknife estimate of variance},
  journal = {The Annals of Statistics}, volume = {9}, number = {3}, pages = {586--596}, year = {1981}
}

@article{rust_rao_1996,
  author = {Rust, Keith F. and Rao, J. N. K.},
  title = {Variance estimation for complex surveys using replication techniques},
  journal = {Statistical Methods in Medical Research}, volume = {5}, number = {3}, pages = {283--310}, year = {1996}
}

@article{holm_1979,
  author = {Holm, Sture},
  title = {A simple sequentially rejective multiple test procedure},
  journal = {Scandinavian Journal of Statistics}, volume = {6}, number = {2}, pages = {65--70}, year = {1979}
}

@article{phipson_smyth_2010,
  author = {Phipson, Belinda and Smyth, Gordon K.},
  title = {Permutation p-values should never be zero},
  journal = {Statistical Applications in Genetics and Molecular Biology}, volume = {9}, number = {1}, year = {2010}
}
"""

README = """# {title}

{banner}Report of study `{study}` on data set `{data}` with global model `{model}`, {n_runs}. Written for a {audience}:
{holds}. Sections: {sections}.

| file | what it is |
|---|---|
| `report.html` | everything, charts interactive; opens from disk without a network |
| `report.pdf` | the same for paper |
| `slides.pptx` | one slide per figure, with speaker notes |
| `figures/` | every figure as SVG, PDF and PNG: {sizes} |
| `data/` | the table behind every figure as CSV: fractions, not percent; unknown is empty |
| `numbers/` | the documents of `scpo frontier`, `bias`, `divergence` and `check` with `--json` |
| `study.toml`, `commands.sh` | the study, and the commands that make all this again |
| `env.json` | versions, source revision, platform |
| `report.json` | what `scpo rerun` reads |
| `refs.bib` | whom to cite |

To run it again, on any machine with the same data set registered as `{data}`:

    scpo rerun {file}

It carries out what is missing of the study, computes every number again, and says which differ.

Licence of the data: {licence}. Engine: Apache-2.0. `report.html` has Vega, Vega-Lite and Vega-Embed inside
(BSD-3-Clause).
"""


def small_files(material: Material, store: Store, choice: ReportChoice, *, title: str, file: str) -> dict[str, str]:
    """Return the texts of a zip by name: README, study, commands, environment, references, numbers, manifest."""
    study, encoding = material.study, reproduction.encoding_of(store, material.study)
    manifest = Manifest(study=study, encoding=encoding, documents=list(material.documents), choice=choice)
    found = {
        "README.md": README.format(
            title=title,
            banner=f"**{text.SAMPLE_BANNER}**\n\n" if material.info.synthetic else "",
            study=study.name,
            data=study.dataset,
            model=study.model,
            n_runs=text.count(len(material.runs), "finished run"),
            licence=material.info.licence,
            audience=choice.audience,
            holds=report_choice.AUDIENCES[choice.audience],
            sections=", ".join(report_choice.PARTS[key].label for key in choice.sections),
            sizes=", ".join(f"`_{size}` {report_choice.SIZES[size]}" for size in choice.sizes),
            file=shlex.quote(file),
        ),
        "study.toml": reproduction.study_toml(study, encoding),
        "commands.sh": commands(material, choice, encoding.context, file=file),
        "env.json": _json(environment(material, store)),
        "refs.bib": references(material),
        reproduction.MANIFEST: _json(manifest.model_dump(mode="json")),
    }
    return found | {f"{reproduction.NUMBERS}/{name}.json": _json(one) for name, one in material.documents.items()}


def commands(material: Material, choice: ReportChoice, context: Context, *, file: str) -> str:
    """Return the commands that make the study, its numbers and this report; the sample is made by the first."""
    study, info = material.study, material.info
    both = ["--data", study.dataset, "--model", study.model]
    source = ["--source", info.source, *(["--path", info.location] if Path(info.location).exists() else [])]
    group = [] if info.group == "country" else ["--group", info.group]
    history = ["--context", "history"] if context == "history" else []
    lines = [
        *([] if info.synthetic else [["data", "add", study.dataset, *source, *group]]),
        ["score", *both, *history],
        ["study", *both, "--config", "study.toml", "--name", study.name, "--wait"],
        ["frontier", *both, "--study", study.name, "--json"],
        ["bias", *both, "--study", study.name, "--json"],
        *([["divergence", *both, "--json"]] if "divergence" in material.documents else []),
        *[["check", name, *both, "--json"] for name in material.checks],
        ["report", "--study", study.name, *choice.options(), "-o", file],
    ]
    return "#!/bin/sh\nset -e\n" + "".join(f"{shlex.join(['scpo', *line])}\n" for line in lines)


def environment(material: Material, store: Store) -> dict[str, Any]:
    """Return versions, source revision and platform: of this report, and of the runs it shows."""
    records = [RunDirectory(store, run_id).record() for run_id in material.runs]
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "source_revision": source_revision(),
        "packages": {name: version(name) for name in (*PACKAGES, *DRAWN_BY)},
        "runs": {
            "source_revisions": sorted({str(one.source_revision) for one in records}),
            "devices": sorted({str(one.device) for one in records}),
            "python": sorted({str(one.python) for one in records}),
            "packages": {
                name: sorted({one.versions[name] for one in records if name in one.versions}) for name in PACKAGES
            },
        },
    }


def references(material: Material) -> str:
    """Return whom to cite as BibTeX: the method, the statistics, the data."""
    info = material.info
    said = " ".join((info.citation or f"{info.name}, source {info.source}").split())
    note = "".join(f"\\{c}" if c in "&%$#_{}" else c for c in said)
    return f"{REFERENCES}\n@misc{{data,\n  title = {{Data set {info.name}}},\n  note = {{{note}}}\n}}\n"


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
