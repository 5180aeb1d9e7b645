"""The demo: people, communities and three contests on real files, made by the verbs that everybody uses.

`flask demo` runs in a process of its own, once; web processes never import this package. What it made is listed in
``var/demo.json``. All texts lie in ``texts/``, all pictures and sounds are drawn by ``art/``.
"""
