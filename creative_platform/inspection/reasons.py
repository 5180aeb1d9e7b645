"""Why a file was refused: a stable code and a sentence that says what happened and what the entrant should do."""

from creative_platform.confinement.reasons import REASONS as OF_CONFINEMENT
from creative_platform.core.text import N_

REASONS: dict[str, str] = {
    **OF_CONFINEMENT,
    "media.empty": N_("The file is empty. Check that it opens on your device and choose it again."),
    "media.type_mismatch": N_(
        "The name of the file ends in %(suffix)s, but its content is something else. Export it again from your "
        "program, or give it the ending of its real type."
    ),
    "media.type_not_allowed": N_(
        "Files of this type cannot be accepted here. Send a video (MP4, WebM), a sound recording (MP3, M4A, OGG), "
        "a picture (JPEG, PNG, WebP), a PDF, a document (DOCX, PPTX, ODT) or a ZIP, as the contest asks."
    ),
    "media.unreadable": N_(
        "The file cannot be read. It may be damaged or protected by a password. Open it on your device, save it "
        "again without a password and upload it once more."
    ),
    "media.truncated": N_(
        "The end of the file is missing. Wait until your program has finished saving or copying it, then upload it "
        "again."
    ),
    "media.duration": N_(
        "The recording is longer than %(limit_s)s seconds, or says so of itself. Shorten it or export it again."
    ),
    "media.too_short": N_("The recording is shorter than %(limit_s)s seconds, the least the rules ask for."),
    "media.checksum": N_("The bytes that arrived are not the ones that were sent. Upload the file again."),
    "media.virus": N_(
        "The virus scanner found %(name)s in the file. Clean your device, make the file anew and upload it again."
    ),
    "media.not_delivered": N_(
        "The file was committed in time, but the bytes that were promised did not arrive before the delivery ended."
    ),
    "media.resolution": N_(
        "A side of the picture is longer than %(limit_px)s pixels. Export it in a smaller size and upload it again."
    ),
    "media.too_many_streams": N_(
        "The file holds more than %(limit)s tracks. Export it with one picture track and one sound track."
    ),
    "media.no_streams": N_(
        "There is no picture or sound in the file that we can play. Export it as MP4 (H.264, AAC), or sound as MP3."
    ),
    "media.external_reference": N_(
        "The file points to other files or addresses instead of holding the work itself. Export it as one complete "
        "file and upload that."
    ),
    "media.too_many_pixels": N_(
        "The picture has more than %(limit_mpx)s million pixels. Save it in a smaller size and upload it again."
    ),
    "media.too_many_frames": N_(
        "The animation has more than %(limit)s pictures. Send it as a video, or make it shorter."
    ),
    "media.too_many_scans": N_(
        "The picture is built up in more than %(limit)s passes. Save it anew as an ordinary JPEG and upload it again."
    ),
    "document.macros": N_(
        "The document holds macros, which are programs. Save it as an ordinary document (DOCX, PPTX or ODT) and upload "
        "that."
    ),
    "document.no_text": N_(
        "There is no text in the document. If the work consists of pictures or scanned pages, export it as PDF."
    ),
    "archive.unsafe_path": N_(
        "The archive holds a file that would be unpacked outside its own folder. Make the ZIP again from the folder "
        "of your project."
    ),
    "archive.unsafe_name": N_(
        "The archive holds a file whose name does not work on every computer. Rename it (no control characters, no "
        "names such as CON, not over 255 characters) and make the ZIP again."
    ),
    "archive.link": N_(
        "The archive holds a link instead of a file. Replace links by the files themselves and make the ZIP again."
    ),
    "archive.ratio": N_(
        "The archive would unpack to far more than it should. Leave out empty or generated files and make the ZIP "
        "again."
    ),
    "archive.nested": N_(
        "The archive holds another archive. Unpack the inner one, or leave it out, and make the ZIP again."
    ),
    "archive.overlap": N_(
        "Files in the archive share the same bytes, which no ordinary program writes. Make the ZIP again with the "
        "tool of your system."
    ),
    "archive.duplicate_name": N_(
        "The archive holds two files with the same name (large and small letters count as the same). Rename one and "
        "make the ZIP again."
    ),
    "archive.too_many_files": N_(
        "The archive holds more than %(limit)s files. Leave out generated folders (for example node_modules, .git) "
        "and make the ZIP again."
    ),
    "archive.encrypted": N_("The archive is protected by a password. Make the ZIP again without one."),
    "archive.corrupt": N_(
        "The archive is damaged or of an unusual kind. Make it again with the tool of your system and upload it once "
        "more."
    ),
}
