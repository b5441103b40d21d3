"""What annotators read before they start. ``campaign.yaml`` holds the texts; these are the ones it is born with."""

from __future__ import annotations

from html import escape

from judge.annotation.campaign.campaign import Campaign, Question

INTRODUCTION = (
    "You see a question and two responses to it, written in the role of the person or group named above them. "
    "Read both to the end, then answer each question below them on its own. Judge what is said, not how long it is, "
    "how it is laid out or where it stands: which response stands left is random. Say tie only if you cannot tell the "
    "two apart on that question. Skip an item only if you cannot judge it at all."
)

# Examples by the names of criteria that our prompts use. A criterion of another name has none until one is written
# into campaign.yaml.
EXAMPLES = {
    "persona": (
        "For a retired nurse from a small town, a response that weighs a risk as she might, in her words, is closer "
        "than one that lists advantages and disadvantages like a brochure, and closer than one that only repeats "
        "that she is a nurse."
    ),
    "value": (
        'If most of the group answer "Need to be very careful", a response that locks the gate is closer than one '
        "that trusts strangers. One that takes no side is not close."
    ),
    "overall": (
        "One response sounds more like the person, the other is closer to the value: choose the one that serves "
        "better on both together."
    ),
}


def questions(descriptions: dict[str, str]) -> dict[str, Question]:
    """The questions of a campaign from the criteria of a prompt file."""
    return {
        name: Question(question=" ".join(text.split()), example=EXAMPLES.get(name))
        for name, text in descriptions.items()
    }


def instructions(campaign: Campaign) -> str:
    """The instructions as the simple HTML that a labelling server shows before the first item."""
    lines = [f"<p>{escape(campaign.introduction, quote=False)}</p>", "<ul>"]
    for name, criterion in campaign.criteria.items():
        example = f" <em>Example: {escape(criterion.example, quote=False)}</em>" if criterion.example else ""
        lines.append(
            f"<li><strong>{escape(title(name), quote=False)}.</strong> "
            f"{escape(criterion.question, quote=False)}{example}</li>"
        )
    return "\n".join([*lines, "</ul>"])


def title(criterion: str) -> str:
    """A criterion's name as a heading."""
    return criterion.replace("_", " ").replace("-", " ").strip().capitalize() or criterion
