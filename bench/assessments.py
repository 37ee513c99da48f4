"""How fast is a version assessed under every shipped pack, and does an audit wait meanwhile? One line of JSON.

    .venv/bin/python -m bench.assessments --versions 200      # 10000 takes some minutes

A database of its own is made and dropped. Assessed are: one version with four audits in full; the same after one event
of each kind; and, in another process, that many versions of the model, while audits are claimed here. Those versions
share the card, documents and risks of the model and have no audits of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
django.setup()

from django.db import connection  # noqa: E402 - models exist only once Django is set up
from django.test.utils import setup_databases, teardown_databases  # noqa: E402
from django.utils import timezone  # noqa: E402
from kombu import pools  # noqa: E402

from audits import jobs  # noqa: E402
from audits.models.audit import Audit  # noqa: E402
from bench.machine import facts  # noqa: E402
from config import broker, postgres  # noqa: E402
from config.settings import test as test_settings  # noqa: E402
from governance.core.facts import Section  # noqa: E402
from governance.models.assessment import Assessment, AssessmentTouch, Place  # noqa: E402
from governance.services import assessing, assessment_rows, pack_adoption, packs  # noqa: E402
from governance.services.assessment_touch import touch  # noqa: E402
from registry.models.user import Role  # noqa: E402
from registry.models.version import ModelVersion  # noqa: E402
from tests.governance import scene as scenes  # noqa: E402

EVENTS = (Section.CARD, Section.DOCUMENTS, Section.AUDITS, Section.RISKS, Section.TRAINING, Section.CONSENT)
WORK = (
    "import django; django.setup(); from governance.services import assessment_work as w\nwhile w.waits(): w.work_off()"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--versions", type=int, default=200)
    given = asked.parse_args()
    kept = setup_databases(verbosity=0, interactive=False)
    broker.install(postgres.url_of(connection.settings_dict))
    try:
        print(json.dumps({"machine": facts(), **_measured(given.versions)}))
    finally:
        pools.reset()  # the queue's connections would keep the database from being dropped
        teardown_databases(kept, verbosity=0)


def _measured(versions: int) -> dict[str, Any]:
    scene = scenes.ready()
    cora = scenes.account("cora_compliance", Role.COMPLIANCE)
    for pack in packs.load_shipped():
        pack_adoption.adopt(pack=pack, by=cora, gating=pack.slug == "baseline")

    def in_full() -> Place:
        return assessing.assess(version=scene.version, environment="production", by=scene.rita)

    place = in_full()
    AssessmentTouch.objects.all().delete()
    controls = sum(sum(of.values()) for row in place.assessments.all() for of in row.counts.values())
    return {
        "packs": len(packs.shipped()),
        "controls": controls,
        "assess_ms": _milliseconds(in_full),
        "after_one_event_ms": {str(each): _after(place, each) for each in EVENTS},
        "background": _background(scene, place, versions),
    }


def _milliseconds(call: Callable[[], object], times: int = 7) -> float:
    """The median on the wall."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        found.append(1000 * (time.perf_counter() - begin))
    return round(median(found), 1)


def _after(place: Place, section: Section) -> float:
    def part() -> None:
        Place.objects.filter(pk=place.pk).update(dirty=[section], dirty_at=timezone.now())
        rows = Place.objects.select_related("version__model", "version__training_dataset")
        assessment_rows.part(rows.get(pk=place.pk), now=timezone.now(), because="a measurement")

    return _milliseconds(part)


def _background(scene: scenes.Scene, place: Place, versions: int) -> dict[str, Any]:
    """Another process looks at all of them again, while this one claims an audit again and again."""
    _copies(scene.version, place, versions)
    touch({Section.CARD}, model=scene.model.pk)
    audit = scene.audits[next(iter(scene.audits))]
    worker = subprocess.Popen([sys.executable, "-c", WORK], env=_environment())
    begin, claims = time.perf_counter(), []
    while worker.poll() is None:
        Audit.objects.filter(pk=audit.pk).update(state="queued", lease_until=None, finished_at=None)
        claims.append(_milliseconds(lambda: jobs.claim(Audit, str(audit.pk), owner="bench"), times=1))
        time.sleep(0.05)
    seconds = time.perf_counter() - begin
    left = Place.objects.waiting().count()
    return {
        "versions": versions,
        "seconds": round(seconds, 1),
        "per_version_ms": round(1000 * seconds / versions, 1),
        "left": left,
        "claim_ms": {"median": median(claims), "longest": max(claims), "claims": len(claims)},
    }


def _copies(version: ModelVersion, place: Place, count: int) -> None:
    """So many further versions of the model, each assessed already."""
    fields = {each.attname for each in ModelVersion._meta.concrete_fields} - {"id", "number", "created_at"}
    same = {name: getattr(version, name) for name in fields}
    made = ModelVersion.objects.bulk_create(ModelVersion(**same, number=1000 + n) for n in range(count))
    at = timezone.now()
    places = Place.objects.bulk_create(Place(version=each, environment="production", assessed_at=at) for each in made)
    rows = list(place.assessments.all())
    kept = ("slug", "pack_id", "results", "counts", "work", "next_change_on", "assessed_at", "because")
    for start in range(0, count, 200):
        Assessment.objects.bulk_create(
            Assessment(place=each, **{name: getattr(row, name) for name in kept})
            for each in places[start : start + 200]
            for row in rows
        )


def _environment() -> dict[str, str]:
    """Of a process that works on the database and the queue of this run."""
    url, scratch = postgres.url_of(connection.settings_dict), str(test_settings.SCRATCH)
    return {**os.environ, "DATABASE_URL": url, "FORMULARY_TEST_SCRATCH": scratch}


if __name__ == "__main__":
    main()
