"""Getting videos and weights, checked and whole."""
