"""Which texts are refusals, by a rule that is written down (docs/generation.md) and checked on sentences both ways.

Read are the first three sentences, up to 400 characters, without what stands in double quotes: refusals open with
themselves, and a person may tell of what a chatbot said. A text is a refusal if one of these holds there.

1. *Machine*: the writer says that it is an AI, a model, a program, or was made by a maker of these. A trade ("an AI
   engineer", "a language model teacher") is none: after "AI" only a word for a machine, or one that ends the noun, may
   stand.
2. *Request*: the writer declines (cannot, will not, would rather not, is not comfortable ...) something that only this
   conversation can ask: to answer this request, to role-play, to speak as a persona or for a group. What people
   decline in life (bribes, wine, to choose a husband for a daughter) is none.
3. *Nobody*: the writer denies having personal opinions, beliefs, feelings or experiences as such. "No strong feelings
   about politics" is a person's.
4. *Nothing else*: the whole text is a few words that say there will be no answer.

A declining that goes on in the persona's voice in the same sentence ("..., but I trust our police") is a hedge, no
refusal, unless what follows offers help instead.
"""

from __future__ import annotations

import re
from functools import cache

_LONGEST, _SENTENCES, _SHORT_WORDS = 400, 3, 12
_QUOTED = re.compile(r'"[^"]{1,200}"')
_ENDS = re.compile(r"(?<=[.!?:])\s+|\n+")

_MAKERS = r"(?:openai|anthropic|google|deepmind|meta|mistral(?: ai)?|alibaba|deepseek|microsoft|xai|cohere)"
_ADJECTIVES = r"(?:(?!not\b)[\w-]+ ){0,3}"
_KIND = r"(?:language model|machine learning model|model|assistant|system|program|chatbot|bot|entity|tool|agent)"
# What may follow a noun for a machine: its end, or a clause about it. A noun that follows makes it a trade.
_STOP = (
    r"(?=\s*(?:$|[.,;:!?()\u2013\u2014-])|\s+(?:and|or|but|so|who|that|which|with|without|by|from|here|not|i|my|it|"
    r"there|created|developed|made|built|trained|designed|programmed|meant|means?|rather|therefore|have|do|don't|can't|"
    r"cannot|lack|there)\b)"
)
_MACHINE = (
    rf"(?:ai(?:[ -](?:powered|based))?(?: (?:language )?{_KIND})?|artificial intelligence(?: {_KIND})?|"
    r"(?:large )?language model|llm|chatbot|(?:virtual|digital|automated|ai) (?:assistant|agent)|"
    r"(?:neutral|impartial|helpful) assistant|(?:computer )?program|machine learning model|(?:piece of )?software)"
    + _STOP
)
_NOT_NOW = r"(?<!used to be )(?<!work as )(?<!works as )(?<!worked as )(?<!job as )"

_NOT = (
    r"(?:ca(?:n't|nnot|n not)|could(?:n't| not)|wo(?:n't)|will not|(?:'m| am) (?:not|un)(?: )?(?:able|going|permitted|"
    r"allowed|willing|prepared)(?: to)?|'d (?:rather|prefer)(?: to)? not(?: to)?|would (?:rather|prefer)(?: to)? not"
    r"(?: to)?|prefer not to|(?:must|need to|have to|has to|will have to)(?: \w+ly)?(?: decline| refuse)(?: to)?|"
    r"(?:\w+ly )?(?:decline|refuse) to|do(?:n't| not) (?:think|believe|feel) (?:that )?i (?:can|should|could)|"
    r"(?:'m| am| feel) (?:not (?:\w+ )?comfortable|uncomfortable)(?: with)?|"
    r"do(?:n't| not) feel (?:\w+ )?comfortable(?: with)?)"
)
_PROPER = (  # "it would not be appropriate for me to"
    r"(?:(?:is|would be|'s) (?:not (?:\w+ )?(?:right|appropriate|possible|proper)|inappropriate|improper)|"
    r"(?:is|would)(?:n't| not) (?:be )?(?:right|appropriate|possible|proper)|"
    r"do(?:n't| not) (?:think|believe|feel) (?:that )?it (?:is|would be|'s) (?:right|appropriate|proper))"
    r"(?: for me)?(?: to)?"
)
_ADVERB = r"(?:(?:really|actually|directly|personally|simply|honestly|properly|in good conscience|be) )?"
_THIS = r"(?:that|this|these|such(?: an?)?|your)"
_ASKED = (
    r"(?:question|request|prompt|task|query|instruction|survey|scenario|exercise|topic|conversation|role-?play|"
    r"persona)s?"
)
_CLOSED = r"(?=\s*(?:$|[.,;:!?\u2013\u2014]|(?:as|since|because|due)\b))"
_GROUP = (
    r"(?:person|people|man|woman|men|women|human|someone|somebody|member|individual|resident|citizen|minority|"
    r"respondent|group|community|ethnicity|ethnic|religion|religious|population|demographic|race|character|persona|"
    r"identity|nationality|malay|indian|chinese|muslim|hindu|buddhist|christian|catholic|protestant|jew|sikh|eurasian|caucasian|year-old)\w*"
)
_ANY = (
    r"(?:an?|the|this|that|any|another|such|some|real|specific|particular|certain|older|younger|whole|entire|other|if|"
    r"someone|somebody)"
)
_ONE = rf"(?:{_ANY} (?!other\b)(?:[\w-]+ ){{0,3}})"

_DEEDS = (
    rf"(?:answer|address|discuss|fulfil?l|complete|continue|process|honou?r|accommodate|grant)(?:ing)? "
    rf"(?:with )?{_THIS} (?:\w+ )?{_ASKED}\b",
    rf"(?:answer|fulfil?l|do)(?:ing)? (?:that|this|it){_CLOSED}",
    r"(?:answer|respond|comment)(?=\s*[.!]?$)",
    rf"(?:respond|reply|react)(?:ing)? to (?:{_THIS}|the)(?: (?:\w+ )?{_ASKED}\b|{_CLOSED})",
    rf"(?:help|assist)(?:ing)?(?: you)? with (?:that|this|your|such)(?: {_ASKED})?{_CLOSED}",
    rf"comply(?:ing)?(?: with (?:{_THIS}|the)(?: {_ASKED})?)?{_CLOSED}",
    rf"(?:engage|participate|take part|engaging|participating|taking part) (?:in|with) (?:(?:{_THIS}|the) )?(?:\w+ )*?"
    rf"(?:{_ASKED}\b|stereotyp\w+)",
    rf"(?:continue|continuing) with {_THIS}",
    r"role[- ]?play(?:ing)?\b",
    rf"(?:pretend(?:ing)? to be|impersonat(?:e|ing)|act(?:ing)? as|portray(?:ing)?) {_ONE}?{_GROUP}",
    rf"(?:answer|respond|speak|write|reply)(?:ing)? (?:in|from|as) {_ONE}?(?:{_GROUP}|persona|perspective|standpoint)",
    rf"(?:tak(?:e|ing) on|adopt(?:ing)?|assum(?:e|ing)|embody(?:ing)?|inhabit(?:ing)?) (?:{_ANY} (?:[\w-]+ ){{0,2}})"
    r"(?:persona|character|identity|perspective|viewpoint|voice|standpoint|role of an? (?:specific|particular|real))",
    rf"speak(?:ing)? (?:for|on behalf of) {_ONE}(?:{_GROUP}|persona|perspective)",
    r"(?:provid|generat|produc|creat)(?:e|ing) (?:(?:an?|any|the|such|this|that|personal|specific|single) ){0,2}"
    r"(?:\w+ )?(?:responses?|answers?|content|opinions?|ratings?|numbers?|views?|text)\b",
    r"(?:(?:give|giving|offer(?:ing)?|shar(?:e|ing)|express(?:ing)?|stat(?:e|ing)|hold(?:ing)?|form(?:ing)?) "
    r"(?:(?:an?|any|my|my own) )?(?:personal|subjective|political)|hav(?:e|ing) (?:any )?(?:personal|subjective)) "
    r"(?:\w+ )?(?:opinion|belief|view|answer|stance|preference|perspective|position)s?(?! at\b)",
    r"(?:give|offer) an? (?:first-person|personal) (?:answer|response|account)",
    rf"(?:choose|choosing|select|selecting|pick|picking) (?:an?|any|one) (?:option|answer|number|response)"
    rf"(?:{_CLOSED}| to {_THIS}| (?:for|to) an? (?:whole|entire)\b)",
)
_PASS = (  # whole phrases of declining
    rf"\b(?:must|have to|need to|will)(?:, \w+,)? (?:\w+ly )?decline "
    rf"(?:(?:{_THIS}|the) {_ASKED}\b|(?:that|this)(?: one)?{_CLOSED})",
    rf"\bi(?:'ll| will| must|'m going to)?(?: have to| need to)? (?:skip|pass on) (?:{_THIS}|the) (?:one|{_ASKED})\b",
    r"\bi(?:'ll| will| must| have to| need to|'d rather) (?:abstain|refrain) from (?:answer|respond|comment|role)\w*",
    r"\b(?:must|need to)(?:, \w+,)? (?:respectfully |politely )?decline(?=\s*(?:[.;:!]|$))",
    r"\bi respectfully decline\b",
    rf"\bnot something i(?:'m able to| am able to| can) (?:respond to|answer|do|discuss|help with){_CLOSED}",
    r"\bnot (?:comfortable|something) (?:with )?(?:this|that|your) (?:question|request|prompt|persona)",
    r"\b(?:my|these) (?:guidelines|programming|training data|policies|instructions) (?:do(?:es)? not|don't|doesn't|"
    r"prevents?|prohibits?|forbids?|requires?)\b",
)
_MADE = (
    rf"\b(?:trained|created|developed|made|built|programmed) by {_MAKERS}\b",
    r"\bi(?:'m| am) (?:designed|programmed) to (?:be|provide|assist|help|avoid|remain|stay|offer|not|give)\b",
    r"\bi(?:'m| am) (?:chatgpt|gpt-?\d\S*|gemini|llama|qwen|deepseek|copilot)\b",
    r"\bi(?:'m| am) not (?:a (?:real )?(?:person|human(?: being)?)|human)\b(?!,? (?:who|to)\b)",
)
_SELF = r"(?:opinion|belief|feeling|emotion|view|viewpoint|preference|experience|stance|position)s?"
_TAIL = (
    r"(?:(?:,? (?:and|or|nor)|,) (?:an? |any )?(?:personal )?\w+)*"
    r"(?=\s*(?:[.,;:!?\u2013\u2014]|$|\b(?:to share|about (?:this|that|it)|on (?:this|that|it)|like humans?|as an?|"
    r"so)\b|(?:on|about) \w+\s*[.;!]))"
)
_NOBODY = (
    rf"\bi(?: do not|'m not|n't| don't| cannot| can't| lack| have no) ?(?:have|hold|possess|form|share)? ?(?:any |a )?"
    rf"(?:personal|subjective|lived|human) (?:\w+ )?{_SELF}{_TAIL}",
    r"\bi (?:do not|don't) (?:have|hold|possess) (?:any )?(?:opinions?|beliefs?) or (?:beliefs?|opinions?|feelings?)\b",
    r"\bi lack (?:the )?lived experience\b",
    r"\bi (?:do not|don't) experience (?:emotions|feelings|trust|life)\b",
)
_HEDGE = re.compile(
    r"(?:,|;| -| \u2013| \u2014)? (?:but|though|although|yet|still|only)\b,? (?:(?:for|to|as for) (?:me|my|us|our)\b|"
    r"(?!i (?:can|could|will|'?d be|am happy|am able)\b|i'(?:ll|d be|m happy)\b|here\b)(?:i|my|we|our|in (?:my|our)|"
    r"overall|personally|mostly|on \w+ i|at \d+ i|as an? \w+ (?:mother|father)|\w+ i)\b)"
)
_SHORT = (
    r"^(?:(?:i'm |i am |(?:my )?apologies,? ?)?(?:sorry)?\W*)(?:but )?(?:i(?:'d| would) (?:rather|prefer)(?: to)? not|"
    r"i(?:'d| would) prefer not|i prefer not|i refuse|i decline|i (?:can ?not|can't|won't|will not|am unable "
    r"to|'m unable to))(?: to)?(?: (?:say|answer|comment|respond|share|tell|disclose|discuss|do)(?! (?:for|much)\b))?"
    r"(?: (?:that|this|it|my|the|to|about|on|answer|question|view|views|you|here|one)){0,4}\W*$",
    r"^(?:no comment|no answer|i have no comment|pass|i pass|n/a)\W*$",
)


@cache
def _compiled() -> dict[str, re.Pattern[str]]:
    deeds = "|".join(_DEEDS)
    return {
        "machine": re.compile(
            rf"{_NOT_NOW}\b(?:(?:as|being|speaking as|since i(?:'m| am)|because i(?:'m| am)|i(?:'m| am)) )"
            rf"(?:just |only |merely |simply |actually )?(?:an? )?{_ADJECTIVES}{_MACHINE}|" + "|".join(_MADE)
        ),
        "request": re.compile(
            rf"(?:\bi|\bit|\bthat|\bthis|^|,|\band|\bbut|\bso)\s?(?:(?:also|therefore|must|really|just|\w+ly),? )?"
            rf"(?:{_NOT}|{_PROPER})(?: \w+ly)? {_ADVERB}(?:{deeds})"
        ),
        "turned": re.compile(
            rf"(?:{deeds})[^.!?]* (?:is(?:n't| not)|are(?:n't| not)) (?:something )?"
            r"(?:i can|i'm able|i am able|possible|appropriate)"
        ),
        "pass": re.compile("|".join(_PASS)),
        "nobody": re.compile("|".join(_NOBODY)),
        "short": re.compile("|".join(_SHORT)),
    }


def is_refusal(text: str) -> bool:
    """Whether a text is a refusal by the rule above. An empty text is none: it is flagged as empty."""
    rules = _compiled()
    plain = _unwrapped(" ".join(_plain(text).split()))
    if rules["short"].search(plain) and len(plain.split()) <= _SHORT_WORDS:
        return True
    opening = " ".join(_ENDS.split(_QUOTED.sub("", plain)[:_LONGEST])[:_SENTENCES])
    if rules["machine"].search(opening) or rules["nobody"].search(opening):
        return True
    for name in ("request", "turned", "pass"):
        for found in rules[name].finditer(opening):
            rest = re.split(r"[.!?]", opening[found.end() :], maxsplit=1)[0]
            if not _HEDGE.search(rest):
                return True
    return False


def _plain(text: str) -> str:
    """Lower case, straight quotes."""
    straight = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u02bc": "'"})
    return text.translate(straight).casefold()


def _unwrapped(text: str) -> str:
    """Without quotes around the whole."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
