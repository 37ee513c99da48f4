"""Does the page on notebooks say what works: its code, as it stands, in a process without Django?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "notebook.md"
CHECK = 'import sys; assert "django" not in sys.modules\n'


def test_the_code_of_the_page_audits_a_file_without_django(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    rng = np.random.default_rng(7)
    risk = rng.beta(2, 5, 3000)
    table = {
        "died": (rng.random(3000) < risk).astype(int),
        "risk": risk,
        "sex": rng.choice(["female", "male"], 3000),
        "ward": rng.choice(["north", "south"], 3000),
    }
    pq.write_table(pa.table(table), tmp_path / "predictions.parquet")
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", code + CHECK],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"auroc", "oe_ratio", "ici", "net_benefit", "sensitivity", "resolved_operating_point"} <= told
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
