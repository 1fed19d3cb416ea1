"""A study on a real Ray cluster of two nodes: the records of a local run, even if a node dies meanwhile."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from samscope.clips.clip import SetName, Timeline
from samscope.clips.settings import ClipSettings
from samscope.studies import rule_run
from samscope.studies.rule_run import run_rules
from samscope.studies.rule_settings import RuleSettings
from samscope.studies.settings import EngineName, StudySettings
from samscope.studies.stages import run_record
from samscope.support.progress import Silent
from samscope.support.result_folder import read_json

ray = pytest.importorskip("ray", reason="samscope[ray] is not installed")

DRAWS = 12
SETS: tuple[SetName, ...] = ("clean", "interjection")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head node without room for workers, to which tests add node processes."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        yield cluster
    finally:
        with suppress(Exception):
            ray.shutdown()
        cluster.shutdown()


def settings(
    out: Path, material: Path, engine: EngineName = "local", address: str | None = None
) -> StudySettings:
    clips = ClipSettings(
        videos=material / "videos", count=DRAWS, seed=5, sets=SETS, timeline=Timeline(3, 2, 3)
    )
    return StudySettings(
        out,
        clips,
        model=str(material / "model"),
        threads=1,
        maps=2,
        engine=engine,
        address=address,
    )


def records(study: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(study)): file.read_bytes()
        for file in (study / "records").rglob("*")
        if file.is_file()
    }


def finished(partial: Path) -> int:
    return len(list((partial / "parts").glob("part-*.json")))


def test_a_node_that_is_killed_costs_nothing_but_time(cluster: Any, material: Path, tmp_path: Path) -> None:
    local = records(run_record(settings(tmp_path / "local", material), Silent()))
    out = tmp_path / "study"
    nodes = [cluster.add_node(num_cpus=1) for _ in range(2)]
    seen: list[int] = []

    def kill_one() -> None:
        while finished(tmp_path / "study.partial") < DRAWS // 6:
            time.sleep(0.02)
        seen.append(finished(tmp_path / "study.partial"))
        cluster.remove_node(nodes[0], allow_graceful=False)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    run_record(settings(out, material, "ray", cluster.address), Silent())
    killer.join(30)
    cluster.remove_node(nodes[1])
    assert seen
    assert seen[0] < DRAWS
    assert records(out) == local
    manifest = read_json(out / "study.json")
    assert (manifest["clips_recorded"], manifest["clips_failed"]) == (DRAWS * len(SETS), 0)
    assert manifest["engine"]["name"] == "ray"
    assert manifest["engine"]["workers"] >= 2
    assert manifest["engine"]["workers_lost"] >= 1


def test_memory_rules_are_compared_on_a_cluster(
    cluster: Any, material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Path] = []
    monkeypatch.setattr(rule_run, "draw_rules_report", lambda folder, _: drawn.append(folder))
    clips = ClipSettings(
        videos=material / "videos", count=4, seed=5, sets=("interjection",), timeline=Timeline(3, 2, 3)
    )
    asked = {"rules": "sam2,oracle", "clips": clips, "model": str(material / "model"), "threads": 1}
    run_rules(RuleSettings(tmp_path / "local", **asked), Silent())  # type: ignore[arg-type]
    cluster.add_node(num_cpus=1)
    far = {"engine": "ray", "address": cluster.address}
    run_rules(RuleSettings(tmp_path / "ray", **asked, **far), Silent())  # type: ignore[arg-type]
    assert records(tmp_path / "ray") == records(tmp_path / "local")
    assert len(drawn) == 2
    assert (tmp_path / "ray" / "tables" / "rule_costs.csv").is_file()
    assert read_json(tmp_path / "ray" / "rules.json")["engine"]["workers"] >= 1
