"""What a trace's outcomes say of causes: cells, effects with intervals, answers; tables in, never a model."""
