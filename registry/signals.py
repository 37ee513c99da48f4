"""Which facts does the registry tell? Signals, sent inside the transaction that makes them true.

Every signal carries `actor` (User), `at` (datetime) and the record named below. A receiver that raises rolls the
whole change back: what cannot be put on record does not happen.
"""

from django.dispatch import Signal

user_created = Signal()  # user, roles
roles_changed = Signal()  # user, roles
user_closed = Signal()  # user
token_issued = Signal()  # token
token_revoked = Signal()  # token
team_created = Signal()  # team
team_member_added = Signal()  # team, user
model_registered = Signal()  # model
dataset_registered = Signal()  # dataset
version_created = Signal()  # version
version_moved = Signal()  # version, previous (State)
table_uploaded = Signal()  # table
table_downloaded = Signal()  # table
card_stated = Signal()  # model, entries (CardEntry, each with a new answer)
card_reviewed = Signal()  # model, entries (CardEntry, each looked at and left as it was)
site_created = Signal()  # site
site_model_added = Signal()  # site, model
site_model_removed = Signal()  # site, model
