"""A family of trackers and a memory rule, as any package may add them to samscope."""
