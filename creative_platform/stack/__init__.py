"""The processes behind `make run`: object store, web, worker, under one supervisor; their keys under var/.

Nothing in the platform imports this package, and it knows the platform only as commands to start.
"""
