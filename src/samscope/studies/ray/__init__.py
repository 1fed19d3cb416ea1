"""A study's work done by the workers of a Ray cluster."""
