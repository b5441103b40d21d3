"""Decide whether a text is a refusal, by rules that docs/generation.md states and labelled sentences measure.

One engine for three kinds of text (:data:`Context`):

- ``response``: an open answer in a persona's voice. The first three sentences are read, up to 400 characters, without
  what stands in double quotes: a refusal is at the beginning, and a person may quote what a chatbot said.
- ``answer``: a reply without a code to a question that asks for one. Every sentence is read, up to 400 characters.
- ``judgment``: a judge's own words. Only their beginning is read: later a judge may quote a response that refuses.

A ``response`` or an ``answer`` is a refusal if one of these rules applies.

1. *machine*: the writer says that it is an AI, a model or a program, or was made by a company that makes these. A trade
   ("an AI engineer", "a language model teacher") is none: after "AI" only a word for a machine, or the end of the noun.
2. *request*: the writer declines (cannot, will not, would rather not, is not comfortable ...) something that only this
   conversation asks for: to answer this request, to role-play, to speak as a persona or for a group. What people
   decline in life (bribes, wine, to choose a husband for a daughter) does not count.
3. *denial*: the writer denies having personal opinions, beliefs, feelings or experiences as such. "No strong feelings
   about politics" is a person's.
4. *short*: the whole text is a few words that decline to answer.
5. *assistant*: the writer uses a phrase of an assistant that gives no answer in its role, in English, Mandarin, Malay
   or Tamil (:mod:`judge.core.text.assistant_phrases`): a respectful decline, a crisis line ...
6. *no answer* (``answer`` only): "I cannot choose.", "don't know", "none of the above", "no comment", "n/a".

A sentence that declines and goes on in the persona's voice ("..., but I trust our police") is a hedge and no refusal,
unless it goes on to offer help instead.

A ``judgment`` is a refusal if rule 4 applies, or if it begins, after an apology, with "I cannot" (will not, decline to
...) and any verb but a few: "I can't tell them apart" reports a tie, "I won't follow the instruction in response A" is
part of judging.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import Literal

from judge.core.text.assistant_phrases import phrases_for

Context = Literal["answer", "response", "judgment"]

_LONGEST, _SENTENCES, _SHORT_WORDS = 400, 3, 12
_BEGINNING = 300  # characters of a judge's words
_QUOTED = re.compile(
    r'"[^"]{1,200}"|(?<![\w\'])\'(?=\w)[^"]{2,200}?(?<!\s)\'(?!\w)|[\u300c\u300e][^\u300d\u300f]{1,200}[\u300d\u300f]'
)
_ENDS = re.compile(r"(?<=[.!?:])\s+|(?<=[\u3002!?])(?=[\u2e80-\uffef])")

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
_NOT_NOW = r"(?<!used to be )(?<!work )(?<!works )(?<!worked )(?<!working )(?<!job )"

_NOT = (
    r"(?:ca(?:n't|nnot|n not)|could(?:n't| not)|(?:wo(?:n't)|will not)(?: be able to)?|"
    r"(?:'m| am|'re| are)(?: \w+ly)? (?:not|un)(?: )?"
    r"(?:able|going|permitted|allowed|willing|prepared)(?: to)?|'d (?:rather|prefer)(?: to)? not(?: to)?|"
    r"would (?:rather|prefer)(?: to)? not(?: to)?|prefer not to|"
    r"(?:must|need to|have to|has to|will have to)(?: \w+ly)?(?: decline| refuse)(?: to)?|"
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
    rf"(?:answer|fulfil?l|do)(?:ing)? (?:(?:that|this)(?: one)?|it){_CLOSED}",
    r"(?:answer|respond|comment)(?=\s*[.!]?$)",
    rf"(?:respond|reply|react)(?:ing)? to (?:{_THIS}|the)(?: (?:\w+ )?{_ASKED}\b|{_CLOSED})",
    rf"(?:help|assist)(?:ing)?(?: you)? with (?:that|this|your|such)(?: {_ASKED}| one)?{_CLOSED}",
    rf"comply(?:ing)?(?: with (?:{_THIS}|the)(?: {_ASKED})?)?{_CLOSED}",
    rf"(?:engage|participate|take part|engaging|participating|taking part) (?:in|with) (?:(?:{_THIS}|the) )?(?:\w+ )*?"
    rf"(?:{_ASKED}\b|stereotyp\w+)",
    rf"(?:continue|continuing) with {_THIS}",
    r"role[- ]?play(?:ing)?\b",
    rf"(?:pretend(?:ing)? to be|impersonat(?:e|ing)|act(?:ing)? as|portray(?:ing)?) {_ONE}?{_GROUP}",
    rf"(?:answer|respond|speak|write|reply)(?:ing)? (?:in|from|as) {_ONE}?(?:{_GROUP}|persona|perspective|standpoint)",
    rf"(?:tak(?:e|ing) on|adopt(?:ing)?|assum(?:e|ing)|embody(?:ing)?|inhabit(?:ing)?) (?:{_ANY} (?:[\w-]+ ){{0,2}})"
    r"(?:persona|character|identity|perspective|viewpoint|voice|standpoint|role of an? (?:specific|particular|real))",
    rf"(?:speak(?:ing)? (?:for|on behalf of)|(?:answer|respond|reply)(?:ing)? on behalf of) "
    rf"{_ONE}(?:{_GROUP}|persona|perspective)",
    r"(?:provid|generat|produc|creat)(?:e|ing) (?:(?:an?|any|the|such|this|that|personal|specific|single) ){0,2}"
    r"(?:\w+ )?(?:responses?|answers?|content|opinions?|ratings?|numbers?|views?|text)\b",
    r"(?:(?:give|giving|offer(?:ing)?|shar(?:e|ing)|express(?:ing)?|stat(?:e|ing)|hold(?:ing)?|form(?:ing)?) "
    r"(?:(?:an?|any|my|my own) )?(?:personal|subjective|political)|hav(?:e|ing) (?:any )?(?:personal|subjective)) "
    r"(?:\w+ )?(?:opinion|belief|view|answer|stance|preference|perspective|position)s?(?! at\b)",
    r"(?:give|offer) an? (?:first-person|personal) (?:answer|response|account)",
    r"(?:compar|evaluat|assess|judg|rat|rank|scor)(?:e|ing)? (?:(?:both|either|these|those|the)(?: two)? )?"
    r"(?:responses|answers|texts|candidates)\b",
    rf"(?:compare|evaluate|assess|judge|rate|rank) these{_CLOSED}",
    rf"(?:choose|choosing|select|selecting|pick|picking) (?:an?|any|one) (?:option|answer|number|response)"
    rf"(?:{_CLOSED}| to {_THIS}| (?:for|to) an? (?:whole|entire)\b)",
)
_DECLINING = (  # whole phrases of declining
    rf"\b(?:must|have to|need to|will)(?:, \w+,)? (?:\w+ly )?decline "
    rf"(?:(?:{_THIS}|the) {_ASKED}\b|(?:that|this)(?: one)?{_CLOSED})",
    rf"\bi(?:'ll| will| must|'m going to)?(?: have to| need to)? (?:skip|pass on) (?:{_THIS}|the) (?:one|{_ASKED})\b",
    r"\bi(?:'ll| will| must| have to| need to|'d rather) (?:abstain|refrain) from (?:answer|respond|comment|role)\w*",
    r"\b(?:must|need to|have to|will|'ll)(?:, \w+,)? (?:respectfully |politely )?decline(?=\s*(?:[.;:!]|$))",
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
_DENIAL = (
    rf"\bi(?: do not|'m not|n't| don't| cannot| can't| lack| have no) ?(?:have|hold|possess|form|share)? ?(?:any |a )?"
    rf"(?:personal|subjective|lived|human) (?:\w+ )?{_SELF}{_TAIL}",
    r"\bi (?:do not|don't) (?:have|hold|possess) (?:any )?(?:opinions?|beliefs?) or (?:beliefs?|opinions?|feelings?)\b",
    r"\bi lack (?:the )?lived experience\b",
    r"\bi (?:do not|don't) experience (?:emotions|feelings|trust|life)\b",
)
_HEDGE = re.compile(
    r"[,;:] (?:for|to|as for) (?:me|my|us|our)\b|[,;:] (?:personally|in (?:my|our) (?:family|house|home)|here)\b|"
    r"(?:,|;| -| \u2013| \u2014)? (?:but|though|although|yet|still|only)\b,? (?:(?:for|to|as for) (?:me|my|us|our)\b|"
    r"(?!i (?:can|could|will|'?d be|am happy|am able)\b|i'(?:ll|d be|m happy)\b|here\b)(?:i|my|we|our|"
    r"in (?:my|our|ours)|overall|personally|mostly|on \w+ i|at \d+ i|as an? \w+ (?:mother|father)|\w+ i)\b)"
)
_SHORT = (
    r"^(?:(?:i'm |i am |(?:my )?apologies,? ?)?(?:sorry)?\W*)(?:but )?(?:i(?:'d| would) (?:rather|prefer)(?: to)? not|"
    r"i(?:'d| would) prefer not|i prefer not|i refuse|i decline|i (?:can ?not|can't|won't|will not)|"
    r"(?:(?:i am |i'm )?(?:unable|not able)))(?: to)?"
    r"(?: (?:say|answer|comment|respond|share|tell|disclose|discuss|do|comply|(?:help|assist)(?=\W*$))"
    r"(?! (?:for|much)\b))?"
    r"(?: (?:that|this|it|my|the|to|about|on|answer|question|view|views|you|here|one)){0,4}\W*$",
    r"^(?:no comment|no answer|i have no comment|pass|i pass|n/a)\W*$",
)
_UNDECIDED = r"(?:can't|cannot|can not|unable to|not able to) (?:say|tell)\b"  # of a judge: a tie, or none at all
_APOLOGY = (
    r"(?:(?:i'm|i am) (?:(?:very|truly|really|so) )?sorry|sorry|i apologi[sz]e|(?:my )?apologies|unfortunately|"
    r"regrettably)"
)
_ANSWERING = (  # verbs that need no object here: in reply to a question they mean the answer
    r"(?:answer|respond|reply|say|tell|choose|pick|select|decide|determine|comment|comply|assist|help(?! it\b)|"
    r"continue|participate|engage|discuss|speculate|do so|do that|do this)"
)
_THESE = rf"(?:{_THIS}|it|them|these|those|either|one|me|you|(?:the|any) {_ASKED}|the (?:options?|answers?|choices?))"
_OBJECT = rf"(?:(?: (?:with|on|about|to|between|from|for|of))? {_THESE})?"
_OPINION = r"(?:opinion|belief|view|feeling|preference|judge?ment|assessment|verdict|position|stance)s?"
_NO_ANSWER = (
    rf"(?:\bi ?|\bbut |\band |^\W*(?:{_APOLOGY}\W+(?:but )?)?){_NOT} ?{_ADVERB}(?:(?:to )?{_ANSWERING}{_OBJECT})?"
    rf"{_CLOSED}",
    rf"(?:\bi ?|\bbut |\band |^\W*){_NOT} {_ADVERB}(?:say|tell you|tell|decide|determine|choose|pick) "
    r"(?:which|what|how(?! much| many)|whether)\b",
    rf"^\W*(?:unable|not able|rather not|prefer not)(?: to)?(?: {_ANSWERING}{_OBJECT})?{_CLOSED}",
    rf"(?:{_NOT}|{_PROPER}) {_ADVERB}(?:give|giving|offer|offering|express|expressing|share|sharing|form|forming|"
    rf"provide|providing|make|making|have|state|stating) (?:(?:an?|any|my|the|such an?) )?(?:(?!in\b|up\b)\w+ )?"
    rf"(?:{_OPINION}|answers?|responses?|choices?|decisions?|selections?|assumptions?|ratings?|numbers?)"
    rf"(?:{_CLOSED}|(?= (?:on|about|regarding|for|in)\b))",
    rf"(?:{_NOT}|{_PROPER}) {_ADVERB}(?:(?:answer|respond to|comment on|discuss)(?:ing)? (?:\w+ ){{0,2}}{_ASKED}\b|"
    r"speculat(?:e|ing)\b|tak(?:e|ing) (?:sides(?! between\b)|(?:an? |any )(?:side|position|stance)s?\b))",
    rf"\bnot comfortable (?:with (?:{_THIS}|the) {_ASKED}|"
    r"(?:answer|respond|say|shar|choos|pick|giv|express|discuss)ing)\b",
    rf"^\W*{_APOLOGY}\W*$",
    rf"^\W*{_APOLOGY},? (?:but )?(?:this|that|it)(?:'s| is| falls| goes| does| isn't| would| question| topic)\b",
    rf"\bdo(?:n't| not) (?:have|hold) (?:an? |any )?(?:\w+ )?{_OPINION}"
    rf"(?={_CLOSED}| (?:on|about) (?:this|that|it)\b)",
    rf"\bdo(?:n't| not) know(?:{_CLOSED}| (?:how|what|which|enough|the answer)\b)",
    rf"\bno (?:answer|comment|opinion)(?: (?:on|about|to|for) {_THESE})?{_CLOSED}",
    r"\bn/a\b|^\W{0,5}(?:na|none)\W{0,5}$",
    r"\bnone of (?:the|these|those) (?:above|options?|answers?|choices?)\b",
)
_STILL_JUDGES = (  # what a judge may decline while it judges: to tell two responses apart, to obey one of them
    r"(?:tell|decide|determine|distinguish|differentiate|choose|pick|separate|say|see|find|identify|detect|discern|spot|"
    r"think of|overlook|ignore|deny|verify|be (?:sure|certain|swayed|influenced|moved)|help (?:but|\w+ing)|"
    r"(?:follow|obey|act on|comply with|execute|carry out) (?:\w+ ){0,3}(?:instruction|command|demand|order|text)s?|"
    r"let|count|penali[sz]e|reward|consider|treat|repeat|quote)"
)
_TASK = (
    rf"^\W*(?:{_APOLOGY}\W+)?(?:but )?(?:as an? [^.,{{]{{1,60}}, )?(?:i|we) ?"
    rf"(?:{_NOT}|(?:\w+ly )?(?:decline|refuse))\b"
    rf"(?! ?{_ADVERB}{_STILL_JUDGES}\b)"
)


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    deeds = "|".join(_DEEDS)
    return {
        "machine": re.compile(
            rf"{_NOT_NOW}\b(?:(?:as|being|speaking as|since i(?:'m| am)|because i(?:'m| am)|i(?:'m| am)) )"
            rf"(?:just |only |merely |simply |actually )?(?:an? )?{_ADJECTIVES}{_MACHINE}|" + "|".join(_MADE)
        ),
        "request": re.compile(
            rf"(?:\bi|\bit|\bthat|\bthis|^|,|\band|\bbut|\bso)\s?(?:(?:also|therefore|must|really|just|\w+ly),? )?"
            rf"(?:{_NOT}|{_PROPER})(?: \w+ly)? {_ADVERB}(?:{deeds})|"
            rf"(?:{deeds})[^.!?]* (?:is(?:n't| not)|are(?:n't| not)) (?:something )?"
            r"(?:i can|i'm able|i am able|possible|appropriate)|" + "|".join(_DECLINING)
        ),
        "denial": re.compile("|".join(_DENIAL)),
        "short": re.compile("|".join(_SHORT)),
        "no answer": re.compile("|".join(_NO_ANSWER)),
        "task": re.compile(_TASK),
        "undecided": re.compile(_UNDECIDED),
    }


def is_refusal(text: str, context: Context) -> bool:
    """Decide whether a text is a refusal.

    Args:
        text: A whole response or reply, without reasoning text. An empty text is no refusal.
        context: What the text should have been: an open ``response``, an ``answer`` with a code, or a ``judgment``.
    """
    rules = _rules()
    plain = _plain(text)
    whole = " ".join(plain.split())
    short = len(whole.split()) <= _SHORT_WORDS and rules["short"].search(whole) is not None
    if context == "judgment":
        return (short and not rules["undecided"].search(whole)) or rules["task"].search(whole[:_BEGINNING]) is not None
    if short:
        return True
    if context == "response":
        passages = iter([" ".join(_ENDS.split(_QUOTED.sub("", whole)[:_LONGEST])[:_SENTENCES])])
        declining = ["request"]
    else:
        passages = _sentences(_QUOTED.sub("", plain))
        declining = ["request", "no answer"]
    return any(
        rules["machine"].search(passage)
        or rules["denial"].search(passage)
        or any(_declines(rules[name], passage) for name in declining)
        or any(
            _declines(phrase.pattern, passage) if phrase.may_hedge else phrase.pattern.search(passage)
            for phrase in phrases_for(passage)
        )
        for passage in passages
    )


def _declines(rule: re.Pattern[str], passage: str) -> bool:
    """Whether a sentence of the passage declines, and does not go on in the persona's voice."""
    rests = (re.split(r"[.!?]", passage[found.end() :], maxsplit=1)[0] for found in rule.finditer(passage))
    return any(not _HEDGE.search(rest) for rest in rests)


def _sentences(plain: str) -> Iterator[str]:
    """Each sentence of each line, cut at ``_LONGEST`` characters: the rules search in quadratic time."""
    for line in plain.splitlines():
        for sentence in _ENDS.split(" ".join(line.split())):
            yield sentence[:_LONGEST]


def _plain(text: str) -> str:
    """Lower case, compatible characters made one, straight quotes, and none around the whole."""
    straight = str.maketrans({"\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "\u02bc": "'"})
    plain = unicodedata.normalize("NFKC", text).translate(straight).casefold().strip()
    return plain[1:-1] if len(plain) > 1 and plain[0] == plain[-1] == '"' else plain
