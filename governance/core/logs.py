"""Which logs can a policy ask for? Every key that a pack may name and a registered log may carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class LogKind:
    """label: the log's name. meaning: one plain sentence, what can be read from it."""

    key: str
    label: str
    meaning: str


_ALL = (
    LogKind("inference", "Log of outputs", "When the model was run, on which input, and what it answered."),
    LogKind("configuration", "Log of settings", "Who changed the version, the operating point or a setting, and when."),
    LogKind("override", "Log of overrides", "When a clinician set the model's output aside, and why."),
    LogKind("access", "Log of access", "Who opened patients' data, when, and for what."),
    LogKind("monitoring", "Log of monitoring", "What the regular checks of performance and data found."),
    LogKind("correction", "Log of corrections", "Which faults in performance or fairness were mended, and when."),
    LogKind("feedback", "Log of feedback", "What users said about an output, what they did, where and when."),
    LogKind("attribute_history", "History of the card", "Who changed which answer of the model's card, and when."),
    LogKind("export", "Log of disclosures", "Which data were given to whom outside the organisation, and when."),
    LogKind("rights_request", "Log of requests", "What patients asked about their data, and how it was answered."),
    LogKind("security", "Log of security events", "Failed sign-ins, attacks and changes of rights."),
    LogKind("change", "Log of changes", "Each change to the model that was carried out, with its results."),
    LogKind("deletion", "Log of deletions", "Which data were deleted or sent back, and when."),
)
LOGS: Mapping[str, LogKind] = MappingProxyType({each.key: each for each in _ALL})
