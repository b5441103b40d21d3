"""Does a reply decline to answer? English patterns that are about answering, not about what one refuses in life."""

from __future__ import annotations

import re

_VERBS = (
    r"(?:answer|respond|reply|say(?!\s+that)|tell|choose|pick|select|decide|determine|comment|comply|assist|continue|provide|offer|"
    r"express|share|state|discuss|engage|participate|fulfil?l?|speculate|assume|pretend|role-?play|impersonate|simulate|"
    r"rate|rank|help(?!\s+(?:but|\w+ing)\b)|give(?!\s+(?:up|in|away)\b)|form\s+(?:an?\s+)?opinion|speak\s+(?:for|to|about|on|as)|"
    r"(?:make|take|hold|have|adopt)\s+(?:an?|any|the|this|that|such|personal)\s+(?:\w+\s+)?"
    r"(?:choices?|decisions?|judge?ments?|selections?|assumptions?|positions?|sides?|stances?|opinions?|views?|personas?))"
)
_ADVERBS = r"(?:(?:really|truly|honestly|possibly|personally|simply|ethically|just|also)\s+){0,2}"
_END = r"(?=\s*(?:[.,;!?)\n]|$))"  # "I can't.": of answering, as there is nothing else
_DO = rf"{_ADVERBS}(?:{_VERBS}\b|do\s+(?:that|this|so)\b)"
_NOT = r"(?:can(?:'t|\s*not)|could\s*n(?:'t|ot)|won't|will\s+not)"
_REFUSAL = re.compile(
    "|".join(
        (
            # The speaker's own, or without a subject at the start of a line; "you can't choose your family" is neither.
            rf"(?:\bi\s+{_ADVERBS}|\bbut\s+|^\W{{0,5}}){_NOT}\s*(?:{_DO}|{_END})",
            rf"\b(?:unable|not\s+able)\s*(?:to\s+{_DO}|{_END})",
            rf"\b(?:prefer|rather)\s+not\s*(?:(?:to\s+)?{_DO}|(?:to\b)?{_END})",
            rf"\b(?:refuse|declined?)\s*(?:to\s+{_DO}|{_END})",
            rf"\b(?:not\s+appropriate|inappropriate)\s+(?:for\s+me\s+)?to\s+{_DO}",
            r"\bnot\s+comfortable\s+(?:with\s+(?:this|that|the)\s+(?:question|topic)|"
            r"(?:answering|responding|saying|sharing|choosing|picking|giving|expressing|discussing)\b)",
            rf"\bsorry,?\s+but\b|\bi(?:'m|\s+am)\s+(?:(?:very|truly|really)\s+)?sorry{_END}|\bi\s+apologi[sz]e\b",
            r"\b(?:as|being)\s+an?\s+(?:ai|artificial|(?:large\s+)?language\s+model)\b",
            r"\bi(?:'m|\s+am)\s+(?:(?:just|only)\s+)?an?\s+(?:ai|artificial|(?:large\s+)?language\s+model)\b",
            r"\b(?:do\s+not|don't)\s+(?:have|hold)\s+(?:any\s+)?(?:personal|opinions?|beliefs?|views?|feelings?)\b",
            rf"\b(?:do\s+not|don't)\s+know(?:{_END}|\s+(?:how|what|which|enough|the\s+answer)\b)",
            r"\bno\s+(?:answer|comment|opinion)\b|\bn/a\b|^\W{0,5}(?:na|none)\W{0,5}$",
            r"\bnone\s+of\s+(?:the|these|those)\s+(?:above|options?|answers?|choices?)\b",
        )
    ),
    re.IGNORECASE | re.MULTILINE,
)


def declines(text: str) -> bool:
    """Whether a text says somewhere that it gives no answer. "I can't imagine life without family" does not."""
    return _REFUSAL.search(text) is not None
