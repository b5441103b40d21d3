"""What the lowest and the highest code of every question mean, written from the survey's codebook by hand.

The table does not come from the catalogue: it is there to catch a scale that was turned round. Each row is the lowest
code with its meaning, the highest code with its meaning, and the questions (``Q1-Q6`` is a run of them).
"""

from __future__ import annotations

import re

ROWS = (
    (1, "Very important", 4, "Not at all important", "Q1-Q6 Q234"),
    (1, "Important", 2, "Not mentioned", "Q7-Q17"),
    (1, "Mentioned", 2, "Not mentioned", "Q18-Q26"),
    (1, "Agree strongly", 4, "Strongly disagree", "Q27-Q32"),
    (1, "Strongly agree", 4, "Strongly disagree", "Q119 Q169 Q170"),
    (1, "Agree strongly", 5, "Disagree strongly", "Q33 Q34 Q37 Q38"),
    (1, "Strongly agree", 5, "Disagree strongly", "Q35 Q36 Q41"),
    (1, "Strongly agree", 5, "Strongly disagree", "Q39 Q40"),
    (
        1, "The entire way our society is organised must be radically changed by revolutionary action",
        3, "Our present society must be valiantly defended against all subversive forces", "Q42",
    ),
    (1, "Good thing", 3, "Bad thing", "Q43-Q45"),
    (1, "Very happy", 4, "Not at all happy", "Q46"),
    (1, "Very good", 5, "Very poor", "Q47"),
    (1, "None at all", 10, "A great deal", "Q48"),
    (1, "Completely dissatisfied", 10, "Completely satisfied", "Q49"),
    (1, "Dissatisfied", 10, "Satisfied", "Q50"),
    (1, "Often", 4, "Never", "Q51-Q55"),
    (1, "Better off", 3, "About the same", "Q56"),
    (1, "Most people can be trusted", 2, "Need to be very careful", "Q57"),
    (1, "Trust completely", 4, "Do not trust at all", "Q58-Q63"),
    (1, "A great deal", 4, "None at all", "Q64-Q89"),
    (1, "Being effective", 10, "Being democratic", "Q90"),
    (0, "Not a member", 2, "Active member", "Q94-Q104"),
    (1, "Incomes should be made more equal", 10, "There should be greater incentives for individual effort", "Q106"),
    (
        1, "Private ownership of business should be increased",
        10, "Government ownership of business should be increased", "Q107",
    ),
    (
        1, "The government should take more responsibility to ensure that everyone is provided for",
        10, "People should take more responsibility to provide for themselves", "Q108",
    ),
    (1, "Competition is good", 10, "Competition is harmful", "Q109"),
    (
        1, "In the long run, hard work usually brings a better life",
        10, "Hard work doesn't generally bring success; it is more a matter of luck and connections", "Q110",
    ),
    (1, "Protecting the environment", 2, "Economic growth and creating jobs", "Q111"),
    (1, "There is no corruption in my country", 10, "There is abundant corruption in my country", "Q112"),
    (1, "None of them", 4, "All of them", "Q113-Q117"),
    (1, "Never", 4, "Always", "Q118"),
    (1, "No risk at all", 10, "Very high risk", "Q120"),
    (1, "Very bad", 5, "Very good", "Q121"),
    (0, "Disagree", 2, "Agree", "Q122-Q129"),
    (1, "Let anyone come who wants to", 4, "Prohibit people coming here from other countries", "Q130"),
    (1, "Very secure", 4, "Not at all secure", "Q131"),
    (1, "Very frequently", 4, "Not at all frequently", "Q132-Q138"),
    (1, "Yes", 2, "No", "Q139-Q141 Q151 Q165-Q168"),
    (1, "Very much", 4, "Not at all", "Q142 Q143 Q146-Q148"),
    (1, "Freedom", 2, "Equality", "Q149"),
    (1, "Freedom", 2, "Security", "Q150"),
    (1, "A high level of economic growth", 4, "Trying to make our cities and countryside more beautiful", "Q152 Q153"),
    (1, "Maintaining order in the nation", 4, "Protecting freedom of speech", "Q154 Q155"),
    (1, "A stable economy", 4, "The fight against crime", "Q156 Q157"),
    (1, "Completely disagree", 10, "Completely agree", "Q158-Q162"),
    (1, "A lot worse off", 10, "A lot better off", "Q163"),
    (1, "Not at all important", 10, "Very important", "Q164"),
    (1, "More than once a week", 7, "Never, practically never", "Q171"),
    (1, "Several times a day", 8, "Never, practically never", "Q172"),
    (1, "A religious person", 3, "An atheist", "Q173"),
    (1, "Follow religious norms and ceremonies", 2, "Do good to other people", "Q174"),
    (1, "Make sense of life after death", 2, "Make sense of life in this world", "Q175"),
    (1, "Completely agree", 10, "Completely disagree", "Q176"),
    (1, "Never justifiable", 10, "Always justifiable", "Q177-Q195"),
    (1, "Definitely should have the right", 4, "Definitely should not have the right", "Q196-Q198"),
    (1, "Very interested", 4, "Not at all interested", "Q199"),
    (1, "Frequently", 3, "Never", "Q200"),
    (1, "Daily", 5, "Never", "Q201-Q208"),
    (1, "Have done", 3, "Would never do", "Q209-Q220"),
    (1, "Always", 3, "Never", "Q221 Q222"),
    (1, "Very often", 4, "Not at all often", "Q224-Q233"),
    (1, "A great deal", 5, "Not at all", "Q234A"),
    (1, "Very good", 4, "Very bad", "Q235-Q239"),
    (1, "Left", 10, "Right", "Q240"),
    (0, "It is against democracy", 10, "An essential characteristic of democracy", "Q241-Q249"),
    (1, "Not at all important", 10, "Absolutely important", "Q250"),
    (1, "Not at all democratic", 10, "Completely democratic", "Q251"),
    (1, "Not satisfied at all", 10, "Completely satisfied", "Q252"),
    (1, "A great deal of respect", 4, "No respect at all", "Q253"),
    (1, "Very proud", 4, "Not at all proud", "Q254"),
    (1, "Very close", 4, "Not close at all", "Q255-Q259"),
)  # fmt: skip

NOMINAL = "Q7-Q26 Q42 Q56 Q57 Q111 Q139-Q141 Q149-Q157 Q165-Q168 Q173-Q175"


def ids(text: str) -> list[str]:
    """The ids that a text such as ``Q1-Q3 Q7`` names."""
    named: list[str] = []
    for part in text.split():
        run = re.fullmatch(r"Q(\d+)-Q(\d+)", part)
        named += [f"Q{n}" for n in range(int(run[1]), int(run[2]) + 1)] if run else [part]
    return named


ENDS = {row: (low, low_means, high, high_means) for low, low_means, high, high_means, rows in ROWS for row in ids(rows)}
