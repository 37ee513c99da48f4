"""Which code measured it? The version that is part of every audit's identity."""

from typing import Final

# Raised whenever a change could move a measured figure: equal inputs under equal code give equal results.
CODE_VERSION: Final = "2"
