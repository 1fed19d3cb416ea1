"""A benchmark of trackers: contenders, their timing in processes of their own, tables and figures."""
