"""Several studies side by side: what differs between two of them, on the same clips where they have them."""
