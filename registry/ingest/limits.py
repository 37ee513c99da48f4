"""How large may an upload be, and how much of the machine may its parser use?"""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one parse; the caller may set others.

    The first group bounds what a table may be; a breach names the row or column. The second bounds the child process
    (kernel limits, so they hold whatever the file makes a parser do); a breach is `parser_limit`.
    """

    max_bytes: int = 200 * MIB
    max_rows: int = 5_000_000
    max_columns: int = 512
    max_field_bytes: int = 32 * 1024
    max_row_groups: int = 1000
    max_inflated_bytes: int = 2048 * MIB
    max_groups: int = 1000

    memory_bytes: int = 2048 * MIB
    cpu_seconds: int = 120
    wall_seconds: float = 180
    max_output_bytes: int = 1024 * MIB
