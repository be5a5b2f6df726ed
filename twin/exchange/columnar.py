"""Tidy tables as Parquet files, with unit and meaning in the metadata of each field."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

from twin.exchange.tables import Tidy


def parquet_files(tables: Sequence[Tidy], told: Mapping[str, str]) -> dict[str, bytes]:
    """Return one file per table; ``told`` (case, run) goes into the metadata of each file."""
    return {f"{table.name}.parquet": _file(table, told) for table in tables}


def _file(table: Tidy, told: Mapping[str, str]) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    plain = pa.Table.from_pandas(table.frame, preserve_index=False)
    fields = [
        field.with_metadata({"units": table.unit(field.name), "description": table.text(field.name)})
        for field in plain.schema
    ]
    schema = pa.schema(fields, metadata={**(plain.schema.metadata or {}), **dict(told)})
    out = io.BytesIO()
    parquet.write_table(plain.cast(schema), out, compression="zstd")
    return out.getvalue()
