"""The page that a study ends in: one file that needs nothing but a browser."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import pandas as pd

from samscope.analysis.claims.limits import LEAST_VIDEOS
from samscope.analysis.statistics.bootstrap import RESAMPLES
from samscope.figures.catalogue import catalogue
from samscope.figures.choices import FigureChoices
from samscope.figures.examples import OVERLAY_SET
from samscope.records.store import Study, open_study
from samscope.report.absence_tables import absence_tables
from samscope.report.claims_table import families_table
from samscope.report.claims_view import claim_rows, claims_summary, family_rows
from samscope.report.curves import curves
from samscope.report.decoding_tables import decoding_tables
from samscope.report.diagram import diagram
from samscope.report.downloads import Download
from samscope.report.drawings import (
    Describe,
    Drawing,
    describe_auroc_by_position,
    describe_frame_by_frame,
    describe_over_time,
    drawing_of,
)
from samscope.report.example_drawings import (
    describe_boxes,
    describe_clips,
    describe_distance,
    describe_maps,
    describe_pointers,
)
from samscope.report.facts import every_setting, failures, how_it_ran, subtitle, what_was_run
from samscope.report.findings import FINDINGS_TABLE, Finding, findings, findings_table
from samscope.report.frame_browser import MOST_LOST, ROOM, frame_browser
from samscope.report.glossary import GLOSSARY
from samscope.report.lost_clips import LOST_TABLE, lost_clips, lost_rows
from samscope.report.model_facts import model_facts
from samscope.report.plates import FIGURES, TABLES, Plate, plate_pieces, plates, write_table
from samscope.report.printable_study import printable_study
from samscope.report.results import Results, compute_results
from samscope.report.room import characters, room_left
from samscope.report.scripts import carried, inline, set_rules
from samscope.report.tables import (
    accuracy_tables,
    folded_apart,
    reference_tables,
    separability_tables,
    spread_tables,
)
from samscope.report.templates import templates
from samscope.report.transfer_table import transfer_table
from samscope.support.disk import write_whole
from samscope.support.progress import Progress, Silent
from samscope.support.side_by_side import Piece, doing

__all__ = ["FIGURES", "PAGE", "TABLES", "drawings_by_part", "write_report"]

PAGE = "report.html"

_PARTS: dict[str, tuple[str, Describe]] = {
    "clips": ("clips", describe_clips),
    "position-maps": ("maps", describe_maps),
    "pointer-pca": ("pointers", describe_pointers),
    "pointer-distance": ("pointers", describe_distance),
    "decoded-boxes": ("decoded", describe_boxes),
    "features-over-time": ("timecourses", describe_over_time),
    "separability": ("distributions", describe_frame_by_frame),
    "separability-by-position": ("overview", describe_auroc_by_position),
}
"""Where the page shows each kind of figure, and how to read it; others are drawn by name alone."""


def write_report(
    folder: Path,
    choices: FigureChoices = FigureChoices(),  # noqa: B008 - it is frozen
    progress: Progress = Silent(),  # noqa: B008 - it has no state
    processes: int = 1,
) -> Path:
    """Draw every figure, write every table and the page of a study, from its records alone.

    Args:
        folder: the study's folder, with ``records`` and ``study.json``. ``figures/*.png`` and ``*.svg``,
            ``tables/*.csv`` (those of the analysis, one with the numbers of each figure, findings and lost
            clips) and ``report.html`` are written into it, each one whole or not at all.
        choices: how the figures are drawn; the tables hold every way of measuring.
        progress: hears of the stages ``decoders``, ``statistics``, ``figures`` and ``page``.
        processes: how many work at it; the files are the same.

    Returns:
        The page. It carries its pictures, data, and all but the largest tables in itself, so that it can be
        sent alone. What the study did not run is left out with a sentence that says why.

    Raises:
        UsageError: the folder is no study's.
        SamscopeError: its records are damaged or do not hold what is chosen, or nothing can be written there.
    """
    do = doing(processes, __name__)
    study = open_study(folder, prompted_pointer=choices.prompted_pointer)
    results = compute_results(printable_study(study), choices, do, progress)
    lost = lost_clips(results.study.clips, results.study.frames)
    places = [(row.set, row.clip, row.frame) for row in lost_rows(lost)]
    study, parts = results.study.without_vectors(), drawings_by_part(results)
    drawings, told = list(chain.from_iterable(parts.values())), findings(results)
    of_page = {FINDINGS_TABLE: findings_table(told), LOST_TABLE: lost, **results.tables}
    pieces = [
        Piece("frame by frame", partial(frame_browser, study, ROOM, places)),
        *plate_pieces(drawings, folder),
        *(Piece(name, partial(write_table, folder, name, table)) for name, table in of_page.items()),
    ]
    with progress.stage("figures", len(pieces)) as advance:
        browser, *made = do(pieces, advance)
    with progress.stage("page"):
        drawn, written = made[: -len(of_page)], made[-len(of_page) :]
        by_name, tables = plates(drawings, folder, drawn), dict(zip(of_page, written, strict=True))
        shown = {part: [by_name[drawing.name] for drawing in group] for part, group in parts.items()}
        content = _content(results, shown, tables, told, lost)
        room = room_left(content)
        if browser is not None and characters(browser.data) > room:
            browser = frame_browser(study, room, places)
        content |= {"browser": browser, "browser_data": carried(browser.data) if browser else None}
        html = templates().get_template("page.html").render(content)
        page = folder / PAGE
        write_whole(page, html.encode())
    return page


def drawings_by_part(results: Results) -> dict[str, list[Drawing]]:
    """Return the figures by their part of the page, each in the order of the paper.

    Those of positions that the paper does not show are left out.
    """
    parts: dict[str, list[Drawing]] = defaultdict(list)
    for entry in catalogue().values():
        if entry.kind in _PARTS and (entry.paper or not entry.position):
            part, describe = _PARTS[entry.kind]
            part = "overlays" if entry.beside == OVERLAY_SET else part
            parts[part].append(drawing_of(results, entry, describe))
    return parts


def _content(
    results: Results,
    shown: Mapping[str, list[Plate]],
    tables: dict[str, Download],
    told: list[Finding],
    lost: pd.DataFrame,
) -> dict[str, Any]:
    study = results.study
    separability_main, separability_more = folded_apart(separability_tables(results))
    accuracy_main, accuracy_more = folded_apart(accuracy_tables(results))
    absence_main, absence_more = folded_apart(absence_tables(results.absence_measures))
    decoding_main, decoding_more = folded_apart(decoding_tables(results.decoding_scores))
    distributions, distributions_more = _apart(shown["distributions"])
    timecourses, timecourses_more = _apart(shown["timecourses"])
    through_time = curves(results.timecourse, _middle(study))
    claims = claim_rows(results.claims)
    return {
        "title": f"samscope: {subtitle(study)}",
        "subtitle": subtitle(study),
        "inline": inline(rules=set_rules()),
        "glossary": GLOSSARY,
        "model": model_facts(study),
        "findings": told,
        "diagram": diagram(results),
        "lost": lost_rows(lost)[:MOST_LOST],
        "lost_count": len(lost),
        "claims": claims,
        "families": family_rows(families_table(results.claims)),
        "claims_summary": claims_summary(claims),
        "facts": what_was_run(study),
        "clips": shown["clips"][0],
        "overview": shown["overview"][0],
        "separability_main": separability_main,
        "separability_more": separability_more,
        "transfer": transfer_table(results.transfer),
        "spreads": [*spread_tables(results), *reference_tables(results)],
        "curves_data": carried(through_time) if through_time else None,
        "timecourses": timecourses,
        "timecourses_more": timecourses_more,
        "distributions": distributions,
        "distributions_more": distributions_more,
        "maps": shown["maps"],
        "pointers": shown["pointers"],
        "overlays": shown["overlays"],
        "decoding_main": decoding_main,
        "decoding_more": decoding_more,
        "decoded": shown["decoded"][::-1],  # the figure set by set refers to the one through a clip
        "accuracy_main": accuracy_main,
        "accuracy_more": accuracy_more,
        "absence_main": absence_main,
        "absence_more": absence_more,
        "tables": tables,
        "resamples": RESAMPLES,
        "least_videos": LEAST_VIDEOS,
        "making": how_it_ran(study),
        "failures": failures(study),
        "settings": every_setting(study),
    }


def _middle(study: Study) -> list[int] | None:
    frames = study.frames.loc[study.frames["segment"] == "middle", "frame"]
    return [int(frames.min()), int(frames.max())] if len(frames) else None


def _apart(plates: Sequence[Plate]) -> tuple[list[Plate], list[Plate]]:
    """Return the figures that are shown at once, and those that are folded away."""
    return [plate for plate in plates if plate.drawing.main], [
        plate for plate in plates if not plate.drawing.main
    ]
