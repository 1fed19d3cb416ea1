"""The options of ``samscope rules``, and the settings that are made of them."""

from collections.abc import Callable

import typer

from samscope.cli.clip_options import clip_settings
from samscope.cli.option_groups import options_of
from samscope.cli.shared_options import Device, ImageSize, ModelOption, Out, Overwrite, Threads
from samscope.cli.study_options import (
    ADDRESS_OPTION,
    BATCH_OPTION,
    COMPILE_OPTION,
    ENGINE_OPTION,
    FAIL_FAST_OPTION,
    MODE_OPTION,
    RESUME_OPTION,
)
from samscope.studies.rule_settings import RuleSettings

rules_settings: Callable[..., RuleSettings] = options_of(
    RuleSettings,
    out=Out,
    rules=typer.Option(
        "--rules",
        help="Memory rules, separated by commas, each as for --memory (sam2, samurai:kalman=none, "
        "oracle:write=absent); the others are held against the first.",
        rich_help_panel="Model",
    ),
    clips=clip_settings,
    model=ModelOption,
    device=Device,
    image_size=ImageSize,
    mode=MODE_OPTION,
    compile=COMPILE_OPTION,
    batch=BATCH_OPTION,
    threads=Threads,
    overwrite=Overwrite,
    resume=RESUME_OPTION,
    fail_fast=FAIL_FAST_OPTION,
    engine=ENGINE_OPTION,
    address=ADDRESS_OPTION,
)
"""Makes the settings of a comparison of memory rules out of their options."""
