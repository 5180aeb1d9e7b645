"""The verbs of results: computing, deciding, publishing, certificates."""

from creative_platform.results.service.amending import amend_results, give_anew
from creative_platform.results.service.computing import (
    COMPUTE_JOB,
    EXPLAIN_JOB,
    METHODS,
    NO_EXPLANATION,
    compute,
    compute_results,
    explain,
    give_up_explaining,
)
from creative_platform.results.service.deciding import decide, revoke_decision
from creative_platform.results.service.erasing import erase_certificates, forget_papers_later
from creative_platform.results.service.publishing import (
    CERTIFICATE_JOB,
    make_certificate,
    publish_results,
    stands_as_published,
)
from creative_platform.results.service.quotas import (
    NOT_CHOSEN,
    QUOTAS_JOB,
    QuotaRule,
    ask_quotas,
    choose,
    give_up_choosing,
)

__all__ = [
    "CERTIFICATE_JOB",
    "COMPUTE_JOB",
    "EXPLAIN_JOB",
    "METHODS",
    "NOT_CHOSEN",
    "NO_EXPLANATION",
    "QUOTAS_JOB",
    "QuotaRule",
    "amend_results",
    "ask_quotas",
    "choose",
    "compute",
    "compute_results",
    "decide",
    "erase_certificates",
    "explain",
    "forget_papers_later",
    "give_anew",
    "give_up_choosing",
    "give_up_explaining",
    "make_certificate",
    "publish_results",
    "revoke_decision",
    "stands_as_published",
]
