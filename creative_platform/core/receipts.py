"""Checking a receipt away from the installation that signed it: the file and the public keys are enough."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from creative_platform.core import signing
from creative_platform.core.audit import canonical


def problems_of_receipt_file(kept: dict[str, Any], keys: dict[str, str]) -> list[str]:
    """Return what does not hold in a receipt file, checked with the public keys alone; empty when it is genuine."""
    problems = []
    try:
        payload = json.loads(kept["payload"])
        if not signing.verify(kept["key_id"], kept["payload"].encode(), kept["signature"], keys):
            problems.append("the signature does not match, or its key is unknown")
        if (payload["type"], payload["v"]) != ("receipt", 1):
            problems.append("what was signed is no receipt")
        if "digests" in kept and hashlib.sha256(canonical(kept["digests"])).hexdigest() != payload["revision_sha256"]:
            problems.append("the digests are not those that were signed")
        second = kept.get("verification")
        if second and not signing.verify(second["key_id"], second["payload"].encode(), second["signature"], keys):
            problems.append("the signature of the second line does not match")
        line = json.loads(second["payload"]) if second else {"type": "receipt.verified", "code": payload["code"]}
        if (line["type"], line["code"]) != ("receipt.verified", payload["code"]):
            problems.append("the second line belongs to another receipt")
    except (KeyError, TypeError, ValueError, AttributeError):
        problems.append("this is no receipt file")
    return problems
