"""Questions asked of a study's records: tables and arrays in, numbers with intervals out; never a model."""
