"""What goes in and what comes out of the card's and the sites' API? None of these shapes saves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from registry.core.card_field import Field, Kind
from registry.models.card import CardEntry
from registry.models.site import Jurisdiction, ModelSite, Site
from registry.services.card_said import Said

Data = dict[str, Any]


class FieldOutput(serializers.Serializer[Field]):
    """One question of the card."""

    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]  # a question's label, not the serializer's
    question = serializers.CharField()
    section = serializers.CharField()
    kind = serializers.ChoiceField([each.value for each in Kind])
    choices = serializers.DictField(child=serializers.CharField())
    items = serializers.DictField(child=serializers.CharField())
    not_available = serializers.BooleanField()
    review_months = serializers.IntegerField()
    defining = serializers.BooleanField()
    help = serializers.CharField()


class CardInput(serializers.Serializer[Data]):
    """values: key -> answer. not_available: key -> why there is none. reviewed: keys looked at and left as they are.

    expected: key -> number of the entry that the author was shown; an answer given since is then not overwritten.
    """

    values = serializers.DictField(required=False, default=dict)
    not_available = serializers.DictField(child=serializers.CharField(), required=False, default=dict)
    reviewed = serializers.ListField(child=serializers.CharField(max_length=60), required=False, default=list)
    expected = serializers.DictField(child=serializers.IntegerField(min_value=0), required=False, default=dict)

    def validate(self, attrs: Data) -> Data:
        if not any(attrs[name] for name in ("values", "not_available", "reviewed")):
            raise serializers.ValidationError("Give values, not_available or reviewed.")
        return attrs


class SaidOutput(serializers.Serializer[Said]):
    """entry: the entry's id, or the model's where its registration answers (number 0)."""

    key = serializers.CharField()
    value = serializers.JSONField(allow_null=True)
    not_available = serializers.CharField()
    entry = serializers.UUIDField()
    number = serializers.IntegerField()
    author = serializers.CharField(source="author.username")
    reviewed_on = serializers.DateField()
    at = serializers.DateTimeField()


class CardOutput(serializers.Serializer[Data]):
    """asked: how many questions there are. defining_sha256: over the answers that make the tool what it is."""

    model = serializers.CharField()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    defining_sha256 = serializers.CharField()
    said = SaidOutput(many=True)


class CardEntryOutput(serializers.ModelSerializer[CardEntry]):
    author = serializers.CharField(source="author.username")

    class Meta:
        model = CardEntry
        fields = ["id", "key", "number", "value", "not_available", "unchanged", "reviewed_on", "author", "created_at"]


class SiteInput(serializers.Serializer[Data]):
    name = serializers.CharField(max_length=200)
    jurisdiction = serializers.ChoiceField(Jurisdiction.choices)


class SiteOutput(serializers.ModelSerializer[Site]):
    class Meta:
        model = Site
        exclude = ["created_by"]


class ModelSiteInput(serializers.Serializer[Data]):
    site = serializers.SlugRelatedField(slug_field="slug", queryset=Site.objects.all())


class ModelSiteOutput(serializers.ModelSerializer[ModelSite]):
    site = SiteOutput()
    added_by = serializers.CharField(source="added_by.username")

    class Meta:
        model = ModelSite
        fields = ["id", "site", "added_by", "created_at"]
