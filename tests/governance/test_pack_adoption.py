"""Which packs does the organisation use, and does newer content stay outside until somebody adopts it?"""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from governance import ledger
from governance.errors import AdoptionRefused, NoPack, RoleNotHeld
from governance.models.ledger import LedgerEntry
from governance.models.pack import PackAdoption, PolicyPack
from governance.services import pack_adoption, packs
from governance.services.pack_loosening import Signing
from registry.models.user import Role, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
Person = Callable[..., User]
BASELINE = (packs.SHIPPED / "baseline.yaml").read_bytes()
STRICTER = BASELINE.replace(b'"1.0"', b'"1.1"').replace(b"minimum: 0.60", b"minimum: 0.65")
NEWER = BASELINE.replace(b'"1.0"', b'"1.1"').replace(b"minimum: 0.60", b"minimum: 0.55")


@pytest.fixture
def carla(person: Person) -> User:
    packs.load_shipped()
    return person("carla", Role.COMPLIANCE)


def pack(slug: str) -> PolicyPack:
    return PolicyPack.objects.get(slug=slug)


def command(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command("packs", *words, stdout=out, **options)
    return out.getvalue()


def test_only_the_house_s_baseline_is_adopted_to_begin_with() -> None:
    rows = packs.load_shipped()
    (adoption,) = packs.adopted()
    assert (adoption.slug, adoption.gating, adoption.adopted_by) == ("baseline", True, None)
    assert packs.in_force() == adoption.pack
    assert len(rows) == PolicyPack.objects.count() > 1
    packs.load_shipped()
    assert LedgerEntry.objects.filter(kind="policy.adopted").count() == 1


def test_a_compliance_officer_adopts_a_pack_at_its_digest(carla: User) -> None:
    row = pack_adoption.adopt(pack=pack("us-hipaa"), by=carla, gating=False)
    assert (row.slug, row.pack, row.gating, row.adopted_by) == ("us-hipaa", pack("us-hipaa"), False, carla)
    entry = LedgerEntry.objects.filter(kind="policy.adopted").order_by("-idx")[0]
    assert entry.actor_id == carla.pk
    assert ledger.body_of(entry) == {
        "slug": "us-hipaa",
        "pack": "us-hipaa",
        "version": row.pack.version,
        "gating": False,
    }


def test_adopting_twice_is_recorded_once(carla: User) -> None:
    for _ in range(2):
        pack_adoption.adopt(pack=pack("us-hipaa"), by=carla, gating=True)
    assert PackAdoption.objects.filter(slug="us-hipaa").count() == 1
    assert LedgerEntry.objects.filter(kind="policy.adopted").count() == 2  # the baseline is the first


def test_newer_content_never_replaces_what_somebody_adopted(carla: User) -> None:
    first = pack("baseline")
    adoption = pack_adoption.adopt(pack=first, by=carla, gating=True)
    newer = packs.load(content=STRICTER, by=None)
    adoption.refresh_from_db()
    assert (packs.in_force(), packs.newer_of(adoption)) == (first, newer)
    adoption = pack_adoption.adopt(pack=newer, by=carla, gating=True)
    assert (packs.in_force(), packs.newer_of(adoption)) == (newer, None)
    body = ledger.body_of(LedgerEntry.objects.filter(kind="policy.adopted").order_by("-idx")[0])
    assert body is not None
    assert (body["instead_of"], body["asks_less"]) == (first.digest, [])


def test_until_somebody_adopts_it_the_house_s_baseline_follows_what_is_loaded(carla: User) -> None:
    newer = packs.load(content=NEWER, by=None)
    assert packs.in_force() == newer == packs.adopted().get().pack
    packs.load(content=NEWER.replace(b"status: in_force", b"status: proposed"), by=None)
    assert packs.in_force() == newer


def test_a_pinned_pack_that_has_ended_closes_the_gate(carla: User) -> None:
    over = packs.load(content=BASELINE.replace(b"reviewed_on", b"effective_to: 2026-01-02\nreviewed_on"), by=None)
    assert packs.in_force() == pack_before(over)
    signing = Signing(reason="The house's rule is replaced by the region's.", password=PASSWORD)
    pack_adoption.adopt(pack=over, by=carla, gating=True, signing=signing)
    with pytest.raises(NoPack):
        packs.in_force()


def pack_before(row: PolicyPack) -> PolicyPack:
    return PolicyPack.objects.filter(slug=row.slug).exclude(pk=row.pk).get()


def test_a_pack_is_dropped_but_never_the_one_that_the_gate_asks(carla: User) -> None:
    adoption = pack_adoption.adopt(pack=pack("us-hipaa"), by=carla, gating=False)
    pack_adoption.drop(adoption=adoption, by=carla)
    assert [each.slug for each in packs.adopted()] == ["baseline"]
    assert LedgerEntry.objects.get(kind="policy.dropped").actor_id == carla.pk
    with pytest.raises(AdoptionRefused):
        pack_adoption.drop(adoption=packs.adopted().get(), by=carla)
    with pytest.raises(AdoptionRefused):
        pack_adoption.adopt(pack=pack("baseline"), by=carla, gating=False)
    assert packs.in_force() == pack("baseline")


@pytest.mark.parametrize("roles", [(), tuple(set(Role) - {Role.COMPLIANCE})])
def test_nobody_else_adopts_or_drops(carla: User, person: Person, roles: tuple[Role, ...]) -> None:
    other = person("other", *roles)
    adoption = pack_adoption.adopt(pack=pack("us-hipaa"), by=carla, gating=True)
    with pytest.raises(RoleNotHeld):
        pack_adoption.adopt(pack=pack("us-1557"), by=other, gating=False)
    with pytest.raises(RoleNotHeld):
        pack_adoption.drop(adoption=adoption, by=other)
    assert packs.adopted().count() == 2


def test_the_command_lists_compares_and_adopts(carla: User) -> None:
    command("adopt", "baseline", by="carla", gating=True)
    newer = packs.load(content=STRICTER, by=None)
    listed = command("list")
    assert f"gating; newer content: {newer.digest[:12]}" in listed
    assert "not adopted" in listed
    told = command("changes", "baseline", pack_before(newer).digest[:12])
    assert "~ discrimination-minimum: the minimum is 0.6 instead of 0.65. (asks less)" in told
    assert command("changes", "baseline", newer.digest) == "Nothing is asked differently.\n"
    assert newer.digest in command("adopt", newer.digest[:8], by="carla", gating=True)
    assert packs.in_force() == newer


@pytest.mark.parametrize(
    ("words", "options"),
    [
        (("changes", "baseline"), {}),
        (("changes", "baseline", "nothing-such"), {}),
        (("changes", "baseline", "a"), {}),
        (("adopt", "us-hipaa"), {}),
        (("adopt", "us-hipaa"), {"by": "nobody"}),
        (("adopt",), {"by": "carla"}),
        (("adopt", "baseline"), {"by": "carla"}),
        (("adopt", "us-hipaa"), {"by": "dora"}),
    ],
)
def test_the_command_refuses_in_one_sentence(
    carla: User, person: Person, words: tuple[str, ...], options: dict[str, str]
) -> None:
    person("dora", Role.DEVELOPER)
    with pytest.raises(CommandError):
        command(*words, **options)
    assert packs.adopted().count() == 1
