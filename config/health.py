"""Is it alive, is it ready? Two questions that an orchestrator asks."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from config import broker


def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers, its tables are the ones that this code expects, and the job queue is installed."""
    checks = {"database": False, "migrations": False, "queue": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regnamespace('pgmq') IS NOT NULL")
            # Another broker's absence only delays: the sweep sends again what it did not take.
            checks["queue"] = bool(cursor.fetchone()[0]) or not broker.uses_database()
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        pass
    ready = all(checks.values())
    return JsonResponse({"status": "ready" if ready else "not ready", "checks": checks}, status=200 if ready else 503)
