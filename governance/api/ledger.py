"""How does a program read the ledger, and check it? Entries, proofs, and the verdict on the whole; nothing writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance import ledger
from governance.models.ledger import LedgerEntry
from registry.models.user import User

Data = dict[str, Any]
MOST = 2**53


# --- what is asked


class EntriesQuery(serializers.Serializer[Any]):
    kind = serializers.CharField(required=False, max_length=60)
    object_id = serializers.CharField(required=False, max_length=64)
    version = serializers.UUIDField(required=False, source="subject_version_id", help_text="A model version's id.")


class ProofQuery(serializers.Serializer[Any]):
    size = serializers.IntegerField(required=False, min_value=1, max_value=MOST, help_text="Default: the whole ledger.")


class ConsistencyQuery(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        # "from" is a word of Python's own and cannot be an attribute.
        return {name: serializers.IntegerField(min_value=0, max_value=MOST) for name in ("from", "to")}


# --- what is answered


class HeadOutput(serializers.Serializer[Any]):
    origin = serializers.CharField()
    size = serializers.IntegerField()
    # DRF takes declared fields off the class, so this does not hide BaseSerializer.root.
    root = serializers.CharField(help_text="Hexadecimal, as every hash here.")  # type: ignore[assignment]


class ActorOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class ObjectOutput(serializers.Serializer[Any]):
    type = serializers.CharField()
    id = serializers.CharField()


class EntryOutput(serializers.Serializer[Any]):
    idx = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    actor = ActorOutput(allow_null=True, help_text="Null when the system acted by itself.")
    object = ObjectOutput()
    version = serializers.UUIDField(allow_null=True)
    leaf_hash = serializers.CharField()
    entry = serializers.CharField(help_text="The exact text that is hashed: leaf_hash = SHA-256(0x00 || UTF-8 of it).")
    body = serializers.JSONField(allow_null=True, help_text="Null when it was erased.")


class ProofOutput(HeadOutput):
    idx = serializers.IntegerField()
    leaf_hash = serializers.CharField()
    hashes = serializers.ListField(child=serializers.CharField(), help_text="RFC 9162, 2.1.3.")


class ConsistencyOutput(serializers.Serializer[Any]):
    origin = serializers.CharField()
    to = serializers.IntegerField()
    from_root = serializers.CharField()
    to_root = serializers.CharField()
    hashes = serializers.ListField(child=serializers.CharField(), help_text="RFC 9162, 2.1.4.")

    def get_fields(self) -> dict[str, Any]:
        return {"from": serializers.IntegerField(), **super().get_fields()}


class ReportOutput(HeadOutput):
    ok = serializers.BooleanField()
    first_bad = serializers.IntegerField(allow_null=True)
    problems = serializers.ListField(child=serializers.CharField())


# --- the views


class LedgerHeadView(APIView):
    @extend_schema(responses=HeadOutput)
    def get(self, request: Request) -> Response:
        return Response(HeadOutput({"origin": ledger.origin(), **asdict(ledger.head())}).data)


class LedgerEntriesView(generics.ListAPIView[LedgerEntry]):
    serializer_class = EntryOutput
    filter_backends = ()
    queryset = LedgerEntry.objects.all()

    @extend_schema(parameters=[EntriesQuery])
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset().filter(**_asked(EntriesQuery, request))) or []
        return self.get_paginated_response(EntryOutput(_shown(page), many=True).data)


class LedgerEntryView(APIView):
    @extend_schema(responses=EntryOutput)
    def get(self, request: Request, idx: int) -> Response:
        return Response(EntryOutput(_shown([ledger.entry_at(idx)])[0]).data)


class LedgerProofView(APIView):
    @extend_schema(parameters=[ProofQuery], responses=ProofOutput)
    def get(self, request: Request, idx: int) -> Response:
        size = _asked(ProofQuery, request).get("size") or ledger.head().size
        proof = {
            "origin": ledger.origin(),
            "idx": idx,
            "size": size,
            "root": ledger.root_at(size),
            "leaf_hash": bytes(ledger.entry_at(idx).leaf_hash).hex(),
            "hashes": ledger.inclusion_proof(idx, size),
        }
        return Response(ProofOutput(proof).data)


class LedgerConsistencyView(APIView):
    @extend_schema(parameters=[ConsistencyQuery], responses=ConsistencyOutput)
    def get(self, request: Request) -> Response:
        asked = _asked(ConsistencyQuery, request)
        proof = {
            **asked,
            "origin": ledger.origin(),
            "from_root": ledger.root_at(asked["from"]),
            "to_root": ledger.root_at(asked["to"]),
            "hashes": ledger.consistency_proof(asked["from"], asked["to"]),
        }
        return Response(ConsistencyOutput(proof).data)


class LedgerVerifyView(APIView):
    @extend_schema(responses=ReportOutput)
    def get(self, request: Request) -> Response:
        return Response(ReportOutput({"origin": ledger.origin(), **asdict(ledger.verify())}).data)


def _asked(query: type[serializers.Serializer[Any]], request: Request) -> Data:
    given = query(data=request.query_params)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _shown(entries: Sequence[LedgerEntry]) -> list[Data]:
    """Entries with their actors' names and their bodies: three queries, however many entries."""
    people = User.objects.in_bulk({entry.actor_id for entry in entries if entry.actor_id})
    bodies = ledger.bodies_of(entries)
    return [
        {
            "idx": entry.idx,
            "at": entry.at,
            "kind": entry.kind,
            "actor": {"id": entry.actor_id, "name": str(people.get(entry.actor_id, ""))} if entry.actor_id else None,
            "object": {"type": entry.object_type, "id": entry.object_id},
            "version": entry.subject_version_id,
            "leaf_hash": bytes(entry.leaf_hash).hex(),
            "entry": bytes(entry.entry).decode(),
            "body": bodies[entry.idx],
        }
        for entry in entries
    ]
