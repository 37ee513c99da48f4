"""Which measures hold at an operating point beside the common shares, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

_V, _S = Kind.VALIDATION, Spread.SLICES
_UP, _DOWN, _NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "positive_likelihood_ratio",
        "Positive likelihood ratio",
        _V,
        _S,
        "ratio",
        0.0,
        None,
        _UP,
        "How many times more often a patient with the outcome is flagged than a patient without it.",
        "It multiplies the odds, not the chance: 10 turns a chance of 1% into 9%, not into 10%; 1 says nothing.",
        "Simel, Samsa & Matchar 1991, J Clin Epidemiol 44:763 (interval)",
        per_operating_point=True,
    ),
    Entry(
        "negative_likelihood_ratio",
        "Negative likelihood ratio",
        _V,
        _S,
        "ratio",
        0.0,
        None,
        _DOWN,
        "How many times as often a patient with the outcome is left alone as a patient without it.",
        "Small is good: 0.1 divides the odds by ten when the model stays silent; 1 says nothing.",
        "Simel, Samsa & Matchar 1991, J Clin Epidemiol 44:763 (interval)",
        per_operating_point=True,
    ),
    Entry(
        "number_needed_to_evaluate",
        "Number needed to evaluate",
        _V,
        _S,
        "flagged patients",
        1.0,
        None,
        _DOWN,
        "How many flagged patients are looked at for each one who has the outcome.",
        "It is 1 / PPV and follows the prevalence; it counts looks, not the benefit of looking.",
        "Romero-Brufau 2015, Crit Care 19:285; Wilson 1927, J Am Stat Assoc 22:209 (interval)",
        per_operating_point=True,
    ),
    Entry(
        "f1",
        "F1 score",
        _V,
        _S,
        "share",
        0.0,
        1.0,
        _UP,
        "The harmonic mean of sensitivity and PPV.",
        "It ignores the patients rightly left alone and holds a missed case and a false alarm to be equally bad, which "
        "clinically they rarely are; it follows the prevalence.",
        "Van Rijsbergen 1979, Information Retrieval; Wilson 1927, J Am Stat Assoc 22:209 (interval)",
        per_operating_point=True,
    ),
    Entry(
        "matthews_correlation",
        "Matthews correlation",
        _V,
        _S,
        "correlation",
        -1.0,
        1.0,
        _UP,
        "The correlation between being flagged and having the outcome.",
        "It follows the prevalence and the flag rate: with few flags it is low however right they are.",
        "Matthews 1975, Biochim Biophys Acta 405:442; Chicco & Jurman 2020, BMC Genomics 21:6",
        per_operating_point=True,
    ),
    Entry(
        "resolved_operating_point",
        "Resolved operating point",
        _V,
        Spread.TABLE,
        "score",
        0.0,
        1.0,
        _NEITHER,
        "The score at which this table reaches the sensitivity, specificity or flag rate that the plan asks for.",
        "The interval is for the score that reaches the rate in truth. Another table of this size would find a score "
        "of its own, typically 1.4 times as far from this one as this one is from the truth; a cut-off in use is "
        "declared as a score.",
        "Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 13 (interval)",
        per_operating_point=True,
        needs=Needs.TARGET,
    ),
)
