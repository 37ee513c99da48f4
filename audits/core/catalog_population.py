"""Which measures compare the table with the population that the model is meant for, and how is each one read?"""

from __future__ import annotations

from audits.core.catalog_entry import Direction, Entry, Needs, Spread
from audits.core.values import Kind

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "population_smd",
        "Standardised difference from the population",
        Kind.BIAS,
        Spread.COLUMNS,
        "standard deviations",
        0.0,
        None,
        Direction.LOWER,
        "How far the table's people are from the intended population in one variable, in standard deviations; each "
        "patient counts once.",
        "Noise alone keeps it above 0. Above 0.1 is commonly called an imbalance, a convention and not a harm: "
        "the model may still work as well there.",
        "Austin 2009, Stat Med 28:3083; Yang & Dalton 2012, SAS Global Forum 335 (categories)",
        needs=Needs.POPULATION,
    ),
    Entry(
        "participation_to_prevalence",
        "Participation to prevalence ratio",
        Kind.BIAS,
        Spread.SLICES,
        "ratio",
        0.0,
        None,
        Direction.TARGET,
        "Share of a group among the table's people over its share of the intended population; each patient counts "
        "once.",
        "0.8 to 1.2 is commonly called adequate. It says whether a group is there, not whether there are enough of it "
        "for a sure figure.",
        "Poon 2013, J Womens Health 22:604",
        target=1.0,
        needs=Needs.POPULATION,
    ),
)
