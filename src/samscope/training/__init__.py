"""How the built-in model is made: composed clips, a differentiable track, losses, a resumable run."""
