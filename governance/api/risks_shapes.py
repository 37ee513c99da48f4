"""What may be sent about risks, and what is answered? Input and output shapes; none of them saves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.input import ROLES, SHA256
from governance.api.output import SignatureOutput
from governance.core.hazards import CHARACTERISTICS, HAZARDS, OTHER
from governance.models.risk import (
    CONTROL_KIND_CHOICES,
    RegisterAcceptance,
    RiskAcceptance,
    RiskControl,
    RiskRevision,
    RiskState,
)
from registry.api.serializers import PersonOutput

Data = dict[str, Any]


class RiskInput(serializers.Serializer[Data]):
    hazard = serializers.ChoiceField([*HAZARDS, OTHER])
    title = serializers.CharField(max_length=200)
    sequence = serializers.CharField(max_length=5000)
    situation = serializers.CharField(max_length=5000)
    harm = serializers.CharField(max_length=5000)
    characteristics = serializers.ListField(child=serializers.ChoiceField(list(CHARACTERISTICS)), default=list)
    probability = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)
    severity = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)
    residual_probability = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)
    residual_severity = serializers.IntegerField(min_value=1, max_value=5, allow_null=True, default=None)
    benefit_note = serializers.CharField(max_length=5000, allow_blank=True, default="")
    reason = serializers.CharField(max_length=5000, allow_blank=True, default="")


EXPECTED = "The number of the revision that you read; refused as risk_moved_on when there is a newer one."


class RiskRevisionInput(RiskInput):
    expected = serializers.IntegerField(min_value=1, allow_null=True, default=None, help_text=EXPECTED)
    state = serializers.ChoiceField(RiskState.choices, default=RiskState.OPEN)


class RiskControlInput(serializers.Serializer[Data]):
    kind = serializers.ChoiceField(CONTROL_KIND_CHOICES)
    text = serializers.CharField(max_length=5000)
    implemented_on = serializers.DateField(allow_null=True, default=None)
    verified_on = serializers.DateField(allow_null=True, default=None)
    audit = serializers.UUIDField(allow_null=True, default=None, help_text="A finished audit that shows its effect.")


class RiskControlRevisionInput(RiskControlInput):
    expected = serializers.IntegerField(min_value=1, allow_null=True, default=None, help_text=EXPECTED)
    withdrawn = serializers.BooleanField(default=False)


class RiskAcceptanceInput(serializers.Serializer[Data]):
    role = serializers.ChoiceField([*ROLES, ("compliance", "Compliance officer")])
    reason = serializers.CharField(max_length=5000, allow_blank=True)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)


class RiskControlOutput(serializers.ModelSerializer[RiskControl]):
    written_by = PersonOutput()

    class Meta:
        model = RiskControl
        fields = [
            "number",
            "revision",
            "kind",
            "text",
            "implemented_on",
            "verified_on",
            "audit",
            "withdrawn",
            "written_by",
            "created_at",
        ]


class RiskRevisionOutput(serializers.ModelSerializer[RiskRevision]):
    written_by = PersonOutput()
    level = serializers.CharField(source="written.level", allow_null=True)
    residual_level = serializers.CharField(source="written.residual_level", allow_null=True)

    class Meta:
        model = RiskRevision
        fields = [
            "number",
            "hazard",
            "title",
            "sequence",
            "situation",
            "harm",
            "characteristics",
            "probability",
            "severity",
            "level",
            "residual_probability",
            "residual_severity",
            "residual_level",
            "benefit_note",
            "state",
            "reason",
            "written_by",
            "created_at",
        ]


class RiskAcceptanceOutput(serializers.ModelSerializer[RiskAcceptance]):
    signature = SignatureOutput()

    class Meta:
        model = RiskAcceptance
        fields = ["id", "role", "reason", "signature", "created_at"]


class RegisterAcceptanceOutput(serializers.ModelSerializer[RegisterAcceptance]):
    signature = SignatureOutput()

    class Meta:
        model = RegisterAcceptance
        fields = ["id", "role", "reason", "signature", "created_at"]


class CountingAcceptanceOutput(serializers.Serializer[Any]):
    """An acceptance, and why it does not count; "" when it does."""

    acceptance = RiskAcceptanceOutput(source="row")
    why_not = serializers.CharField()


class CountingRegisterOutput(serializers.Serializer[Any]):
    acceptance = RegisterAcceptanceOutput(source="row")
    why_not = serializers.CharField()


class RiskOutput(serializers.Serializer[Any]):
    """One entry as it stands. untouched: a suggestion that nobody has looked at. accepted_by: null while nobody has."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    untouched = serializers.BooleanField()
    revision = RiskRevisionOutput()
    controls = RiskControlOutput(many=True)
    accepted_by = serializers.CharField(allow_null=True)


class RiskDetailOutput(RiskOutput):
    revisions = RiskRevisionOutput(many=True)
    control_history = RiskControlOutput(many=True)
    acceptances = CountingAcceptanceOutput(many=True)
