"""What people look at when a file itself is too heavy, or too strange for a browser: copies that cost processor time.

`runner.render` asks a confined child (`confinement`) for one copy of one file; `child/` is what that child does.
`contract.copies_for` says which copies a file has. Nothing of the original but decoded pictures and sound gets in.
"""
