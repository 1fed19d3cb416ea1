"""One function a figure of the paper; takes records, returns a matplotlib figure."""
