from samscope.analysis.absence.measurements import all_measurements, measurement, measurements
from samscope.records.schema import FEATURES, MAP_PARTS


def test_every_distance_column_of_the_records_is_one_measurement() -> None:
    keys = {
        "set",
        "clip",
        "frame",
        "position",
        "references",
        "age",
        "references_untransformed",
        "age_untransformed",
        "references_online",
        "age_online",
    }
    columns = [measure.column for measure in all_measurements()]
    assert len(columns) == len(set(columns))
    of_maps = {f"{kind}_{part}" for kind in ("mean", "variance") for part in MAP_PARTS}
    assert set(columns) == set(FEATURES.names) - keys - of_maps


def test_the_spread_counts_for_the_long_distance_alone() -> None:
    assert [measure.column for measure in measurements("variance")] == ["short", "long_variance", "ratio"]
    assert measurement("short", "variance") == measurement("short", "none")
    assert measurement("long", "none", "untransformed").column == "long_none_untransformed"
    assert [measure.column for measure in measurements("variance_without_floor", "online")] == [
        "short_online",
        "long_variance_without_floor_online",
        "ratio_online",
    ]
