"""The tables of memory rules, on planted records."""

import pandas as pd

from samscope.analysis.rules.scores import rule_scores
from samscope.report.rule_tables import costs_table, score_tables
from tests.rule_tables import careful, careless, rule_records

RECORDS = rule_records({"sam2": careless, "oracle": careful})


def test_a_sure_difference_is_tinted() -> None:
    found = score_tables(rule_scores(RECORDS), RECORDS.rules, "interjection")
    tables = {table.name: table for table in found}
    differences = tables["scores-differences-interjection"]
    (rule, cells), after = differences.rows[0], differences.columns.index("J after its return") - 1
    assert (rule, cells[after].text, cells[after].heat) == ("oracle", "+0.233", 4)
    assert [row[0] for row in tables["scores-interjection"].rows] == ["sam2", "oracle"]


def test_costs_stand_beside_the_first_rule_s() -> None:
    costs = pd.DataFrame(
        {
            "rule": ["sam2", "oracle"],
            "milliseconds": [10.0, 12.0],
            "encoding_milliseconds": 6.0,
            "bank_bytes": [2**20, 2**19],
        }
    )
    assert [[cell.text for cell in cells] for _, cells in costs_table(costs).rows] == [
        ["10.0", "1.00", "1.00", "1.00"],
        ["12.0", "1.20", "0.50", "0.50"],
    ]
