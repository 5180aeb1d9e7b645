"""What the confined child does to make a copy."""
