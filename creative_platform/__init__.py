"""The platform: rooms on a ladder; imports go down only.

    app | stack > cli > rooms        what starts it, commands, the list of rooms
    erasing                          a person, or a contest with all in it, goes from every room at once
    api                              public JSON, OpenAPI
    desk | showcase                  first pages of each role; public pages
    realization                      (later) awarded ideas becoming projects
    deliberation                     the jury's meeting: agenda, attendance, minutes; the protocol
    results                          result sets, decisions, publication, certificates
    assigning | verdicts             who judges what, lost and further assignments; what organizers do with matches
    judging | similarity             panels, assignments, scoresheets; sketches, starter material, matches, verdicts
    screening                        what organizers see of entries and decide before the jury
    entries                          drafts, teams, revisions, receipts
    setup                            starting, editing, publishing, copying a contest; its staff
    contests                         contests and their parts, what each may hold, published rules, where one stands
    communities | rules              assemblies, collectives and their members; versions of rules compared, in words
    accounts                         people, sign-in, sessions, tokens
    uploads                          the life of a file: announced, committed, sent, checked, removed
    media | notices                  stored objects, their copies, captions; outbox mail
    web | renditions                 HTTP kit that knows no room; copies for browsers and slow lines, page pictures
    inspection                       what an untrusted file is, its pictures, a clean copy where none is encoded
    confinement                      a child process that gets ranges of a file and nothing else of this machine
    core                             transaction, clock, errors, queue, audit, ids, text: no HTTP

Beside the ladder stands `scoring`, a pure library; only the `engine` of similarity, judging and results imports it.
"""

from typing import Any

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    if name == "create_app":
        from creative_platform.app import create_app  # noqa: PLC0415 -- programs that need one module load only that one

        return create_app
    raise AttributeError(name)
