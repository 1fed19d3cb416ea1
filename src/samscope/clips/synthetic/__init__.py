"""Made-up videos: articulated objects in photographed and composed places, with exact masks."""
