"""Why a task of a confined child was not done, whatever the task: a stable code and a sentence."""

from creative_platform.core.text import N_

REASONS: dict[str, str] = {
    "inspection.timeout": N_(
        "Checking the file took too long, so it was stopped. Export it again in a simpler form, or ask the organizers."
    ),
    "inspection.memory": N_(
        "Checking the file needed too much memory, so it was stopped. Export it again in a smaller size."
    ),
    "inspection.crashed": N_(
        "The file made the checking program fail. It is probably damaged: export it again and upload it once more."
    ),
    "inspection.storage": N_("The file could not be fetched for checking. Nothing is lost; it will be tried again."),
    "inspection.not_isolated": N_(
        "The server cannot check files safely at the moment. Nothing is lost; the operator has been told."
    ),
}
