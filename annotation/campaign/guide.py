"""Instructions for annotators: the default texts of ``campaign.yaml``, and their HTML."""

from __future__ import annotations

from html import escape

from judge.annotation.campaign.campaign import Campaign, Question

INTRODUCTION = (
    "You see a question and two responses to it, written in the role of the person or group named above them. "
    "Read both to the end, then answer each question below them independently of the others. Judge the content of a "
    "response, not its length, layout or position: which response is on the left is random. Choose tie only if the two "
    "do not differ on that question. Skip an item only if you cannot judge it at all."
)

# By the names of criteria in our prompts. For another criterion, users write an example into campaign.yaml.
EXAMPLES = {
    "persona": (
        "For a retired nurse from a small town, a response that weighs a risk as she might, in her own words, is "
        "closer than one that lists advantages and disadvantages like a brochure, and closer than one that only "
        "repeats that she is a nurse."
    ),
    "value": (
        'If most of the group answer "Need to be very careful", a response that warns of strangers is closer than '
        "one that trusts them. A response that takes no position is not close."
    ),
    "overall": (
        "If one response sounds more like the person and the other is closer to the value, the larger difference "
        "decides. If the differences are about equal, it is a tie."
    ),
}


def questions(descriptions: dict[str, str]) -> dict[str, Question]:
    """Build the questions of a campaign from the criteria of a prompt file (description by name)."""
    return {
        name: Question(question=" ".join(text.split()), example=EXAMPLES.get(name))
        for name, text in descriptions.items()
    }


def instructions(campaign: Campaign) -> str:
    """Build the instructions as simple HTML, shown by the labelling tool before the first task."""
    lines = [f"<p>{escape(campaign.introduction, quote=False)}</p>", "<ul>"]
    for name, criterion in campaign.criteria.items():
        example = f" <em>Example: {escape(criterion.example, quote=False)}</em>" if criterion.example else ""
        lines.append(
            f"<li><strong>{escape(title(name), quote=False)}.</strong> "
            f"{escape(criterion.question, quote=False)}{example}</li>"
        )
    return "\n".join([*lines, "</ul>"])


def title(criterion: str) -> str:
    """Format a criterion's name as a heading."""
    return criterion.replace("_", " ").replace("-", " ").strip().capitalize() or criterion
