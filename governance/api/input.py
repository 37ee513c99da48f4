"""What may a caller send to governance? Input shapes; none of them saves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.models.approval import ApprovalDecision
from governance.models.decision import Environment

Data = dict[str, Any]
SHA256 = r"^[0-9a-f]{64}$"
ROLES = [("reviewer", "Reviewer"), ("approver", "Approver")]


class WithdrawalInput(serializers.Serializer[Data]):
    pseudonym = serializers.CharField(max_length=128)
    purpose = serializers.CharField(max_length=60)
    reason = serializers.CharField(max_length=2000)


class ConsentRecordInput(serializers.Serializer[Data]):
    """One record of an import, for the API's description; the file itself is read by `core.consent_file`."""

    pseudonym = serializers.CharField(max_length=128)
    purpose = serializers.CharField(max_length=60)
    status = serializers.ChoiceField(["active", "denied", "withdrawn"])
    valid_from = serializers.CharField(help_text="A date, or a time with its offset.")
    valid_to = serializers.CharField(required=False, allow_null=True)
    recorded_at = serializers.CharField(required=False, help_text="When it took effect; valid_from if absent.")


class ConsentsInput(serializers.Serializer[Data]):
    # DRF takes declared fields off the class, so this does not hide Field.source.
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]
    records = ConsentRecordInput(many=True)


class EnvironmentInput(serializers.Serializer[Data]):
    environment = serializers.ChoiceField(Environment.choices, default=Environment.PRODUCTION)


class AskInput(EnvironmentInput):
    because = serializers.CharField(max_length=300, required=False, default="asked through the API")


class CoverageInput(serializers.Serializer[Data]):
    purpose = serializers.CharField(max_length=60)


class ApprovalInput(serializers.Serializer[Data]):
    role = serializers.ChoiceField(ROLES)
    decision = serializers.ChoiceField(ApprovalDecision.choices)
    reason = serializers.CharField(max_length=5000, allow_blank=True)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)


class FindingsInput(serializers.Serializer[Data]):
    checks = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=500)


class WaiverInput(FindingsInput):
    reason = serializers.CharField(max_length=5000, allow_blank=True)
    compensating_measure = serializers.CharField(max_length=5000, allow_blank=True, required=False, default="")
    expires_at = serializers.DateTimeField()
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)
