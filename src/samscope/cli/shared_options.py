"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

from samscope.trackers.built_in import RANDOM_MODELS
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL, RANDOM_SEED

_WHERE, _MODEL = "Input and output", "Model"

Out = Annotated[
    Path,
    typer.Option(
        "--out",
        help="Folder for the result; it must not exist, or be empty. Of study, record and merge also an "
        "address such as s3://bucket/study.",
        rich_help_panel=_WHERE,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace an older result of samscope in --out.", rich_help_panel=_WHERE),
]
Resolution = Annotated[
    str | None,
    typer.Option(
        "--resolution",
        help="Which resolution of --videos, where there are several.",
        show_default="480p, or the only one",
        rich_help_panel=_WHERE,
    ),
]
Subset = Annotated[
    str | None,
    typer.Option(
        "--subset",
        help="Take the videos of this list alone: val or 2016/val, as ImageSets has them, or the path of a "
        "file with a name in each line.",
        show_default="all videos",
        rich_help_panel=_WHERE,
    ),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        help=f"{BUILT_IN_MODEL} (built in), a hub name (facebook/sam2.1-hiera-tiny), a folder written by "
        "save_pretrained, an official .pt file, or the same as .safetensors; or, to try speed and memory, "
        f"random weights of seed {RANDOM_SEED}: {', '.join(RANDOM_MODELS)}.",
        rich_help_panel=_MODEL,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        "--device",
        help="Where the model runs: cpu, cuda, cuda:1, mps, or auto: the first CUDA GPU, or else the CPU.",
        rich_help_panel=_MODEL,
    ),
]
ImageSize = Annotated[
    int | None,
    typer.Option(
        "--image-size",
        help="Side of the model's square input in pixels.",
        show_default="the model's own",
        rich_help_panel=_MODEL,
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory",
        help="What the model remembers: sam2, the latest frames (sam2:stride=3: every third); sam3, the "
        "latest frames of which it was sure (sam3:mf_threshold=0.01); samurai and dam4sam, as their official "
        "trackers; sam2long, several paths, of which the best at a clip's end is the answer; oracle, only "
        "frames with the object by the labels (oracle:write=absent: only those without); presence, only "
        "frames that a gate lets in (presence:gate=gate.json, as samscope fit-rule writes it); or a rule of "
        "another package.",
        show_default="the model's own",
        rich_help_panel=_MODEL,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", help="CPU threads.", show_default="torch's choice", rich_help_panel=_MODEL),
]
