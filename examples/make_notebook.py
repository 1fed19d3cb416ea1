"""Write the example notebook: its cells are here, where they can be read as text; its outputs are made.

    python examples/make_notebook.py

It runs every cell in a fresh kernel and keeps the outputs in ``look_into_a_study.ipynb``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NOTEBOOK = Path(__file__).with_name("look_into_a_study.ipynb")

CELLS: tuple[tuple[Literal["text", "code"], str], ...] = (
    (
        "text",
        """\
# Look into a study

`samscope study` makes clips, tracks through them with a SAM 2 and keeps what it observed. This
notebook opens such records as pandas frames, asks them a question, and draws some of the paper's
figures from them.

It makes a small study first: two draws of made-up videos, tracked by the built-in model. That needs
no download and takes some seconds. On videos and a model of your own it is

```sh
samscope study --videos DAVIS --model facebook/sam2.1-hiera-tiny --out my-study
```

and everything below works on that folder.""",
    ),
    (
        "code",
        """\
%matplotlib inline

from pathlib import Path
from tempfile import mkdtemp

import samscope
from samscope.clips.settings import ClipSettings
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.progress import Silent

folder = Path(mkdtemp()) / "study"
clips = ClipSettings(count=2, sets=("clean", "interjection", "obscuration"))
run_record(StudySettings(out=folder, clips=clips, threads=1), Silent())

study = samscope.open_study(folder)
shown = ("model", "image_size", "clips", "seed", "sets", "weights_sha256")
{name: study.settings[name] for name in shown}""",
    ),
    (
        "text",
        """\
## The tables

`study.clips` has one row a clip, `study.frames` one a frame, `study.features` one a frame and
position. Every column is explained in
[`samscope/records/schema.py`](../src/samscope/records/schema.py). `study.settings` is what
`study.json` holds.""",
    ),
    (
        "code",
        """\
study.clips[["set", "clip", "source_video", "object_id", "start", "stride", "partner_video"]]""",
    ),
    (
        "code",
        """\
middle = study.frames.query("set == 'interjection' and clip == 0 and 9 <= frame <= 18")
shown = ["frame", "segment", "present", "object_score", "predicted_iou", "j", "f", "predicted_area"]
middle[shown].round(2)""",
    ),
    (
        "text",
        """\
## A question of one's own

When the object is gone, does the object score fall? It is the model's own answer to "is it there?":
above 0 means yes.""",
    ),
    (
        "code",
        """\
gone = study.frames.query("not prompted").groupby(["set", "present"], observed=True)["object_score"]
gone.describe()[["count", "mean", "min", "max"]].round(2)""",
    ),
    (
        "text",
        """\
The features say how far each frame is from the latest frames that are known to show the object.
Their mean through time, frame by frame, with intervals over source videos, is a function of
`samscope.analysis`, as is everything else in a report: it takes these tables and returns a new one.""",
    ),
    (
        "code",
        """\
from samscope.analysis.absence.timecourse import timecourse

means = timecourse(study.clips, study.frames, study.features)
short = means.query("feature == 'short' and position == 'object_pointer_ungated' and 10 <= frame <= 17")
short.pivot(index="frame", columns="set", values="mean").round(2)""",
    ),
    (
        "text",
        """\
## The paper's figures

Every figure function takes the study and returns a matplotlib figure.""",
    ),
    (
        "code",
        """\
from samscope.figures.features_over_time import features_over_time

features_over_time(study, "image_embeddings")""",
    ),
    (
        "code",
        """\
from samscope.figures.pointer_pca import pointer_pca

pointer_pca(study, clip=0)""",
    ),
    (
        "text",
        """\
Where a run has kept maps (`--maps 1`, the default: those of the first draw), `study.maps` has the
frames, the masks and the channel mean and variance at every position as arrays.""",
    ),
    (
        "code",
        """\
maps = study.maps("obscuration", 0)
{name: (values.dtype.name, values.shape) for name, values in maps.items()}""",
    ),
    (
        "code",
        """\
from samscope.figures.position_maps import position_maps

most = study.frames.query("set == 'obscuration' and clip == 0").set_index("frame")["obscured"].idxmax()
position_maps(study, "obscuration", 0, most, robust=True)""",
    ),
    (
        "text",
        """\
## On from here

`samscope report FOLDER` draws all figures and the page from such records, and `samscope compare
FOLDER FOLDER` puts several studies side by side.""",
    ),
)


def notebook() -> NotebookNode:
    """Return the notebook without outputs."""
    new_cell = {"text": new_markdown_cell, "code": new_code_cell}
    cells = [new_cell[kind](source, id=f"cell-{number}") for number, (kind, source) in enumerate(CELLS)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def executed(made: NotebookNode) -> NotebookNode:
    """Return a notebook with its outputs, run in a fresh kernel; warnings of libraries are left out."""
    with TemporaryDirectory() as folder:
        NotebookClient(made, timeout=600, resources={"metadata": {"path": folder}}).execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    return made


if __name__ == "__main__":
    nbformat.write(executed(notebook()), NOTEBOOK)
