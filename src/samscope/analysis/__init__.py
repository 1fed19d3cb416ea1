"""One file a question; reads records, never the model."""
