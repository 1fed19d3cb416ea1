"""Source videos, draws and clips."""
