"""What does governance answer? Output shapes; none of them holds a pseudonym."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.core.document import document
from governance.models.approval import Approval
from governance.models.consent import ConsentImport
from governance.models.decision import GateDecision, GateOutcome
from governance.models.pack import PolicyPack
from governance.models.signature import Signature
from governance.models.waiver import Waiver
from governance.services.gate import Answer
from registry.api.serializers import PersonOutput


class ConsentImportOutput(serializers.ModelSerializer[ConsentImport]):
    imported_by = PersonOutput()

    class Meta:
        model = ConsentImport
        fields = ["id", "source", "records", "file_sha256", "imported_by", "created_at"]


class PackOutput(serializers.ModelSerializer[PolicyPack]):
    class Meta:
        model = PolicyPack
        fields = ["id", "slug", "version", "title", "digest", "created_at"]


class PackDetailOutput(PackOutput):
    class Meta(PackOutput.Meta):
        fields = [*PackOutput.Meta.fields, "document"]


class DecisionOutput(serializers.ModelSerializer[GateDecision]):
    pack = PackOutput()

    class Meta:
        model = GateDecision
        fields = [
            "id",
            "version",
            "environment",
            "number",
            "outcome",
            "reasons",
            "pack",
            "facts_sha256",
            "because",
            "decided_at",
            "valid_until",
            "envelope",
        ]


class DecisionDetailOutput(DecisionOutput):
    class Meta(DecisionOutput.Meta):
        fields = [*DecisionOutput.Meta.fields, "assessment"]


class SignatureOutput(serializers.ModelSerializer[Signature]):
    class Meta:
        model = Signature
        fields = ["id", "printed_name", "username", "meaning", "statement", "record_sha256", "signed_at"]


class ApprovalOutput(serializers.ModelSerializer[Approval]):
    role = serializers.CharField()
    signature = SignatureOutput()

    class Meta:
        model = Approval
        fields = ["id", "role", "decision", "reason", "plan_digest", "signature", "created_at"]


class WaiverOutput(serializers.ModelSerializer[Waiver]):
    signature = SignatureOutput()

    class Meta:
        model = Waiver
        fields = [
            "id",
            "table_id",
            "plan_digest",
            "check_key",
            "verdict",
            "reason",
            "compensating_measure",
            "expires_at",
            "signature",
            "created_at",
        ]


class ReasonOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    control = serializers.CharField()
    message = serializers.CharField()
    remedy = serializers.CharField()
    verification = serializers.CharField(help_text="How far the control's citation was checked; empty without one.")


class AnswerOutput(serializers.Serializer[Any]):
    """What the gate says now. A deployment reads `outcome` alone; everything else says why."""

    outcome = serializers.ChoiceField(GateOutcome.choices)
    environment = serializers.CharField()
    at = serializers.DateTimeField()
    reasons = ReasonOutput(many=True)
    decision = DecisionOutput(allow_null=True)


class ControlOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    requirement = serializers.CharField()
    severity = serializers.CharField()
    status = serializers.CharField()
    reason = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    remedy = serializers.CharField()
    # Decisions of earlier releases do not say these.
    pack = serializers.CharField(required=False)
    citation = serializers.CharField(required=False)
    verification = serializers.CharField(required=False)
    note = serializers.CharField(required=False)
    terms_changed = serializers.CharField(required=False)
    applies = serializers.BooleanField(required=False)
    until = serializers.DateField(required=False, allow_null=True)
    again_on = serializers.DateField(required=False, allow_null=True)


class CoverageOutput(serializers.Serializer[Any]):
    """covered of eligible subjects; counts: pairs of category and number. value, low, high: null with a reason."""

    table = serializers.CharField()
    purpose = serializers.CharField()
    covered = serializers.IntegerField()
    eligible = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    consent_based = serializers.BooleanField()
    lapses_at = serializers.DateTimeField(allow_null=True)


class RecordOutput(serializers.Serializer[Any]):
    """What would be signed, its digest (send it back as `expected_sha256`), and what the signature would say."""

    record = serializers.DictField()
    record_sha256 = serializers.CharField()
    statements = serializers.DictField(child=serializers.CharField())
    may = serializers.ListField(child=serializers.DictField())


def answered(answer: Answer) -> dict[str, Any]:
    """The gate's answer as JSON."""
    return {
        "outcome": str(answer.outcome),
        "environment": answer.environment,
        "at": answer.at,
        "reasons": document(answer.reasons),
        "decision": DecisionOutput(answer.decision).data if answer.decision else None,
    }
