"""The page's own scripts and style, the data that they show, and the policy that lets nothing else in."""

import json
import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from samscope.figures.style import SET_STYLES

SCRIPTS = ("elements.js", "line_chart.js", "curves.js", "frame_browser.js", "start.js")
"""A study's page: files of ``report/page_scripts``, each after those that it uses; together one script."""

_IN_SCRIPTS = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\N{LINE SEPARATOR}": "\\u2028",
    "\N{PARAGRAPH SEPARATOR}": "\\u2029",
}


@dataclass(frozen=True)
class Inline:
    """What stands inside the page's one style and one script element.

    Attributes:
        style: the style sheet.
        script: the script.
        policy: a Content-Security-Policy that allows these two by their digests, pictures that the page
            carries in itself, and nothing else: no request, no other script, no style attribute, no form.
    """

    style: Markup
    script: Markup
    policy: str


def inline(scripts: Sequence[str] = SCRIPTS, further_styles: Sequence[str] = (), rules: str = "") -> Inline:
    """Return a page's style and script with the policy for them.

    Args:
        scripts: files of ``report/page_scripts``, each after those that it uses.
        further_styles: style sheets of ``report`` that come after ``page.css``.
        rules: style of the page's own that follows them.
    """
    folder = files("samscope.report")
    sheets = [folder.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", *further_styles)]
    style = f"\n{''.join(sheets)}{rules}"
    parts = [folder.joinpath("page_scripts", name).read_text(encoding="utf-8") for name in scripts]
    script = '\n(() => {\n"use strict";\n' + "\n".join(parts) + "})();\n"
    return Inline(Markup(style), Markup(script), policy(style, script))  # noqa: S704


def set_rules() -> str:
    """Return the part of the page's style that gives each set the colour and dashes of its ``SetStyle``."""
    styles = SET_STYLES.items()
    light = [
        f".of-{name} {{ --of: {style.on_page}; --dashes: {style.dashes or 'none'}; }}\n"
        for name, style in styles
    ]
    dark = [f"  .of-{name} {{ --of: {style.on_dark}; }}\n" for name, style in styles]
    return f"{''.join(light)}@media screen and (prefers-color-scheme: dark) {{\n{''.join(dark)}}}\n"


def style_alone(further_styles: Sequence[str] = ()) -> dict[str, Any]:
    """Return ``style`` and ``policy`` of a page without scripts, as its template takes them.

    Args:
        further_styles: style sheets of ``report`` that come after ``page.css``.
    """
    folder = files("samscope.report")
    style = "\n".join(
        folder.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", *further_styles)
    )
    return {"style": Markup(style), "policy": policy(style)}  # noqa: S704 - the project's own files


def policy(style: str, script: str | None = None) -> str:
    """Return a Content-Security-Policy that allows a style and a script by their digests, and no other."""
    scripts = "" if script is None else f"script-src '{_digest(script)}'; "
    return (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; {scripts}"
        "base-uri 'none'; form-action 'none'"
    )


def carried(value: Any) -> Markup:
    """Return a value as JSON that can stand inside a script element, whatever text it holds.

    Raises:
        ValueError: it holds a number that JSON has not; ``rounded`` makes those None.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character, escaped in _IN_SCRIPTS.items():
        text = text.replace(character, escaped)
    return Markup(text)  # noqa: S704


def rounded(values: Iterable[Any], digits: int = 4) -> list[float | None]:
    """Return numbers with a few significant digits for a script; None stands for what is not finite."""
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in map(float, values)]


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
