"""The worked examples of ``docs/extend``: what their pages say to write, to change and to run."""

import re
import shlex
import shutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.ready_python import run_ready

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "extend"
PACKAGE = ROOT / "tests" / "extension_package"

_FILE = re.compile(r"^`([^`\n]+)`\n\n```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_QUICK = """
from samscope.cli.main import main
from tests.quick_decoding import quick_page
with quick_page():
    main()
"""
_COPIED = ("benchmarks", "docs", "nano", "src", "tests")


@dataclass(frozen=True)
class Example:
    """What a page says.

    Attributes:
        written: content of new files by their path in the repository; a file that is there is quoted.
        changed: changes to files, as unified diffs without line numbers; ``@@`` stands between places.
        commands: what is run, in order.
    """

    written: dict[str, str]
    changed: dict[str, str]
    commands: tuple[str, ...]


def example(page: str) -> Example:
    """Read a page: a file's name stands alone on the line above its block."""
    text = (PAGES / page).read_text(encoding="utf-8")
    blocks = _FILE.findall(text)
    lines = "".join(_COMMANDS.findall(text)).replace("\\\n", " ").splitlines()
    return Example(
        {path: content for path, kind, content in blocks if kind != "diff"},
        {path: content for path, kind, content in blocks if kind == "diff"},
        tuple(line for line in lines if line.strip()),
    )


def results(followed: Example) -> Iterator[tuple[str, str]]:
    """Yield path and content of each file that a page writes or changes.

    Raises:
        AssertionError: what is to be changed does not stand in the file, or not once.
    """
    yield from followed.written.items()
    for path, change in followed.changed.items():
        content = (ROOT / path).read_text(encoding="utf-8")
        for place in re.split(r"^@@.*\n", change, flags=re.MULTILINE):
            lines = place.splitlines(keepends=True)
            before = "".join(line[1:] for line in lines if line[0] in " -")
            after = "".join(line[1:] for line in lines if line[0] in " +")
            assert content.count(before) == 1, (
                f"{path}: this stands there {content.count(before)} times:\n{before}"
            )
            content = content.replace(before, after)
        yield path, content


def follow(followed: Example, clone: Path, *, quick: bool = False) -> None:
    """Do in a copy of the repository what a page says, all commands included; ``pip install`` as ``install``.

    Each command has a process of its own, in which samscope is imported from the copy.

    Args:
        followed: what the page says.
        clone: an empty folder for the copy.
        quick: whether ``samscope`` makes pages as ``quick_page`` has them.

    Raises:
        AssertionError: a command fails.
    """
    for folder in _COPIED:
        shutil.copytree(ROOT / folder, clone / folder)
    shutil.copy(ROOT / "pyproject.toml", clone)
    for path, content in results(followed):
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_text(content, encoding="utf-8")
    paths = [clone / "src", clone]
    for line in followed.commands:
        words = shlex.split(line)
        if words[:2] == ["pip", "install"]:
            paths += install(clone / words[2], clone / "site")
        else:
            _run(words, clone, paths, quick=quick)


def install(package: Path, site: Path) -> list[Path]:
    """Write the metadata that an installed package has, and return the folders that make it importable."""
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    groups = [
        "\n".join([f"[{group}]", *(f"{name} = {value}" for name, value in entries.items())])
        for group, entries in project["entry-points"].items()
    ]
    (metadata / "entry_points.txt").write_text("\n".join(groups) + "\n", encoding="utf-8")
    return [site, package]


def _run(words: list[str], folder: Path, paths: list[Path], *, quick: bool) -> None:
    if words[0] == "python":
        arguments = words[1:]
    elif quick and words[0] == "samscope":
        arguments = ["-c", _QUICK, *words[1:]]
    else:
        arguments = ["-m", *words]
    done = run_ready(arguments, folder, paths)
    assert done.status == 0, f"{shlex.join(words)}\n{done.text}"
