"""The pages of a study and of a comparison: what they say, and how it is laid out."""
