"""What goes in, what comes out? Input and output shapes of plans and audits; none of them saves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from audits.core.feasibility import Possible
from audits.core.values import Kind
from audits.models.audit import KIND_CHOICES, Audit, AuditAttempt
from audits.models.check import CheckRow
from audits.models.measurement import MeasurementRow
from audits.models.plan import ValidationPlan
from registry.models.table import PredictionTable

Data = dict[str, Any]


class PlanInput(serializers.Serializer[Data]):
    document = serializers.JSONField()


class PlanOutput(serializers.ModelSerializer[ValidationPlan]):
    frozen_by = serializers.SlugRelatedField[Any](slug_field="username", read_only=True)

    class Meta:
        model = ValidationPlan
        fields = ["id", "version", "number", "document", "digest", "frozen_by", "created_at"]


class SampleSizeInput(serializers.Serializer[Data]):
    table = serializers.PrimaryKeyRelatedField(
        queryset=PredictionTable.objects.all(), required=False, help_text="The newest evaluation table by default."
    )
    anticipated = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        default=list,
        help_text="A value that is expected, as criterion:value; repeat the parameter for several.",
    )


class StatementOutput(serializers.Serializer[Data]):
    """Whether one criterion can be decided on one slice. criterion "": a statement on the whole table."""

    criterion = serializers.CharField()
    measure = serializers.CharField()
    slice = serializers.CharField()
    possible = serializers.ChoiceField([each.value for each in Possible])
    sentence = serializers.CharField()
    anticipated = serializers.FloatField(allow_null=True)
    half_width = serializers.FloatField(allow_null=True)
    needed_rows = serializers.IntegerField(allow_null=True)
    needed_events = serializers.IntegerField(allow_null=True)
    method = serializers.CharField()
    citation = serializers.CharField()


class SampleSizeOutput(serializers.Serializer[Data]):
    plan = serializers.UUIDField()
    table = serializers.UUIDField()
    rows = serializers.IntegerField()
    events = serializers.IntegerField(allow_null=True)
    nonevents = serializers.IntegerField(allow_null=True)
    statements = StatementOutput(many=True)


class AuditsInput(serializers.Serializer[Data]):
    table = serializers.PrimaryKeyRelatedField(queryset=PredictionTable.objects.all())
    reference = serializers.PrimaryKeyRelatedField(
        queryset=PredictionTable.objects.all(), required=False, allow_null=True, default=None
    )
    kinds = serializers.ListField(child=serializers.ChoiceField(KIND_CHOICES), min_length=1)

    def validate_kinds(self, names: list[str]) -> list[Kind]:
        return [Kind(name) for name in names]


class AttemptOutput(serializers.ModelSerializer[AuditAttempt]):
    class Meta:
        model = AuditAttempt
        fields = ["fence", "owner", "created_at"]


class ProgressOutput(serializers.Serializer[Data]):
    """stage: what the job is doing; done of total, in rows, columns or parts. remaining_seconds: what the present stage
    still takes at its pace so far, not the whole job; null while that cannot be told."""

    stage = serializers.CharField()
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    remaining_seconds = serializers.IntegerField(allow_null=True)


class AuditOutput(serializers.ModelSerializer[Audit]):
    progress = ProgressOutput(source="*")
    verdicts = serializers.SerializerMethodField()

    class Meta:
        model = Audit
        fields = [
            "id",
            "kind",
            "version",
            "plan",
            "table",
            "reference",
            "state",
            "progress",
            "verdicts",
            "attempt",
            "code_version",
            "tally_digest",
            "result_sha256",
            "report_sha256",
            "error_code",
            "error_message",
            "created_at",
            "started_at",
            "finished_at",
        ]

    def get_verdicts(self, audit: Audit) -> dict[str, int]:
        """How many checks ended with each verdict."""
        counts = {"met": 0, "not_met": 0, "not_evaluable": 0}
        for check in audit.checks.all():
            counts[check.verdict] += 1
        return counts


class MeasurementOutput(serializers.ModelSerializer[MeasurementRow]):
    class Meta:
        model = MeasurementRow
        fields = [
            "id",
            "measure",
            "slice",
            "across",
            "operating_point",
            "column",
            "value",
            "low",
            "high",
            "n",
            "events",
            "method",
            "reason",
        ]


class CheckOutput(serializers.ModelSerializer[CheckRow]):
    measurement = MeasurementOutput()

    class Meta:
        model = CheckRow
        fields = ["id", "audit", "criterion_id", "criterion", "key", "verdict", "reason", "measurement"]
