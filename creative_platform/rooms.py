"""Which rooms there are, bottom floor first, and all of their tables."""

from __future__ import annotations

from types import ModuleType

from creative_platform.accounts import models as accounts
from creative_platform.accounts import views as accounts_views
from creative_platform.api import models as api
from creative_platform.api import views as api_views
from creative_platform.assigning import views as assigning_views
from creative_platform.communities import models as communities
from creative_platform.communities import views as communities_views
from creative_platform.contests import models as contests
from creative_platform.contests import views as contests_views
from creative_platform.core import audit, queue
from creative_platform.deliberation import models as deliberation
from creative_platform.deliberation import views as deliberation_views
from creative_platform.desk import views as desk_views
from creative_platform.entries import models as entries
from creative_platform.entries import views as entries_views
from creative_platform.erasing import views as erasing_views
from creative_platform.judging import models as judging
from creative_platform.judging import views as judging_views
from creative_platform.media import models as media
from creative_platform.media import views as media_views
from creative_platform.notices import models as notices
from creative_platform.notices import views as notices_views
from creative_platform.results import models as results
from creative_platform.results import views as results_views
from creative_platform.screening import views as screening_views
from creative_platform.setup import views as setup_views
from creative_platform.showcase import views as showcase_views
from creative_platform.similarity import installing as similarity_installing
from creative_platform.similarity import models as similarity
from creative_platform.uploads import models as uploads
from creative_platform.uploads import views as uploads_views
from creative_platform.verdicts import views as verdicts_views

TABLES = (
    accounts,
    api,
    audit,
    communities,
    contests,
    deliberation,
    entries,
    judging,
    media,
    notices,
    queue,
    results,
    similarity,
    uploads,
)

# Modules whose ``install(app)`` sets up a room: its views, its jobs, its menu entries.
INSTALLS: tuple[ModuleType, ...] = (
    media_views,
    notices_views,
    uploads_views,
    accounts_views,
    communities_views,
    contests_views,
    setup_views,
    entries_views,
    screening_views,
    similarity_installing,
    verdicts_views,
    judging_views,
    assigning_views,
    results_views,
    deliberation_views,
    showcase_views,
    desk_views,
    api_views,
    erasing_views,
)
