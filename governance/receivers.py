"""Which fact becomes which ledger entry, and what does it set in motion? One table."""


def connect() -> None:
    """Start listening to the registry's and the audits' signals."""
