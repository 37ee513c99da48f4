"""The policy packs that were loaded, each at its digest."""

from __future__ import annotations

from rest_framework import generics

from governance.api.output import PackDetailOutput, PackOutput
from governance.models.pack import PolicyPack


class PacksView(generics.ListAPIView[PolicyPack]):
    serializer_class = PackOutput
    filterset_fields = ["slug", "digest"]
    queryset = PolicyPack.objects.all()


class PackView(generics.RetrieveAPIView[PolicyPack]):
    """One pack with its whole document."""

    serializer_class = PackDetailOutput
    queryset = PolicyPack.objects.all()
