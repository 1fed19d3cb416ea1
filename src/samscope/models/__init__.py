"""Loading a SAM 2, and the positions at which it is observed."""
