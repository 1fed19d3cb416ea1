"""What the model of a study is: where it comes from, how well it tracks, and what may be done with it."""

from dataclasses import dataclass

from samscope.records.store import Study
from samscope.report.wording import estimate, number
from samscope.support.reading import read_json_object
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, RANDOM_MODELS, built_in_folder


@dataclass(frozen=True)
class ModelFacts:
    """What a page says of its model before anything else.

    Attributes:
        name: its name.
        kind: what it is.
        quality: how well it tracks videos that it was not trained on, as far as that is known.
        licence: what may be done with its weights.
    """

    name: str
    kind: str
    quality: str
    licence: str


def model_facts(study: Study) -> ModelFacts:
    """Return what is known of the model of a study.

    The built-in model's numbers are those of its own evaluation, and are given only for the very weights that
    were evaluated; of others the records know no video that they were not trained on.
    """
    model = str(study.settings.get("model", "")).rstrip("/")
    name = model.split("/")[-1] or "a SAM 2"
    if model == BUILT_IN_MODEL:
        return ModelFacts(
            name,
            "samscope's built-in model, a small SAM 2 for first steps: what it suggests is to be tested on "
            "the released models",
            _built_in_quality(study),
            "CC BY-NC 4.0: not for commercial use",
        )
    if model in RANDOM_MODELS:
        return ModelFacts(
            name,
            "the architecture of SAM 2.1 with random weights, which has learnt nothing",
            "none: it shows what a network does that knows no videos",
            "no weights that anybody trained",
        )
    return ModelFacts(
        name,
        f"SAM 2 weights from outside samscope ({model})" if model else "SAM 2 weights from outside samscope",
        "not measured here on videos that are known not to have trained it: see the section Masks for these "
        "clips, "
        "and use samscope evaluate for others",
        "that of its authors",
    )


def _built_in_quality(study: Study) -> str:
    evaluation = read_json_object(built_in_folder() / "evaluation.json")["mask"]
    if study.settings.get("weights_sha256") != evaluation["weights_sha256"]:
        return "these weights are another version of it than the one whose evaluation samscope carries"
    j, copied = (evaluation["summary"][measure] for measure in ("j_mean", "copied_j"))
    return (
        f"J {estimate(j['value'], j['low'], j['high'])} on {len(evaluation['sequences'])} DAVIS 2016 "
        f"validation videos that it was not trained on, prompted by the first mask; copying that mask gives "
        f"{number(copied['value'])}"
    )
