"""How fast clips are tracked, side by side with the library's own session."""
