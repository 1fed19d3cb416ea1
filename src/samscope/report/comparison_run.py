"""Studies side by side: the records of several in; tables, figures and a page out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from samscope.records.at_hand import STUDY_CONTENT
from samscope.records.store import open_study
from samscope.report.comparison import compare_studies
from samscope.report.comparison_page import write_comparison
from samscope.report.page_processes import enough_processes
from samscope.report.printable_study import printable_study
from samscope.support.errors import UsageError
from samscope.support.printable import printable
from samscope.support.progress import Progress, Timed
from samscope.support.provenance import provenance
from samscope.support.result_folder import COMPARISON_FILE, output_folder, write_json
from samscope.support.side_by_side import doing
from samscope.support.storage.at_hand import folders_at_hand
from samscope.support.urls import url_of


@dataclass(frozen=True)
class ComparisonSettings:
    """What is compared.

    Attributes:
        studies: folders or addresses of studies, two or more; the others are held against the first.
        out: the folder that the comparison is written to.
        names: what the studies are called, in their order; empty for the names of their folders.
        overwrite: whether an older result in ``out`` is replaced.

    Raises:
        UsageError: there are fewer than two studies, another number of names, or a name that is empty or
            borne by two studies.
    """

    studies: tuple[Path, ...]
    out: Path
    names: tuple[str, ...] = ()
    overwrite: bool = False

    def __post_init__(self) -> None:
        if len(self.studies) < 2:
            raise UsageError("there is one study and nothing to compare it with; name two or more folders")
        if self.names and len(self.names) != len(self.studies):
            raise UsageError(
                f"--names has {len(self.names)} and there are {len(self.studies)} studies; give one each, "
                "separated by commas"
            )
        told = bool(self.names)
        named = self.names or tuple(folder.resolve().name for folder in self.studies)
        object.__setattr__(self, "names", named)
        for place, name in enumerate(named):
            if url_of(self.studies[place]) is not None and "*" in str(self.studies[place]):
                raise UsageError(f"{self.studies[place]}: name every study by itself, without *")
            if not name.strip():
                raise UsageError(f"{self.studies[place]} has no name; give one with --names")
            if name in named[:place]:
                first, second = self.studies[named.index(name)], self.studies[place]
                if not told and url_of(first) is None and first.resolve() == second.resolve():
                    raise UsageError(
                        f"two studies are called {name!r}, as {second} is named twice; name two studies"
                    )
                raise UsageError(
                    f"two studies are called {name!r}, {first} and {second}; tell them apart with --names A,B"
                )


def parse_names(names: str | None) -> tuple[str, ...]:
    """Return the names in a list separated by commas; none for None."""
    return () if names is None else tuple(name.strip() for name in names.split(","))


def run_comparison(settings: ComparisonSettings, progress: Progress) -> Path:
    """Compare studies from their records alone.

    Args:
        settings: which studies.
        progress: hears how far it is.

    Returns:
        The page in the folder ``settings.out``.

    Raises:
        UsageError: a folder is no study's, or something is at ``settings.out`` that may not be replaced.
        SamscopeError: records are damaged or of another version, or nothing can be written there. After any
            error ``settings.out`` is as it was.
    """
    timed = Timed(progress)
    with (
        folders_at_hand(settings.studies, timed, STUDY_CONTENT) as here,
        output_folder(settings.out, overwrite=settings.overwrite, inputs=settings.studies) as folder,
    ):
        studies = {
            printable(name): printable_study(open_study(path)) for name, path in _named(settings.names, here)
        }
        do = doing(enough_processes(max(len(study.clips) for study in studies.values())), __name__)
        comparison = compare_studies(studies, timed, do)
        page = write_comparison(folder, comparison, do, timed)
        described = [
            {"name": name, "study": url_of(path) or str(path)}
            for name, path in _named(settings.names, settings.studies)
        ]
        write_json(folder / COMPARISON_FILE, {"studies": described, **provenance(timed.seconds)})
    return settings.out / page.relative_to(folder)


def _named(names: Sequence[str], studies: Sequence[Path]) -> list[tuple[str, Path]]:
    return list(zip(names, studies, strict=True))
