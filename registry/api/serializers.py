"""What goes in, what comes out? Input and output shapes of the registry's API; none of them saves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from registry.core.card_rules import JURISDICTIONS
from registry.core.operating_points import HIGHEST_RATE, LOWEST_RATE
from registry.models.dataset import Dataset, LegalBasis
from registry.models.model import DecisionRole, Model, RiskClass
from registry.models.site import Site
from registry.models.table import PredictionTable, TablePurpose
from registry.models.team import Team
from registry.models.token import ApiToken
from registry.models.user import Role, User
from registry.models.version import ModelVersion

Data = dict[str, Any]


class UserInput(serializers.Serializer[Data]):
    username = serializers.RegexField(r"^[\w.@+-]+$", max_length=150)
    full_name = serializers.CharField(max_length=200)
    email = serializers.EmailField()
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))


class RolesInput(serializers.Serializer[Data]):
    roles = serializers.ListField(child=serializers.ChoiceField(Role.choices))


class UserOutput(serializers.ModelSerializer[User]):
    roles = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = ["id", "username", "full_name", "email", "is_active", "roles"]

    def get_roles(self, user: User) -> list[str]:
        return sorted(grant.role for grant in user.role_grants.all())


class PersonOutput(serializers.ModelSerializer[User]):
    """A person as others see them."""

    class Meta:
        model = User
        fields = ["id", "username", "full_name"]


class SessionInput(serializers.Serializer[Data]):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=200, trim_whitespace=False)


class TokenInput(serializers.Serializer[Data]):
    name = serializers.CharField(max_length=120)
    scopes = serializers.ListField(child=serializers.CharField(max_length=40), min_length=1)
    days = serializers.IntegerField(min_value=1, max_value=90, default=30)


class TokenOutput(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at"]


class TeamInput(serializers.Serializer[Data]):
    name = serializers.CharField(max_length=120)


class MemberInput(serializers.Serializer[Data]):
    username = serializers.SlugRelatedField(slug_field="username", queryset=User.objects.filter(is_active=True))


class TeamOutput(serializers.ModelSerializer[Team]):
    members = PersonOutput(many=True)

    class Meta:
        model = Team
        fields = ["id", "name", "slug", "members", "created_at"]


class DatasetInput(serializers.Serializer[Data]):
    team = serializers.SlugRelatedField(slug_field="slug", queryset=Team.objects.all())
    name = serializers.CharField(max_length=200)
    description = serializers.CharField()
    origin = serializers.CharField()
    legal_basis = serializers.ChoiceField(LegalBasis.choices)
    legal_basis_note = serializers.CharField(required=False, default="", allow_blank=True)
    collected_from = serializers.DateField(required=False)
    collected_to = serializers.DateField(required=False)
    site = serializers.SlugRelatedField(slug_field="slug", queryset=Site.objects.all(), required=False)


class DatasetOutput(serializers.ModelSerializer[Dataset]):
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)
    site = serializers.SlugRelatedField[Site](slug_field="slug", read_only=True)

    class Meta:
        model = Dataset
        exclude = ["created_by"]


class ModelInput(serializers.Serializer[Data]):
    team = serializers.SlugRelatedField(slug_field="slug", queryset=Team.objects.all())
    name = serializers.CharField(max_length=200)
    purpose = serializers.CharField()
    population = serializers.CharField()
    intended_users = serializers.CharField()
    setting = serializers.CharField()
    decision_role = serializers.ChoiceField(DecisionRole.choices)
    risk_class = serializers.ChoiceField(RiskClass.choices)
    jurisdictions = serializers.ListField(child=serializers.ChoiceField(list(JURISDICTIONS.items())), min_length=1)


class ModelOutput(serializers.ModelSerializer[Model]):
    team = serializers.SlugRelatedField[Team](slug_field="slug", read_only=True)

    class Meta:
        model = Model
        exclude = ["created_by", "last_version_number"]


class FeatureInput(serializers.Serializer[Data]):
    name = serializers.CharField(max_length=128)
    description = serializers.CharField(required=False, default="", allow_blank=True)


class OperatingPointInput(serializers.Serializer[Data]):
    """A score, or exactly one rate that the point must reach."""

    name = serializers.CharField(max_length=80)
    score = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    comparator = serializers.FloatField(
        min_value=0,
        max_value=1,
        required=False,
        allow_null=True,
        help_text="The comparator's cut-off; only by a score.",
    )
    sensitivity = serializers.FloatField(
        min_value=LOWEST_RATE, max_value=HIGHEST_RATE, required=False, allow_null=True, help_text="At least this."
    )
    specificity = serializers.FloatField(
        min_value=LOWEST_RATE, max_value=HIGHEST_RATE, required=False, allow_null=True, help_text="At least this."
    )
    flag_rate = serializers.FloatField(
        min_value=LOWEST_RATE, max_value=HIGHEST_RATE, required=False, allow_null=True, help_text="At most this."
    )


class VersionInput(serializers.Serializer[Data]):
    artifact_sha256 = serializers.RegexField(r"^[0-9a-f]{64}$")
    artifact_size = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    artifact_name = serializers.CharField(max_length=200)
    training_dataset = serializers.SlugRelatedField(slug_field="slug", queryset=Dataset.objects.all())
    outcome = serializers.CharField(max_length=200)
    features = FeatureInput(many=True)
    operating_points = OperatingPointInput(many=True)
    notes = serializers.CharField(required=False, default="", allow_blank=True)


class VersionOutput(serializers.ModelSerializer[ModelVersion]):
    model = serializers.SlugRelatedField[Model](slug_field="slug", read_only=True)
    training_dataset = serializers.SlugRelatedField[Dataset](slug_field="slug", read_only=True)
    submitted_by = PersonOutput()

    class Meta:
        model = ModelVersion
        fields = [
            "id",
            "model",
            "number",
            "state",
            "artifact_sha256",
            "artifact_size",
            "artifact_name",
            "training_dataset",
            "outcome",
            "features",
            "operating_points",
            "notes",
            "submitted_by",
            "submitted_at",
            "created_at",
        ]


class TableInput(serializers.Serializer[Data]):
    file = serializers.FileField()
    format = serializers.ChoiceField(["csv", "parquet"])
    purpose = serializers.ChoiceField(TablePurpose.choices)
    dataset = serializers.SlugRelatedField(slug_field="slug", queryset=Dataset.objects.all())
    schema = serializers.CharField(
        help_text='Column roles as JSON: {"columns": [{"name": "risk", "role": "score"}, ...]}.'
    )


class TableOutput(serializers.ModelSerializer[PredictionTable]):
    dataset = serializers.SlugRelatedField[Dataset](slug_field="slug", read_only=True)
    uploaded_by = PersonOutput()

    class Meta:
        model = PredictionTable
        fields = [
            "id",
            "version",
            "dataset",
            "purpose",
            "file_name",
            "file_format",
            "file_sha256",
            "file_size",
            "parsed_sha256",
            "rows",
            "subjects",
            "schema",
            "summary",
            "uploaded_by",
            "created_at",
        ]
