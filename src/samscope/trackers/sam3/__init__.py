"""SAM 3's tracker: names of its weights, loading, one step, and its memory selection."""
