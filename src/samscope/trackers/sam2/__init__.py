"""SAM 2: its checkpoints read, its modules driven as the official predictor drives them."""
