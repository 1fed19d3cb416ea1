"""Seeded draws: which videos, objects, frames and partners a study's clips are made of."""
