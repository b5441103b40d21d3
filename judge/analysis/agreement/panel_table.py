"""The table of a panel's judges against people."""

from __future__ import annotations

from judge.analysis.agreement.records import PanelAgreement
from judge.core.screen.tables import Table
from judge.stats.formatting import EstimateFormatter, or_dash


def panel_table(criterion: str, panel: PanelAgreement, marks: EstimateFormatter) -> Table:
    """Return the table of one criterion: which judge's verdicts people support."""
    body = tuple(
        (
            "panel" if each.judge is None else each.judge,
            marks.cell(each.agreement),
            "-" if each.less_panel is None else marks.cell(each.less_panel, signed=True),
            marks.cell(each.bias, signed=True),
            or_dash(each.squared_error),
            f"{each.bias.n:,}",
        )
        for each in panel.members
    )
    return Table(
        f"{criterion}: which judge people support",
        f"Effective number of judges: {marks.cell(panel.effective)} of {len(panel.members) - 1}; correlation of their "
        f"errors {marks.cell(panel.correlation)}.",
        ("judge", "agreement", "less the panel's", "win rate less people's", "squared error", "comparisons"),
        body,
        (
            "Agreement: share of people's labels that are the judge's verdict, which is the side of its score here; a "
            "tie of orders or judges that differ agrees with no label. Less the panel's: on labels of comparisons that "
            "both judged (paired). Squared error: of scores, against people's mean score. Effective number: of judges "
            "with independent errors that are worth the panel.",
            *marks.notes(),
        ),
    )
