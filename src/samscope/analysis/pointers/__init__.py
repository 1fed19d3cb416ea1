"""What object pointers hold, and what moves them."""
