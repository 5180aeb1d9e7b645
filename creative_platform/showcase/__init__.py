"""Showcase: what the public sees: home, calls, contest, gallery, winners, verification."""
