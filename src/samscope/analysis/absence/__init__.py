"""How well absent frames stand apart from the others, by feature and position."""
