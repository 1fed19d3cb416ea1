"""What the built-in model is checked on, and the card that states it."""
