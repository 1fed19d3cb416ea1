"""One tracking step, the memory bank as a value, and the loop over them."""
