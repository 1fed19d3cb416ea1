"""How well the masks fit, and what the tracker does when its object is gone or comes back."""
