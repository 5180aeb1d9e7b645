"""What the confined child does to find out what a file is."""
