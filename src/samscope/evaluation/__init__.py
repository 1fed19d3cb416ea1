"""Scoring of any tracker on any folder of videos: J and F by the DAVIS protocol, and its speed."""
