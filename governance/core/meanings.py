"""What does a signature say? The one sentence for each meaning, and the meaning in which each role signs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

REVIEW, APPROVAL, REJECTION, RESPONSIBILITY = "review", "approval", "rejection", "responsibility"
LOOSENING = "loosening"
ACCEPTANCE = "acceptance"

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        REVIEW: (
            "I have examined the evidence in this record, I took no part in making it, "
            "and I judge it sound and sufficient for a decision."
        ),
        APPROVAL: (
            "I have read this record and its review, I took no part in making the model or its evidence, "
            "and I approve this version for the use that it declares."
        ),
        REJECTION: "I have examined this record, and I return this version for the reason given.",
        RESPONSIBILITY: (
            "I know that the findings in this record are open, I accept responsibility for using the version "
            "in spite of them until the date given, and I stand for the compensating measure."
        ),
        LOOSENING: (
            "I know that this organisation will ask less of its models than it did before, as this record lists, "
            "and I answer for that for the reason given."
        ),
        ACCEPTANCE: (
            "I have read this record of what can go wrong and of what was done about it, I did not write it, "
            "and I accept what is left of the risk for the reason given."
        ),
    }
)

MEANING_OF_ROLE: Mapping[str, str] = MappingProxyType({"reviewer": REVIEW, "approver": APPROVAL})
