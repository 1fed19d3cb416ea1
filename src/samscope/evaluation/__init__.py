"""Scoring of any model on any DAVIS-format folder."""
