"""EdgeTAM: its checkpoint read, its modules driven as the official predictor drives them."""
