"""The model that needs no download."""

BUILT_IN_MODEL = "nano"
"""Its name for ``load_model`` and on the command line."""
