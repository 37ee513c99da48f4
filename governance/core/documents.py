"""Which kinds of documents does a policy ask for? Each with what it is, who writes it, and what it must answer.

A kind that is about the organisation may also be written for one model; a kind that is about a model always names it.
The kinds stand in three files by what they are about; whoever needs another adds it there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from governance.core import documents_care, documents_design, documents_privacy
from governance.core.documents_kind import DocumentKind as DocumentKind
from governance.core.documents_kind import Scope as Scope

_KINDS = (*documents_design.KINDS, *documents_care.KINDS, *documents_privacy.KINDS)
DOCUMENTS: Mapping[str, DocumentKind] = MappingProxyType({kind.key: kind for kind in _KINDS})
