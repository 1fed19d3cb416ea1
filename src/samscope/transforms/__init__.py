"""The six sets: one file for each, and the compositing that they share."""
