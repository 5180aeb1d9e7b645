"""Jury statistics, assignment and similarity: a pure library.

It knows nothing of the web application, of databases or of object stores. It reads no clock and keeps no global
state: the same input and the same seed give the same output. It is usable alone, as ``python -m scoring``.

``scoring.judging``     ranking, uncertainty, juror cards, assignment, snapshots
``scoring.similarity``  reused work in text, image, video, audio, code and documents
``scoring.commands``    one small module a subcommand of ``python -m scoring``
``scoring.errors``      ScoringError and one class a reason
"""
