"""`manage.py packs check|load|list|changes|adopt`: is a pack sound, keep it, use it, and what would change.

packs check [FILE...]                 is each file sound (without files: those that the product carries)
packs load [FILE...]                  keep their content, all or none; what is in use stays so
packs list                            every content that is loaded, and which is in use
packs changes OLD NEW                 what is asked differently; each a digest, its beginning, or a pack's id
packs adopt PACK --by NAME [--gating] use this content from now on, in the name of a compliance officer; never where
                                      it asks less than what is in use: that is signed in the browser
"""

from __future__ import annotations

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from governance import links, recording
from governance.core.pack_changes import Changes, changes
from governance.errors import LooseningUnsigned, PackRefused
from governance.models.pack import PolicyPack
from governance.services import pack_adoption, packs
from registry.errors import Refused
from registry.models.user import User


class Command(BaseCommand):
    help = "Check policy packs, load them, list them, compare them and adopt them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.description = __doc__
        parser.add_argument("verb", choices=["check", "load", "list", "changes", "adopt"])
        parser.add_argument("names", nargs="*", help="files, digests or ids of packs, as the verb wants")
        parser.add_argument("--by", default="", help="adopt: the user name of a compliance officer")
        parser.add_argument("--gating", action="store_true", help="adopt: the gate asks it, too")

    def handle(self, verb: str, names: list[str], by: str, gating: bool, **_: object) -> None:
        if verb in {"check", "load"}:
            self._files(verb, [Path(name) for name in names] or packs.shipped())
        elif verb == "list":
            self._list()
        elif verb == "changes":
            self._changes(names)
        else:
            self._adopt(names, by, gating)

    def _files(self, verb: str, files: list[Path]) -> None:
        refused = []
        # Of several files that belong together none is kept when one is not sound. Checking keeps nothing, and so needs
        # no database.
        with recording.together() if verb == "load" else nullcontext():
            for path in files:
                try:
                    self._one(verb, path)
                except PackRefused as error:
                    refused.append(f"{path}: {error.message}")
                except OSError as error:
                    refused.append(f"{path}: {error.strerror}")
            if refused:
                raise CommandError("\n".join(refused))

    def _one(self, verb: str, path: Path) -> None:
        if verb == "check":
            pack = packs.check(content=path.read_bytes())
            self.stdout.write(f"{path}: {pack.title} {pack.version}, {len(pack.controls)} controls, sound")
        else:
            row = packs.load(content=path.read_bytes(), by=None)
            self.stdout.write(f"{row} is loaded, SHA-256 {row.digest}")

    def _list(self) -> None:
        used = {adoption.pack_id: adoption for adoption in packs.adopted()}
        for row in PolicyPack.objects.all():
            adoption = used.get(row.pk)
            use = ("gating" if adoption.gating else "assessed") if adoption else "not adopted"
            newer = packs.newer_of(adoption) if adoption else None
            hint = f"; newer content: {newer.digest[:12]}" if newer else ""
            status = str(row.document["status"]).replace("_", " ")
            since = row.document["effective_from"]
            self.stdout.write(f"{row.slug}  {row.version}  {row.digest[:12]}  {status} from {since}  {use}{hint}")

    def _changes(self, names: list[str]) -> None:
        if len(names) != 2:
            raise CommandError("Name two contents: packs changes OLD NEW")
        old, new = (_found(name) for name in names)
        for line in _told(changes(old.document, new.document)):
            self.stdout.write(line)

    def _adopt(self, names: list[str], by: str, gating: bool) -> None:
        person = User.objects.filter(username=by).first()
        if len(names) != 1 or person is None:
            raise CommandError("Name one pack and a compliance officer: packs adopt PACK --by NAME [--gating]")
        try:
            row = pack_adoption.adopt(pack=_found(names[0]), by=person, gating=gating)
        except LooseningUnsigned as refused:
            pack = _found(names[0])
            page = links.whole(links.to("pack-adopt", pack.pk))
            raise CommandError("\n".join([refused.message, f"  {page}", *_less(refused)])) from refused
        except Refused as refused:
            raise CommandError(refused.message) from refused
        self.stdout.write(f"{row} is adopted, SHA-256 {row.pack.digest}")


def _found(name: str) -> PolicyPack:
    """By id, its newest content; otherwise by the beginning of the digest, at least 6 characters."""
    newest = PolicyPack.objects.filter(slug=name).order_by("-created_at").first()
    if newest is not None:
        return newest
    found = list(PolicyPack.objects.filter(digest__startswith=name)[:2]) if len(name) >= 6 else []
    if len(found) != 1:
        raise CommandError(f"“{name}” is neither the id of a loaded pack nor the beginning of exactly one digest.")
    return found[0]


def _less(refused: LooseningUnsigned) -> list[str]:
    found = refused.facts["asks_less"]
    return [f"- {each}" for each in found] if isinstance(found, list) else []


def _told(found: Changes) -> list[str]:
    if found.none:
        return ["Nothing is asked differently."]
    lines = [f"+ {each}" for each in found.added] + [f"- {each} (asks less)" for each in found.removed]
    for each in found.changed:
        for difference in each.differences:
            less = " (asks less)" if difference.loosens else ""
            lines.append(f"~ {each.control or 'the pack'}: {difference.text}{less}")
    return lines
