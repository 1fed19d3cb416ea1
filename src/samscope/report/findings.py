"""The answer in a few sentences, put together from the numbers alone."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from samscope.analysis.contrasts import AGAINST, Against
from samscope.analysis.measurements import FEATURE_TITLES
from samscope.analysis.pointer_decoding import ALL_SETS
from samscope.analysis.pointers import POINTERS
from samscope.analysis.separability import ABSENT_SETS, COMBINATION, OBJECT_SCORE, choose
from samscope.models.positions import BY_NAME
from samscope.report.claims_table import families_table
from samscope.report.claims_view import DEFINITIONS, VERDICTS, claim_rows, claims_summary, family_rows
from samscope.report.results import Results
from samscope.report.wording import estimate, interval, listed, number, sentence_label, set_label

FINDINGS_TABLE = "findings"
"""Among a study's ``tables``, what its page answers, one finding a row, the weightiest first."""

HEADLINE_POSITIONS = (
    "frame",
    "image_embeddings",
    "memory_conditioned",
    "prompt_conditioned",
    "object_pointer_ungated",
    "memory_features",
)
"""One tensor a position: the ungated pointer, since the stored one only says that the score crossed 0."""

FEW_VIDEOS = 5
"""With fewer source videos than this an interval covers the truth less often than it says."""


@dataclass(frozen=True)
class Finding:
    """One thing that a study found.

    Attributes:
        about: what it is about, in a word or two.
        text: one sentence.
        more: what is to be known beside it; may be empty.
    """

    about: str
    text: str
    more: str = ""


def findings(results: Results) -> list[Finding]:
    """Return what a study found in at most eleven sentences; what it cannot say is left out."""
    found = [
        _claims(results),
        _scene_and_object(results),
        _beyond_twin(results),
        *(_absence_told(results, set_name) for set_name in ABSENT_SETS),
        _score(results),
        _masks(results),
        _false_positives(results),
        _pointer(results),
        _pointer_holds(results),
        _limits(results),
    ]
    return [finding for finding in found if finding]


def findings_table(found: list[Finding]) -> pd.DataFrame:
    """Return findings as a table with the columns of ``Finding``."""
    return pd.DataFrame(
        [(finding.about, finding.text, finding.more) for finding in found], columns=["about", "text", "more"]
    )


def headline_feature(results: Results) -> str:
    """Return the feature that the answer rests on: the combination, or short where none could be fitted."""
    table = results.separability
    fitted = bool(table.loc[table["feature"] == COMBINATION, "auroc"].notna().any())
    return COMBINATION if fitted else "short"


def _by_position(results: Results, set_name: str, against: Against) -> dict[str, Any]:
    """Return the rows of the headline feature by position, in the positions' order."""
    rows = choose(results.separability, set_name, against)
    rows = rows.loc[(rows["feature"] == headline_feature(results)) & rows["auroc"].notna()]
    known: dict[str, Any] = {str(row["position"]): row for _, row in rows.iterrows()}
    return {name: known[name] for name in HEADLINE_POSITIONS if name in known}


def _named(position: str) -> str:
    known = BY_NAME[position]
    return f"position {known.number} ({known.title.lower()})"


def _estimate(row: Any) -> str:
    return estimate(row["auroc"], row["low"], row["high"])


def _claims(results: Results) -> Finding | None:
    """Say how many of the things that the paper says hold, together and test by test."""
    rows = family_rows(families_table(results.claims))
    words = [[row.tested[index].word for row in rows] for index in range(len(DEFINITIONS))]
    if not any(word in ("holds", "fails") for of in words for word in of):
        return None
    paper, control = ({word: of.count(word) for word in VERDICTS} for of in words)
    return Finding(
        "The paper's claims",
        f"Of {len(rows)} things that the paper says, {paper['holds']} hold as it defines them, "
        f"{paper['fails']} fail and {_open(paper)}; under the control for the age of the references "
        f"{control['holds']} hold, {control['fails']} fail and {_open(control)}.",
        claims_summary(claim_rows(results.claims)),
    )


def _open(counts: dict[str, int]) -> str:
    few = counts["too few videos"]
    lacking = f", of which {few} for want of videos" if few else ""
    return f"{counts['undecided'] + few} stay undecided{lacking}"


def _scene_and_object(results: Results) -> Finding | None:
    """Compare both sets under the control: what the scene gives away, and what the object alone does."""
    interjection = _by_position(results, "interjection", "clean_gap")
    removal = _by_position(results, "object_removal", "clean_gap")
    both = [name for name in interjection if name in removal]
    if not both:
        return None
    lead = {name: interjection[name]["auroc"] - removal[name]["auroc"] for name in both}
    most, least = max(both, key=lead.__getitem__), min(both, key=lead.__getitem__)
    above = [name for name in removal if removal[name]["low"] > 0.5]
    first = (
        f"the first position that tells its absence from chance is {_named(above[0])}, "
        f"AUROC {_estimate(removal[above[0]])}"
        if above
        else "no position tells its absence from chance with confidence"
    )
    best = max(removal, key=lambda name: float(removal[name]["auroc"]))
    rising = ""
    if above[1:]:
        better = f"and the best is {_named(best)}, {_estimate(removal[best])}"
        rising = f", {better if best != above[0] else 'and none is better'}"
    return Finding(
        "Scene or object",
        "Where the scene plays on and only the object is gone (object removal, references equally old), "
        f"{first}{rising}.",
        "An interjection, which changes the scene as well, is told more easily: by "
        f"{number(lead[most])} at {_named(most)}, by {number(lead[least])} at {_named(least)}. The smaller "
        "this lead, the more a position is about the object and the less about the scene.",
    )


def _beyond_twin(results: Results) -> Finding | None:
    """Say what of the model's separability is its own, and what its random twin has too."""
    rows = results.against_twin
    rows = rows.loc[
        (rows["feature"] == headline_feature(results))
        & (rows["spread"] == ("std" if headline_feature(results) == COMBINATION else "none"))
        & (rows["pooling"] == "pooled")
        & (rows["against"] == "clean_gap")
        & rows["position"].isin(HEADLINE_POSITIONS)
    ]
    told = [_beyond_in(rows, set_name) for set_name in ABSENT_SETS if (rows["set"] == set_name).any()]
    if not told:
        return None
    twin = results.study.twin
    draws = 0 if twin is None else twin.clips["clip"].nunique()
    return Finding(
        "Model or pixels",
        f"A random twin, of the same architecture with random weights, {'; '.join(told)}.",
        "What the twin tells as well, pixels suffice for; only what lies beyond it speaks for what the model "
        f"has learned (references equally old, the same {draws} draws of both, intervals over videos).",
    )


def _beyond_in(rows: pd.DataFrame, set_name: str) -> str:
    """Say of a set what the twin reaches, and at which positions the model is beyond it or behind.

    The frame itself is the same for both.
    """
    known: dict[str, Any] = {str(row["position"]): row for _, row in rows[rows["set"] == set_name].iterrows()}
    known = {name: known[name] for name in HEADLINE_POSITIONS if name in known and name != "frame"}
    reached = [row["reference_value"] for row in known.values()]
    low, high = number(min(reached)), number(max(reached))
    between = f"AUROC {low}" if low == high else f"AUROC {low} to {high} by position"
    beyond = [name for name in known if known[name]["low"] > 0]
    behind = [name for name in known if known[name]["high"] < 0]
    said = "the model is nowhere surely beyond it"
    if beyond:
        most = max(beyond, key=lambda name: float(known[name]["difference"]))
        by = estimate(*(known[most][column] for column in ("difference", "low", "high")))
        said = f"the model is beyond it at {_numbered(beyond)}, most at {BY_NAME[most].number}, by {by}"
    less = f", and behind it at {_numbered(behind)}" if behind else ""
    return f"tells {sentence_label(set_name)} with {between}: {said}{less}"


def _numbered(positions: list[str]) -> str:
    numbers = listed([str(BY_NAME[name].number) for name in positions])
    return f"position{'s' if len(positions) > 1 else ''} {numbers}"


def _absence_told(results: Results, set_name: str) -> Finding | None:
    rows = _by_position(results, set_name, "present")
    if not rows:
        return None
    best = max(rows, key=lambda name: float(rows[name]["auroc"]))
    level = [name for name in rows if name != best and rows[name]["high"] >= rows[best]["low"]]
    alike = f"The intervals of {listed([_named(name) for name in level])} reach as high. " if level else ""
    by = (
        "the linear combination of the three features"
        if headline_feature(results) == COMBINATION
        else f"the {FEATURE_TITLES['short'].lower()}"
    )
    return Finding(
        set_label(set_name),
        f"Frames without the object stand out best at {_named(best)}: AUROC {_estimate(rows[best])} against "
        f"the set's other frames, by {by}.",
        f"{alike}{_control(results, set_name, best)}",
    )


def _control(results: Results, set_name: str, position: str) -> str:
    row = _by_position(results, set_name, "clean_gap").get(position)
    if row is None:
        return "The control for the age of the references was not run."
    said = f"Against clean frames whose references are just as old it is {_estimate(row)}:"
    if not row["low"] >= 0:
        return f"{said} without an interval there is no telling whether it survives that control."
    if row["low"] > 0.5:
        return f"{said} it survives that control."
    return f"{said} the interval reaches chance, so the age of the references may be all of it."


def _score(results: Results) -> Finding | None:
    """Say how well the tracker's own object score does, the baseline of everything else."""
    reached = {against: _score_by_set(results, against) for against in AGAINST}
    if not reached["present"]:
        return None
    return Finding(
        "The tracker's own answer",
        f"Its object score tells absent frames with AUROC {listed(reached['present'])}.",
        f"Against clean frames of the same numbers it reaches {listed(reached['clean_gap'])}."
        if reached["clean_gap"]
        else "",
    )


def _score_by_set(results: Results, against: Against) -> list[str]:
    said = []
    for set_name in ABSENT_SETS:
        rows = choose(results.separability, set_name, against)
        rows = rows.loc[(rows["feature"] == OBJECT_SCORE) & rows["auroc"].notna()]
        said += [f"{_estimate(row)} ({sentence_label(set_name)})" for _, row in rows.iterrows()]
    return said


def _masks(results: Results) -> Finding | None:
    table = results.accuracy.loc[results.accuracy["measure"] == "j_and_f"]
    known: dict[tuple[str, str], Any] = {(row["set"], row["segment"]): row for _, row in table.iterrows()}
    if ("clean", "whole") not in known:
        return None
    clean = known["clean", "whole"]
    said = f"J&F is {estimate(clean['mean'], clean['low'], clean['high'])} over the clean clips"
    after = [
        f"{number(known[name, 'suffix']['mean'])} after {sentence_label(name)}"
        for name in (*ABSENT_SETS, "context_removal")
        if (name, "suffix") in known
    ]
    compared = (
        f"; in the suffix it is {listed(after)}, against {number(known['clean', 'suffix']['mean'])} clean"
    )
    return Finding("Masks", f"{said}{compared if after else ''}.")


def _false_positives(results: Results) -> Finding | None:
    known: dict[tuple[str, str], Any] = {
        (row["set"], row["measure"]): row
        for _, row in results.absence_measures.iterrows()
        if math.isfinite(row["mean"])
    }
    marked = [
        f"on {_percent(known[name, 'missed_absence_by_mask'])} of the absent frames of "
        f"{sentence_label(name)} ({100 * known[name, 'false_positive_area']['mean']:.1f} % of the picture on "
        "average)"
        for name in ABSENT_SETS
        if (name, "missed_absence_by_mask") in known and (name, "false_positive_area") in known
    ]
    if not marked:
        return None
    changes = {name: known.get((name, "j_change_less_clean")) for name in ABSENT_SETS}
    changed = [
        f"{estimate(row['mean'], row['low'], row['high'])} with {sentence_label(name)}"
        for name, row in changes.items()
        if row is not None
    ]
    after = (
        f"Beside the change of the clean clip, J changes from before to after by {listed(changed)}."
        if changed
        else ""
    )
    return Finding("While it is gone", f"The tracker still marks something {listed(marked)}.", after)


def _percent(row: Any) -> str:
    between = interval(100 * row["low"], 100 * row["high"], 0)
    return f"{100 * row['mean']:.0f} %{f' ({between})' if between else ''}"


def _pointer(results: Results) -> Finding | None:
    found = results.pooled["spearman"].estimate
    if not found.value >= -1:
        return None
    said = f"Spearman correlation {estimate(found.value, found.low, found.high)} over all clips"
    if not found.has_interval:
        text = (
            f"Its distance from the clean clip's, against the fraction obscured: {said}, without an interval."
        )
    elif found.low > 0:
        text = f"The more of the object is hidden, the farther it lies from the clean clip's ({said})."
    elif found.high < 0:
        text = f"The more of the object is hidden, the nearer it lies to the clean clip's ({said})."
    else:
        text = f"No sure relation of its distance from the clean clip's to the fraction obscured ({said})."
    return Finding("Object pointer", text)


def _pointer_holds(results: Results) -> Finding | None:
    """Say what a ridge regression reads off one ungated pointer, over all sets."""
    scores = results.decoding_scores
    ious = scores.loc[
        (scores["set"] == ALL_SETS) & (scores["target"] == "box") & (scores["measure"] == "iou")
    ]
    known: dict[str, Any] = {row["decoder"]: row for _, row in ious.loc[ious["pointer"].isna()].iterrows()}
    read = _read(ious.loc[ious["input"] == "pointer"])
    if read.empty or not math.isfinite(read["value"].iloc[0]):
        return None
    box = read.iloc[0]
    gain = estimate(box["gain"], box["gain_low"], box["gain_high"])
    low, high = (round(box[name], 2) for name in ("gain_low", "gain_high"))
    if low > 0:
        compared = f"better by {gain} than the mean box of the videos trained on"
    elif high < 0:
        compared = f"worse by {estimate(-box['gain'], -box['gain_high'], -box['gain_low'])} than the mean box"
    else:
        compared = f"not surely unlike the mean box of the videos trained on (difference {gain})"
    said = (
        "Read off one ungated pointer by a ridge regression on source videos that it never saw, boxes have "
        f"an IoU of {_iou(box)}, {compared}; the predicted mask's have "
        f"{_iou(known['predicted_mask'])}."
    )
    return Finding("What the pointer holds", said, _lead(results))


def _read(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[(rows["decoder"] == "ridge") & (rows["pointer"] == POINTERS[0])]


def _iou(row: Any) -> str:
    return estimate(row["value"], row["low"], row["high"])


def _lead(results: Results) -> str:
    """Say whether decoded centres lead; only where they follow the object, or there is nothing to lead."""
    rows = _read(results.motion_lead.loc[results.motion_lead["set"] == ALL_SETS])
    known: dict[str, Any] = {row["measure"]: row for _, row in rows.iterrows()}
    if "follows" not in known or not math.isfinite(known["follows"]["value"]):
        return "Too little moves for a lead over the motion to be measured."
    follows, ahead = known["follows"], known["frames_at_position"]
    moves = f"moves by {estimate(follows['value'], follows['low'], follows['high'])} of the object's way"
    if not follows["low"] > 0:
        return f"The centre does not surely follow the object ({moves}), so no lead is read off it."
    frames = estimate(ahead["value"], ahead["low"], ahead["high"])
    if ahead["low"] > 0:
        return f"The centre follows the object ({moves}) and leads its motion, by {frames} frames."
    if ahead["high"] < 0:
        return f"The centre follows the object ({moves}) and lags behind its motion ({frames} frames ahead)."
    return f"The centre follows the object ({moves}), with no sure lead or lag ({frames} frames ahead)."


def _limits(results: Results) -> Finding | None:
    videos = int(results.study.clips["source_video"].nunique())
    if videos == 1:
        return Finding(
            "Limits", "There is one source video: no intervals, and nothing that is sure beyond it."
        )
    if videos < FEW_VIDEOS:
        return Finding(
            "Limits",
            f"There are only {videos} source videos: the intervals are narrower than they should be.",
        )
    return None
