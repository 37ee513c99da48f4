"""What does the API say of packs, adoptions and overlays, and what does it take? None of these saves."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rest_framework import serializers

from governance.api.output import PackOutput, SignatureOutput
from governance.core.document import document
from governance.core.pack_changes import Changes
from governance.core.pack_yaml import MAX_BYTES
from governance.core.policy import PackStatus, Verification
from governance.models.overlay import OverlayLoosening, PolicyOverlay
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import overlays
from governance.services.pack_loosening import Signing
from registry.api.serializers import PersonOutput

Data = dict[str, Any]
SHA256 = r"^[0-9a-f]{64}$"


class SignedIfLessInput(serializers.Serializer[Data]):
    """Needed only where less would be asked than today; then all that a signature takes."""

    reason = serializers.CharField(max_length=5000, required=False, default="", allow_blank=True)
    password = serializers.CharField(max_length=200, required=False, default="", trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)

    def validate(self, attrs: Data) -> Data:
        """{"signing": ...} beside what else was given; None without a password."""
        given = {name: attrs.pop(name) for name in ("reason", "password", "expected_sha256")}
        return {**attrs, "signing": Signing(**given) if given["password"] else None}


class AdoptionInput(SignedIfLessInput):
    gating = serializers.BooleanField()


class MoveInput(serializers.Serializer[Data]):
    """gating: as it would be adopted; drop: to see what dropping it asks less."""

    gating = serializers.BooleanField(required=False, default=False)
    drop = serializers.BooleanField(required=False, default=False)


class ChangesInput(serializers.Serializer[Data]):
    old = serializers.RegexField(SHA256)
    new = serializers.RegexField(SHA256)


class OverlayInput(serializers.Serializer[Data]):
    """content: the YAML file as text. onto: the digest of the content to extend, where it is not the one in use."""

    content = serializers.CharField(max_length=MAX_BYTES, trim_whitespace=False)
    onto = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)


class LooseningInput(serializers.Serializer[Data]):
    reason = serializers.CharField(max_length=5000, allow_blank=True)
    password = serializers.CharField(max_length=200, trim_whitespace=False)
    expected_sha256 = serializers.RegexField(SHA256, required=False, default=None, allow_null=True)


class AdoptionOutput(serializers.ModelSerializer[PackAdoption]):
    adopted_by = PersonOutput(allow_null=True)

    class Meta:
        model = PackAdoption
        fields = ["slug", "gating", "adopted_by", "adopted_at"]


class PackListedOutput(PackOutput):
    """verification: how many controls were checked in the primary text, in a summary, or not yet."""

    status = serializers.CharField(source="document.status", help_text=", ".join(each.value for each in PackStatus))
    jurisdiction = serializers.CharField(source="document.jurisdiction")
    effective_from = serializers.CharField(source="document.effective_from")
    effective_to = serializers.SerializerMethodField()
    reviewed_on = serializers.CharField(source="document.reviewed_on")
    controls = serializers.SerializerMethodField()
    verification = serializers.SerializerMethodField()
    derived_from = serializers.DictField(allow_null=True)
    adoption = serializers.SerializerMethodField()

    class Meta(PackOutput.Meta):
        fields = [
            *PackOutput.Meta.fields,
            "status",
            "jurisdiction",
            "effective_from",
            "effective_to",
            "reviewed_on",
            "controls",
            "verification",
            "derived_from",
            "adoption",
        ]

    def get_effective_to(self, pack: PolicyPack) -> str | None:
        found: str | None = pack.document.get("effective_to")
        return found

    def get_controls(self, pack: PolicyPack) -> int:
        return len(pack.document["controls"])

    def get_verification(self, pack: PolicyPack) -> dict[str, int]:
        counted = Counter(each.get("verification", Verification.READ.value) for each in pack.document["controls"])
        return {each.value: counted[each.value] for each in Verification}

    def get_adoption(self, pack: PolicyPack) -> dict[str, Any] | None:
        found = next(iter(pack.adoptions.all()), None)
        return AdoptionOutput(found).data if found else None


class PackWholeOutput(PackListedOutput):
    class Meta(PackListedOutput.Meta):
        fields = [*PackListedOutput.Meta.fields, "document"]


class DifferenceOutput(serializers.Serializer[Any]):
    field = serializers.CharField()
    text = serializers.CharField()
    loosens = serializers.BooleanField()


class ChangedOutput(serializers.Serializer[Any]):
    control = serializers.CharField(help_text="Empty for what the pack says of itself.")
    loosens = serializers.BooleanField()
    differences = DifferenceOutput(many=True)


class ChangesOutput(serializers.Serializer[Changes]):
    added = serializers.ListField(child=serializers.CharField())
    removed = serializers.ListField(child=serializers.CharField())
    changed = ChangedOutput(many=True)
    loosens = serializers.BooleanField()
    loosening = serializers.ListField(child=serializers.CharField())


class LooseningOutput(serializers.ModelSerializer[OverlayLoosening]):
    signature = SignatureOutput()

    class Meta:
        model = OverlayLoosening
        fields = ["id", "reason", "pack", "signature", "created_at"]


class OverlayOutput(serializers.ModelSerializer[PolicyOverlay]):
    extends = PackOutput()
    uploaded_by = PersonOutput()

    class Meta:
        model = PolicyOverlay
        fields = ["id", "slug", "version", "title", "digest", "extends", "uploaded_by", "created_at"]


class OverlayWholeOutput(OverlayOutput):
    """in_use: the content that holds now. changes: from there to all that the overlay says; waits: for a signature."""

    loosenings = LooseningOutput(many=True)

    class Meta(OverlayOutput.Meta):
        fields = [*OverlayOutput.Meta.fields, "document", "loosenings"]

    def to_representation(self, instance: PolicyOverlay) -> dict[str, Any]:
        found = overlays.standing(instance)
        compared = document(ChangesOutput(found.changes).data)
        told = {"in_use": found.current.digest, "newest": found.newest, "waits": found.waits, "changes": compared}
        return {**super().to_representation(instance), **told}
