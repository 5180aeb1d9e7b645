"""The shapes of what comes in and goes out, by the name under which the OpenAPI document shows them."""

from __future__ import annotations

from creative_platform.api.json_schema import Schema
from creative_platform.api.schemas.entering import ENTERING
from creative_platform.api.schemas.judging import JUDGING
from creative_platform.api.schemas.managing import MANAGING

SCHEMAS: dict[str, Schema] = {**ENTERING, **JUDGING, **MANAGING}
