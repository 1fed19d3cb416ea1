"""The memory rules that samscope brings, one a file, and how they are named and set in one line of text."""
