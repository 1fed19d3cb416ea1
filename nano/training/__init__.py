"""The training of the built-in model: composed clips, a differentiable track, losses, a resumable run."""
