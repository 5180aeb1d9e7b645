"""Draws and plays what the demo hands in: films, recordings, posters, papers, programs.

Everything is made from a seed, so that the same files come out each time. It needs numpy, Pillow, PyAV and typst, so no
web process imports it.
"""
