"""Statistics that know nothing of trackers: AUROC, intervals over videos, decoders, waiting times."""
