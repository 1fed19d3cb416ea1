"""Getting videos and weights: fetched, checked and unpacked as a whole."""
