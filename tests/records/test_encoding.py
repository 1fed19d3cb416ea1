"""Tables are encoded without loss, and smaller than by default."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from samscope.records.encoding import encoding
from samscope.records.schema import TABLES


def test_measured_numbers_have_no_dictionary_and_names_do() -> None:
    repeated = encoding(TABLES["frames"])["use_dictionary"]
    assert {"set", "clip", "frame"} <= set(repeated)
    assert not {"object_pointer", "object_score", "predicted_box", "j"} & set(repeated)
    assert encoding(TABLES["features"])["use_dictionary"][:4] == ["set", "clip", "frame", "position"]


def test_it_is_smaller_and_the_same() -> None:
    values = np.random.default_rng(0).normal(size=(500, 64)).astype(np.float32)
    kind = pa.list_(pa.float32())
    schema = pa.schema([("set", pa.string()), ("pointer", kind)])
    table = pa.table([["clean"] * 500, pa.array(list(values), kind)], schema)
    sizes = []
    for arguments in ({"compression": "zstd"}, encoding(schema)):
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, **arguments)
        assert pq.read_table(pa.BufferReader(sink.getvalue())).equals(table)
        sizes.append(sink.getvalue().size)
    assert sizes[1] < 0.9 * sizes[0]
