"""``python -m dashboard.report STUDY FORMAT FILE CHOICE`` writes a report; stdout says how far it is, in JSON lines."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
import zipfile
from functools import partial
from pathlib import Path

from dashboard.kit import exports, glossary
from dashboard.report import bundle, files, html, pdf
from dashboard.report.audience import chosen_sections, speaking
from dashboard.report.load import Material, gather
from dashboard.report.sections import Exhibit, headline
from dashboard.report.slides import slides
from scpo.errors import ScpoError
from scpo.results import open_store
from scpo.results.report_choice import ReportChoice
from scpo.settings import load_settings
from scpo.store.cache import Store
from scpo.store.files import replacing


def tell(stage: str, done: float, total: float, unit: str) -> None:
    """Say how far the report is."""
    sys.stdout.write(json.dumps({"stage": stage, "done": done, "total": total, "unit": unit}) + "\n")
    sys.stdout.flush()


def write(store: Store, study: str, form: str, out: Path, choice: ReportChoice) -> None:
    """Write a report of a study, whole or not at all.

    Parameters
    ----------
    form : {"zip", "html", "pdf", "pptx"}
    out : Path
        Its folder is there.

    Raises
    ------
    InputError
        If there is no such study, or none of its runs is finished.
    """
    material = gather(store, study, tell, whose=load_settings().stars_of)
    with (
        speaking(material, choice),
        tempfile.TemporaryDirectory() as folder,
        replacing(out) as temporary,
    ):
        made = _Making(material, choice, Path(folder))
        if form == "zip":
            made.archive(store, temporary, out.name)
        else:
            temporary.write_bytes({"html": made.html, "pdf": made.pdf, "pptx": made.slides}[form]())
        temporary.chmod(0o644)


class _Making:
    """A report in the making, with a folder for its figures."""

    def __init__(self, material: Material, choice: ReportChoice, folder: Path) -> None:
        self.material, self.choice, self.folder = material, choice, folder
        self.parts = chosen_sections(material, choice, {})
        self.figures = folder / "figures"
        self.figures.mkdir()
        self.title = glossary.said(headline(material))
        self.banner, self.about = material.banner, glossary.said(material.about)

    @property
    def exhibits(self) -> list[Exhibit]:
        return [exhibit for part in self.parts for exhibit in part.exhibits]

    def html(self) -> bytes:
        return html.page(self.title, self.banner, self.about, self.parts).encode()

    def _drawn(self, size: str, form: exports.Format, what: str) -> dict[str, list[files.Drawn]]:
        said = partial(tell, what, unit="figures")
        return files.write_bare(self.folder, self.exhibits, size=size, form=form, tell=said)

    def pdf(self) -> bytes:
        drawn, references = self._drawn(exports.PAGE, "pdf", "PDF"), bundle.references(self.material)
        words = {"title": self.title, "banner": self.banner, "about": self.about, "references": references}
        return pdf.typeset(self.folder, **words, sections=self.parts, drawn=drawn)

    def slides(self) -> bytes:
        drawn = self._drawn(exports.SLIDE, "png", "slides")
        words = {"title": self.title, "banner": self.banner, "about": self.about}
        return slides(self.folder, **words, sections=self.parts, drawn=drawn)

    def archive(self, store: Store, path: Path, name: str) -> None:
        """Write the zip with everything."""
        files.write_figures(
            self.figures,
            self.exhibits,
            sizes=self.choice.sizes,
            tell=lambda done, total: tell("figures", done, total, "drawings"),
        )
        contents: dict[str, bytes | str] = {
            "report.html": self.html(),
            "report.pdf": self.pdf(),
            "slides.pptx": self.slides(),
        }
        contents |= {f"figures/{one.name}": one.read_bytes() for one in sorted(self.figures.iterdir())}
        for exhibit in self.exhibits:
            figure = exhibit.figure
            contents[f"data/{figure.name}.csv"] = exports.csv(figure.table, figure.caption, figure.columns)
        contents |= bundle.small_files(self.material, store, self.choice, title=self.title, file=name)
        with zipfile.ZipFile(path, "w") as archive:
            for inside, what in contents.items():
                about = zipfile.ZipInfo(inside, time.localtime()[:6])
                about.external_attr = (0o755 if inside.endswith(".sh") else 0o644) << 16
                archive.writestr(about, what, zipfile.ZIP_DEFLATED)


def main() -> None:
    """Write what the arguments ask for; an error for the user is the last line."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no half of a file is left
    study, form, out, choice = sys.argv[1:]
    try:
        write(open_store(), study, form, Path(out), ReportChoice.model_validate_json(choice))
    except (ScpoError, OSError) as error:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
        sys.exit(getattr(error, "exit_code", 1))


if __name__ == "__main__":
    main()
