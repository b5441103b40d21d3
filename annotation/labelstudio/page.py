"""Label Studio configuration of the labelling page, for any number of criteria."""

from __future__ import annotations

from itertools import zip_longest
from xml.etree import ElementTree as ET

from judge.annotation.campaign.blinding import LEFT, RIGHT
from judge.annotation.campaign.campaign import Campaign
from judge.annotation.campaign.controls import CHOICES, COMMENT, alias, control
from judge.annotation.campaign.guide import title

_HOTKEYS = (
    "123",
    "qwe",
    "asd",
    "zxc",
    "456",
    "rty",
    "fgh",
    "vbn",
    "789",
    "uio",
    "jkl",
)  # further criteria have none
_LABELS = {"persona": "Persona", "question": "Question", "ground_truth": "Group's answer"}

# Label Studio ignores child selectors here. All colours are set, since the dark theme would make the text light on our
# light background. The panels on the right list regions, which these pages do not have.
_STYLE = """
.lsf-sidepanels__wrapper { display: none; }
.lsf-sidepanels { padding-right: 0 !important; padding-left: 0 !important; }
.pj-page { background: #ffffff; color: #1a1c23; padding: 8px; max-width: 1240px; margin: 0 auto; border-radius: 6px; }
.pj-page p, .pj-page span, .pj-page div, .pj-page label, .pj-page h4, .pj-page input, .pj-page textarea {
  color: #1a1c23; }
.pj-page .lsf-richtext__container { background: transparent; }
.pj-page .lsf-richtext__container { padding: 0; margin: 0; font-size: 15px; line-height: 21px; white-space: pre-wrap; }
.pj-page .lsf-object { margin: 0; }
.pj-page h4 { margin: 0 !important; font-size: 14px; line-height: 21px; font-weight: 600; }
.pj-context { background: #f3f4f8; border: 1px solid #d5d8e2; border-radius: 6px; padding: 4px 12px; }
.pj-row { display: flex; align-items: flex-start; gap: 12px; }
.pj-label { flex: 0 0 120px; }
.pj-text { flex: 1 1 0; min-width: 0; }
.pj-pair { display: flex; gap: 10px; margin: 8px 0; }
.pj-response { flex: 1 1 0; min-width: 0; background: #ffffff; border: 1px solid #d5d8e2; border-radius: 6px;
  padding: 4px 12px; }
.pj-left { border-top: 4px solid #4458b5; }
.pj-right { border-top: 4px solid #b5532b; }
.pj-criteria { display: flex; flex-wrap: wrap; gap: 10px; }
.pj-criterion { flex: 1 1 300px; min-width: 0; background: #f3f4f8; border: 1px solid #d5d8e2; border-radius: 6px;
  padding: 4px 12px; }
.pj-page .pj-question h4 { font-weight: 400; font-size: 13px; line-height: 17px; }
.pj-page .lsf-choices { margin: 4px 0 2px 0; }
.pj-page .lsf-hint { color: #4458b5; }
.pj-page .ant-radio-inner { background-color: #ffffff !important; border: 1px solid #6b7185 !important; }
.pj-page .ant-radio-checked .ant-radio-inner { background-color: #4458b5 !important;
  border: 3px solid #4458b5 !important; }
.pj-page .lsf-text-area { margin: 8px 0 0 0 !important; }
.pj-page .ant-input { background: #ffffff !important; color: #1a1c23 !important; border: 1px solid #6b7185 !important; }
.pj-page .ant-input::placeholder { color: #5d6374; }
.pj-comment div { background: #ffffff !important; border-color: #6b7185; }
"""


def config(campaign: Campaign) -> str:
    """Build the configuration: context, two responses, a required choice with a tie per criterion, a comment."""
    view = ET.Element("View", {"className": "pj-page"})
    ET.SubElement(view, "Style").text = _STYLE
    context = _box(view, "pj-context")
    fields: tuple[str, ...] = campaign.shows
    for field in fields:
        row = _box(context, "pj-row")
        _heading(row, "pj-label", _LABELS[field])
        _text(_box(row, "pj-text"), field)
    pair = _box(view, "pj-pair")
    for field, side, heading in ((LEFT, "pj-left", "Response 1"), (RIGHT, "pj-right", "Response 2")):
        box = _box(pair, f"pj-response {side}")
        _heading(box, "pj-heading", heading)
        _text(box, field)
    criteria = _box(view, "pj-criteria")
    for index, (name, criterion) in enumerate(campaign.criteria.items()):
        box = _box(criteria, "pj-criterion")
        _heading(box, "pj-heading", title(name))
        _heading(box, "pj-question", criterion.question)
        group = ET.SubElement(
            box,
            "Choices",
            {
                "name": control(index, name),
                "toName": LEFT,
                "choice": "single-radio",
                "required": "true",
                "requiredMessage": f"Please answer: {title(name)}",
                "showInline": "true",
            },
        )
        keys = _HOTKEYS[index] if index < len(_HOTKEYS) else ""
        for (choice, label), key in zip_longest(CHOICES, keys):
            ET.SubElement(group, "Choice", {"value": label, "alias": alias(choice)} | ({"hotkey": key} if key else {}))
    ET.SubElement(
        _box(view, "pj-comment"),
        "TextArea",
        {
            "name": COMMENT,
            "toName": LEFT,
            "placeholder": "Optional comment",
            "rows": "1",
            "maxSubmissions": "1",
            "editable": "true",
            "required": "false",
        },
    )
    ET.indent(view)
    return ET.tostring(view, encoding="unicode")


def _box(parent: ET.Element, style: str) -> ET.Element:
    return ET.SubElement(parent, "View", {"className": style})


def _heading(parent: ET.Element, style: str, text: str) -> None:
    # <Header value> reads a leading $ as a field of the task: a space before it prevents this.
    value = f" {text}" if text.startswith("$") else text
    ET.SubElement(_box(parent, style), "Header", {"value": value, "size": "6", "underline": "false"})


def _text(parent: ET.Element, field: str) -> None:
    ET.SubElement(
        parent, "Text", {"name": field, "value": f"${field}", "valueType": "text", "selectionEnabled": "false"}
    )
