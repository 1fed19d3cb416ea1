"""What memory rules gain and lose: their scores, and what memories of frames without the object do."""
