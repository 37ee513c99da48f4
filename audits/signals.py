"""Which facts do the audits tell? Signals, sent inside the transaction that makes them true."""

from django.dispatch import Signal

plan_frozen = Signal()  # plan, actor, at
audit_requested = Signal()  # audit, actor, at
audit_finished = Signal()  # audit, at (sent for success, failure and death alike)
