"""What does the story's ML team bring? A risk model trained on the ACTG 175 trial, and its prediction tables.

Data: Hammer et al., New England Journal of Medicine 1996;335:1081, as carried by the package `lifelines`: 2,139
patients with HIV, four treatment arms. Outcome `cens`: a CD4 decline of at least half, progression to AIDS, or death.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lifelines
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

SEED = 175
TRAINING_SHARE = 0.6
PSEUDONYM_KEY = b"the trial site's own key; the story's is no secret"
NUMBERS = ("age", "wtkg", "karnof", "preanti", "cd40", "cd80")
FLAGS = ("hemo", "homo", "drugs", "z30", "str2", "symptom")
ARMS = ("zidovudine", "zidovudine + didanosine", "zidovudine + zalcitabine", "didanosine")
RACES = ("white", "non-white")
GENDERS = ("female", "male")
AGE_BANDS = ((0, 30, "under 30"), (30, 40, "30 to 39"), (40, 50, "40 to 49"), (50, 200, "50 and over"))


@dataclass(frozen=True, slots=True)
class Work:
    """What the team hands in. artifact: the model's bytes. evaluation, training: CSV tables with the same columns."""

    artifact: bytes
    evaluation: bytes
    training: bytes
    patients: int
    held_out: int
    events: int
    pseudonyms: tuple[str, ...]
    population: tuple[dict[str, object], ...]


def train() -> Work:
    """Train on a seeded 60% of the patients; predict for the other 40%. The same on every machine."""
    path = Path(lifelines.__file__).parent / "datasets" / "ACTG175.csv"
    with path.open(encoding="utf-8") as file:
        patients = list(csv.DictReader(file))
    order = np.random.default_rng(SEED).permutation(len(patients))
    cut = int(TRAINING_SHARE * len(patients))
    inputs = np.array([_inputs(patient) for patient in patients])
    outcome = np.array([int(patient["cens"]) for patient in patients])
    learned, held_out = order[:cut], order[cut:]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5, max_iter=1000))
    model.fit(inputs[learned], outcome[learned])
    score = model.predict_proba(inputs)[:, 1]
    existing = _existing_method(inputs, outcome, learned)
    return Work(
        artifact=_bytes_of(model),
        evaluation=_table(patients, held_out, score, existing),
        training=_table(patients, learned, score, existing),
        patients=len(patients),
        held_out=len(held_out),
        events=int(outcome[held_out].sum()),
        pseudonyms=tuple(_pseudonym(patients[row]) for row in held_out),
        population=_population(patients),
    )


def _existing_method(
    inputs: NDArray[np.float64], outcome: NDArray[np.int64], learned: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What the clinic goes by today: the CD4 count alone, turned into a risk on the same training patients."""
    count = inputs[:, [NUMBERS.index("cd40")]]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(count[learned], outcome[learned])
    risk: NDArray[np.float64] = model.predict_proba(count)[:, 1]
    return risk


def _population(patients: list[dict[str, str]]) -> tuple[dict[str, object], ...]:
    """The share of each race, gender and age band among all patients of the trial."""
    level_of: dict[str, Callable[[dict[str, str]], str]] = {
        "race": lambda patient: RACES[int(patient["race"])],
        "gender": lambda patient: GENDERS[int(patient["gender"])],
        "age_band": _age_band,
    }
    found: list[dict[str, object]] = []
    for name, level in level_of.items():
        counts = Counter(level(patient) for patient in patients)
        shares = {value: count / len(patients) for value, count in sorted(counts.items())}
        found.append({"name": name, "shares": shares})
    return tuple(found)


def columns() -> list[dict[str, object]]:
    """The schema of both tables: each column's role, and the values that are possible."""
    ranges: dict[str, tuple[float, float]] = {
        "age": (12, 90),
        "wtkg": (25, 200),
        "karnof": (0, 100),
        "preanti": (0, 6000),
        "cd40": (0, 2000),
        "cd80": (0, 6000),
    }
    return [
        {"name": "patient", "role": "subject"},
        {"name": "progression", "role": "outcome"},
        {"name": "risk", "role": "score"},
        {"name": "cd4_risk", "role": "comparator"},
        {"name": "race", "role": "subgroup", "levels": list(RACES)},
        {"name": "gender", "role": "subgroup", "levels": list(GENDERS)},
        {"name": "age_band", "role": "subgroup", "levels": [name for _, _, name in AGE_BANDS]},
        {"name": "arm", "role": "subgroup", "levels": list(ARMS)},
        *(
            {"name": name, "role": "feature", "type": "number", "minimum": low, "maximum": high}
            for name, (low, high) in ranges.items()
        ),
        *({"name": name, "role": "feature", "type": "number", "minimum": 0, "maximum": 1} for name in FLAGS),
    ]


def _inputs(patient: dict[str, str]) -> list[float]:
    arm = int(patient["arms"])
    return [float(patient[name]) for name in (*NUMBERS, *FLAGS)] + [float(arm == other) for other in (1, 2, 3)]


def _bytes_of(model: Pipeline) -> bytes:
    return pickle.dumps(model, protocol=5)


def _pseudonym(patient: dict[str, str]) -> str:
    """What replaces the trial's patient number before anything leaves the team."""
    return hmac.new(PSEUDONYM_KEY, patient["pidnum"].encode(), hashlib.sha256).hexdigest()[:20]


def _age_band(patient: dict[str, str]) -> str:
    age = float(patient["age"])
    return next(name for low, high, name in AGE_BANDS if low <= age < high)


def _table(
    patients: list[dict[str, str]],
    rows: NDArray[np.int64],
    score: NDArray[np.float64],
    existing: NDArray[np.float64],
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column["name"] for column in columns()])
    for row in rows:
        patient = patients[row]
        writer.writerow(
            [
                _pseudonym(patient),
                patient["cens"],
                repr(float(score[row])),
                repr(float(existing[row])),
                RACES[int(patient["race"])],
                GENDERS[int(patient["gender"])],
                _age_band(patient),
                ARMS[int(patient["arms"])],
                *(patient[name] for name in (*NUMBERS, *FLAGS)),
            ]
        )
    return text.getvalue().encode()
