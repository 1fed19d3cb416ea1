"""How much faster two Ray nodes are than one, each a process with one core, and what the driver takes.

    python -m benchmarks.ray_nodes --clips 24 --videos DAVIS

Times are of the stage that tracks, from the first worker's start to the last part's writing; the driver's own
time is its CPU time meanwhile. On a machine that does other work beside, the numbers mean nothing.
"""

import argparse
import json
import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from samscope.clips.settings import ClipSettings
from samscope.records.store import RECORDS
from samscope.studies.settings import StudySettings
from samscope.studies.stages import run_record
from samscope.support.progress import OnConsole
from samscope.support.result_folder import read_json


def main() -> None:
    """Measure, print a table, and tell whether the records are the same."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=Path, help="write the numbers here as well")
    given = parser.parse_args()
    clips = ClipSettings(given.videos, count=given.clips)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for nodes in given.nodes:
            out = Path(folder) / f"nodes-{nodes}"
            settings = StudySettings(out, clips, threads=1, maps=0, engine="ray")
            rows.append({"nodes": nodes, "load_before": os.getloadavg()[0], **measured(settings, nodes)})
        first = records(Path(folder) / f"nodes-{given.nodes[0]}")
        same = all(records(Path(folder) / f"nodes-{nodes}") == first for nodes in given.nodes)
    print("| nodes | seconds | frames a second | against one | driver's CPU seconds | of the time | load |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    frames = given.clips * len(clips.sets) * clips.timeline.length
    for row in rows:
        row["frames_a_second"] = frames / row["seconds"]
        row["against_one"] = row["frames_a_second"] / rows[0]["frames_a_second"]
        print(
            f"| {row['nodes']} | {row['seconds']:.1f} | {row['frames_a_second']:.1f} | "
            f"{row['against_one']:.2f} | {row['driver_seconds']:.2f} | "
            f"{row['driver_seconds'] / row['seconds']:.1%} | {row['load_before']:.1f} |"
        )
    print(f"the records are {'the same' if same else 'NOT the same'}")
    if given.json:
        given.json.write_text(json.dumps({"rows": rows, "same_records": same}, indent=1) + "\n")


def measured(settings: StudySettings, nodes: int) -> dict[str, float]:
    """Track on a cluster of so many nodes of one core, beside a head that computes nothing."""
    from ray.cluster_utils import Cluster  # noqa: PLC0415

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        for _ in range(nodes):
            cluster.add_node(num_cpus=1)
        time.sleep(5)
        out = run_record(replace(settings, address=cluster.address), OnConsole())
    finally:
        cluster.shutdown()
    manifest = read_json(out / "study.json")
    seconds, driver = manifest["seconds"]["tracking"], manifest["engine"]["driver_seconds"]
    return {"seconds": seconds, "driver_seconds": driver}


def records(study: Path) -> dict[str, bytes]:
    """Return the content of every file of a study's records."""
    files = (study / RECORDS).rglob("*.parquet")
    return {file.relative_to(study).as_posix(): file.read_bytes() for file in files}


if __name__ == "__main__":
    main()
