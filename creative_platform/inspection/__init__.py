"""What an untrusted file really is: verdict, facts, small pictures, and a clean copy where no re-encoding is needed.

`runner.inspect` asks a confined child (`confinement`); `child/` is what that child does. Every answer is checked as if
an attacker had written it; no outcome is an exception.
"""
