"""A study's work done by many processes and machines."""
