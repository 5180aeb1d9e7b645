"""The room's door to scoring.similarity; loaded by the worker, its confined child and the command line alone."""
