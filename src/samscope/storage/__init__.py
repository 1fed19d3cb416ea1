"""Videos and results on object storage, through fsspec."""
