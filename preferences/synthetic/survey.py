"""The synthetic survey: invented respondents with the World Values Survey's columns and codes. It is not survey data.

Respondents have latent traits that depend on their religion, age, ethnicity and sex; a question's category says which
traits influence its answers. The direction of each influence is drawn at random, so the data say nothing about any real
group; they show that the pipeline works.
"""

from __future__ import annotations

import zlib
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from judge.core.records import Question
from judge.preferences.survey.mapping import Mapping
from judge.preferences.synthetic.population import population

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

VERSION = "synthetic-1"
COUNTRY, YEAR = "SGP", 2020
_TRAITS = ("religiosity", "tradition", "trust", "engagement", "wellbeing", "authority")
# Loadings of traits on the answers of a category, by the beginning of its name.
_LOADINGS: dict[str, tuple[tuple[str, float], ...]] = {
    "Religious": (("religiosity", 0.75),),
    "Ethical": (("tradition", 0.40), ("religiosity", 0.35)),
    "Social Values": (("tradition", 0.45), ("religiosity", 0.15)),
    "Social Capital": (("trust", 0.55),),
    "Happiness": (("wellbeing", 0.45),),
    "Economic": (("wellbeing", 0.30), ("tradition", 0.15)),
    "Perceptions of Corruption": (("trust", 0.40),),
    "Perceptions of Migration": (("tradition", 0.35),),
    "Perceptions of Security": (("wellbeing", 0.25), ("authority", 0.25)),
    "Perceptions about Science": (("religiosity", 0.30), ("engagement", 0.20)),
    "Political Interest": (("engagement", 0.50),),
    "Political Culture": (("authority", 0.45), ("tradition", 0.15)),
}
_OTHER_LOADINGS = (("authority", 0.30), ("tradition", 0.30))
# By the code of the religion (Q289): the mean of the trait among those who have it.
RELIGIOSITY = {0: -1.3, 1: 0.5, 2: 0.7, 3: 0.5, 5: 1.2, 6: 0.6, 7: -0.2, 8: 0.9, 9: 0.1}


def edition(seed: int, effect: float = 1.0) -> str:
    """The value of the column ``version``, which is the source of every row."""
    enlarged = "" if effect == 1 else f", effect {effect:g}"
    return f"{VERSION} (persona-judge, seed {seed}{enlarged}): invented respondents, not survey data"


def influences(category: str) -> dict[str, float]:
    """The traits that move the answers to a category's questions, with the size of each one's influence.

    The sign is drawn for each question. So these are the differences of subgroups that are planted.
    """
    found = (loadings for start, loadings in _LOADINGS.items() if category.startswith(start))
    return dict(next(found, _OTHER_LOADINGS))


def synthetic_survey(mapping: Mapping, *, seed: int = 0, effect: float = 1.0) -> pd.DataFrame:
    """The survey's 2,012 respondents with official column names and codes, missing codes included.

    Questions that were not asked in Singapore are -4 throughout. The same seed gives the same survey.

    Args:
        mapping: the World Values Survey's mapping.
        seed: seed of traits, answers and weights; membership of groups is fixed.
        effect: multiplies the influence of traits on answers, and so the differences between subgroups: 0 plants none;
            from 2 on the answers of respondents far apart lie at the two ends of a scale.

    Returns:
        A data frame with one row per respondent.
    """
    import pandas as pd

    rng = np.random.default_rng([seed % 2**64, 1])
    people = population()
    shuffled = rng.permutation(len(people["Q260"]))
    people = {name: column[shuffled] for name, column in people.items()}
    n = len(shuffled)
    traits = _traits(people, rng)
    asked = mapping.lists.get(COUNTRY, tuple(mapping.questions))
    columns: dict[str, object] = {
        "version": edition(seed, effect),
        "doi": "synthetic: none",
        "A_WAVE": 7,
        "A_YEAR": YEAR,
        "A_STUDY": 2,
        "B_COUNTRY": 702,
        "B_COUNTRY_ALPHA": COUNTRY,
        "D_INTERVIEW": 702_070_001 + np.arange(n),
        "W_WEIGHT": _weights(people, rng),
        "H_URBRURAL": 1,
        **{
            name: _answers(question, traits, seed, effect, name in asked)
            for name, question in mapping.questions.items()
        },
        "Q260": people["Q260"],
        "Q261": YEAR - people["Q262"],
        "Q262": people["Q262"],
        "X003R": people["X003R"],
        **_circumstances(people, traits, rng),
        "Q289": people["Q289"],
        "Q290": people["Q290"],
    }
    return pd.DataFrame(columns)


def _traits(people: dict[str, NDArray[np.int64]], rng: np.random.Generator) -> dict[str, FloatArray]:
    """Latent traits (N,), each about standard normal within a group."""
    n = len(people["Q260"])
    age = people["X003R"] - 3.5
    woman = people["Q260"] == 2
    malay, indian = people["Q290"] == 702006, people["Q290"] == 702003
    belief = np.array([RELIGIOSITY.get(int(code), 0.0) for code in people["Q289"]])
    means = {
        "religiosity": belief + 0.08 * age + 0.1 * woman,
        "tradition": 0.25 * age + 0.3 * belief + 0.3 * malay - 0.2 * woman,
        "trust": 0.03 * age,
        "engagement": 0.15 * ~woman - 0.08 * age + 0.1 * indian,
        "wellbeing": 0.05 * age + 0.1 * malay,
        "authority": 0.12 * age + 0.2 * malay + 0.1 * belief,
    }
    shared = rng.normal(size=n)  # people who are traditional tend to be religious and to respect authority
    return {name: means[name] + 0.3 * shared + 0.95 * rng.normal(size=n) for name in _TRAITS}


def _answers(
    question: Question, traits: dict[str, FloatArray], seed: int, effect: float, asked: bool
) -> NDArray[np.int64]:
    """Codes (N,) of one question from the traits, with a share of missing codes."""
    n = len(traits["religiosity"])
    if not asked:
        return np.full(n, -4)
    rng = np.random.default_rng([seed % 2**64, zlib.crc32(question.id.encode())])
    loadings = influences(question.category)
    moved = sum(
        (rng.choice((-1.0, 1.0)) * effect * loading * traits[name] for name, loading in loadings.items()), np.zeros(n)
    )
    codes = np.array(sorted(question.scale.codes))
    options = len(codes)
    if question.scale.ordinal or options == 2:
        chosen = np.searchsorted(_thresholds(options, rng), moved + 0.8 * rng.normal(size=n))
    else:
        pull = rng.normal(0, 0.7, size=options)
        liking = rng.normal(0, 0.7, size=options) + moved[:, None] * pull + rng.gumbel(size=(n, options))
        chosen = liking.argmax(axis=1)
    answers = codes[chosen]
    silent = rng.random(n) < rng.uniform(0.005, 0.04)
    answers[silent] = rng.choice((-1, -2, -5), p=(0.6, 0.35, 0.05), size=int(silent.sum()))
    return answers


def _thresholds(options: int, rng: np.random.Generator) -> FloatArray:
    """Thresholds of an ordinal scale: unimodal shares, with extra weight on the ends and middle of long scales."""
    place = np.linspace(-1, 1, options)
    shares = np.exp(-((place - rng.uniform(-0.8, 0.8)) ** 2) / rng.uniform(0.25, 1.0)) + 0.05
    if options >= 7:
        shares[[0, options // 2, -1]] += rng.uniform(0.1, 0.6, size=3)
    reached = np.cumsum(shares / shares.sum())[:-1]
    return np.array([NormalDist().inv_cdf(float(share)) for share in reached])


def _weights(people: dict[str, NDArray[np.int64]], rng: np.random.Generator) -> FloatArray:
    """Weights (N,) with mean 1, a little larger for older respondents and men."""
    raw = (
        1 + 0.06 * (people["X003R"] - 3.5) + 0.05 * (people["Q260"] == 1) + rng.uniform(-0.1, 0.1, len(people["Q260"]))
    )
    return np.asarray((raw / raw.mean()).round(6), dtype=np.float64)


def _circumstances(
    people: dict[str, NDArray[np.int64]], traits: dict[str, FloatArray], rng: np.random.Generator
) -> dict[str, NDArray[np.int64]]:
    """Education, income and marital status, with their recoded forms."""
    n = len(people["Q262"])
    schooling = 4.5 - 0.6 * (people["X003R"] - 3.5) + 1.6 * rng.normal(size=n)
    education = np.clip(np.round(schooling), 0, 8).astype(np.int64)
    income = np.clip(np.round(5 + 0.5 * (education - 4) + 0.6 * traits["wellbeing"] + 1.5 * rng.normal(size=n)), 1, 10)
    unsaid = rng.random(n) < 0.03
    income = np.where(unsaid, -2, income).astype(np.int64)
    married = rng.random(n) < 1 / (1 + np.exp(-(people["Q262"] - 32) / 6))
    return {
        "Q273": np.where(married, 1, 6),
        "Q275": education,
        "Q275R": np.select([education <= 2, education <= 4], [1, 2], 3),
        "Q288": income,
        "Q288R": np.select([income < 0, income <= 3, income <= 7], [income, 1, 2], 3),
    }
