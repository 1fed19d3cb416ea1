"""Reading of Parquet tables that come from strangers: of the expected columns, and of bounded size."""

from collections.abc import Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular

MOST_FILE_BYTES = 2**30
"""Bytes of a table's file at most."""

MOST_BYTES = 2**30
"""Bytes of a table in memory at most; a few kilobytes of file can claim any number."""

_MOST_METADATA_BYTES = 16 * 2**20
_MOST_METADATA_ENTRIES = 1_000_000
_ROWS_AT_ONCE = 16_384
_ROWS_WITH_LISTS_OF_TEXTS = 256


def read_table(path: Path, schema: pa.Schema, remedy: str, *, may_lack: Collection[str] = ()) -> pa.Table:
    """Return the table of a Parquet file.

    What is in the file's metadata beside the columns is passed over: it names types that a library would
    have to run code for.

    Args:
        path: the file.
        schema: the columns that it must have, exactly.
        remedy: what a user should do about a file that is not so, in the imperative.
        may_lack: names of columns that may be missing.

    Raises:
        SamscopeError: the file cannot be read, is damaged, has other columns, or is too large in memory.
    """
    try:
        with open_regular(path, MOST_FILE_BYTES) as file:
            table = _read(path, pa.PythonFile(file), schema, remedy, frozenset(may_lack))
    except SamscopeError:
        raise
    except OSError as error:
        reason = error.strerror or " ".join(str(error).split())
        raise SamscopeError(
            f"{path}: cannot be read, or is damaged or truncated ({reason}); {remedy}"
        ) from error
    except (pa.ArrowException, ValueError, KeyError, TypeError, IndexError) as error:
        reason = " ".join(str(error).split())
        raise SamscopeError(f"{path}: damaged or truncated ({reason}); {remedy}") from error
    return table


def _read(
    path: Path, file: pa.NativeFile, schema: pa.Schema, remedy: str, may_lack: frozenset[str]
) -> pa.Table:
    limits = {
        "thrift_string_size_limit": _MOST_METADATA_BYTES,
        "thrift_container_size_limit": _MOST_METADATA_ENTRIES,
        "arrow_extensions_enabled": False,
    }
    parquet = pq.ParquetFile(file, **limits)
    lacking = may_lack.difference(parquet.schema_arrow.names)
    schema = pa.schema([field for field in schema if field.name not in lacking])
    if not parquet.schema_arrow.equals(schema):
        raise SamscopeError(f"{path}: not a table of this version of samscope; {remedy}")
    groups = (parquet.metadata.row_group(index) for index in range(parquet.num_row_groups))
    claimed = max(
        parquet.metadata.num_rows * _row_bytes(schema), sum(group.total_byte_size for group in groups)
    )
    _require_small(path, claimed, remedy)
    columns = [parquet.schema.column(index) for index in range(len(parquet.schema))]
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    plain = [path for path in texts if "." not in path]  # those in lists cannot be read by their dictionary
    at_once = _ROWS_AT_ONCE if plain == texts else _ROWS_WITH_LISTS_OF_TEXTS
    parquet = pq.ParquetFile(file, read_dictionary=plain, **limits)
    batches, size = [], 0
    for batch in parquet.iter_batches(batch_size=at_once):
        size += sum(_plain_bytes(column) for column in batch.columns)
        _require_small(path, size, remedy)
        batches.append(batch)
    table = pa.Table.from_batches(batches, parquet.schema_arrow).cast(schema)
    table.validate(full=True)  # texts that are no UTF-8, which the library otherwise meets when they are used
    return table


def _row_bytes(schema: pa.Schema) -> int:
    """Return the least number of bytes that a row takes in memory."""
    return max(1, sum(_width(field.type) for field in schema))


def _width(kind: pa.DataType) -> int:
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        return 4  # an offset


def _plain_bytes(column: pa.Array) -> int:
    """Return how large a column is once no value of it is stored for several rows."""
    if pa.types.is_list(column.type) or pa.types.is_fixed_size_list(column.type):
        return int(column.nbytes) + _plain_bytes(column.flatten())
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).take(column.indices)
    return 4 * len(column) + int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)


def _require_small(path: Path, size: int, remedy: str) -> None:
    if size > MOST_BYTES:
        raise SamscopeError(
            f"{path}: {size:,} bytes in memory; a table of at most {MOST_BYTES:,} is read; {remedy}"
        )
