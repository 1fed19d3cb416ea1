from io import StringIO
from urllib.parse import unquote

import numpy as np
import pandas as pd

from samscope.report.downloads import MOST_BYTES, csv, download


def test_a_small_table_is_carried_whole() -> None:
    table = pd.DataFrame({"name": ['a "b", #c\n%d', "山羊"], "value": [1.5, np.nan]})
    file = download("numbers", csv(table))
    kind, _, content = file.address.partition(",")
    assert kind == "data:text/csv;charset=utf-8"
    pd.testing.assert_frame_equal(pd.read_csv(StringIO(unquote(content))), table, check_dtype=False)
    assert file.name == "numbers.csv"
    assert not set(file.address) & set("\"'<>#\n ")


def test_a_large_table_stays_beside_the_page() -> None:
    assert download("numbers", b"1\n" * (MOST_BYTES // 2)).address
    file = download("numbers", b"1\n" * (MOST_BYTES // 2 + 1))
    assert file.address == ""
    assert file.size == "300 kB"
