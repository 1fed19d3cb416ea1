"""The names of the DAVIS layout, which MOSE and YouTube-VOS have too."""

FRAMES_FOLDER = "JPEGImages"
MASKS_FOLDER = "Annotations"
LISTS_FOLDER = "ImageSets"
PREFERRED_RESOLUTION = "480p"
