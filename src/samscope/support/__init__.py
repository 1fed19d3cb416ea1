"""What everything else stands on: errors, progress, disk, locks, safe text, provenance, object storage.

Nothing here knows of videos, clips, models or studies.
"""
