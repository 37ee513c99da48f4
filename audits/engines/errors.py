"""Why can a table not be counted? Refusals with a stable code, which the runner hands on to people."""

from __future__ import annotations


class EngineRefused(Exception):
    """A table was not counted, and nothing was left behind."""

    code = "engine_refused"


class OutOfMemory(EngineRefused):
    """The memory limit was reached where nothing could be moved to disk."""

    code = "out_of_memory"


class OutOfDisk(EngineRefused):
    """What does not fit into memory did not fit on the disk either."""

    code = "out_of_disk"


class StoreRefused(EngineRefused):
    """An address that is not on the list of what may be read."""

    code = "store_not_allowed"


class AmbiguousNames(EngineRefused):
    """Two groups of patients that are called the same, so that nobody could tell their figures apart."""

    code = "ambiguous_names"


class TableRefused(EngineRefused):
    """There is no such table, or it is not one."""

    code = "table_not_readable"


class NeedsFile(EngineRefused):
    """What was asked for reads a file, and another engine holds the table."""

    code = "table_not_in_a_file"
