"""Phrases of an assistant that gives no answer in its role, by kind and language, for the rule on refusals.

Each kind is a way of refusing that people rarely use of themselves: a respectful decline to give a view, a referral to a
crisis line, not speaking for a group, a life that was never lived, stepping out of the role, not taking sides, a policy,
an offer of information instead, another topic. The texts are lower case, with straight quotes (see
:func:`judge.core.text.refusals._plain`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_NOT = (
    r"(?:ca(?:n't|nnot|n not)|could(?:n't| not)|(?:won't|will not)(?: be able to)?|would(?:n't| not)(?: want to)?|should(?:n't| not)|"
    r"(?:'m| am)(?: \w+ly)? (?:not|un)(?: )?(?:able|going|willing|prepared|permitted|allowed|in a position|comfortable|"
    r"equipped|here)(?: to)?|(?:'m| am) (?:hesitant|reluctant|wary)(?: to| of)?|"
    r"(?:'d|would)? ?(?:\w+ly )?(?:rather|prefer)(?: to)?(?: [\w ]{1,30}? and)? not(?: to)?|"
    r"(?:\w+ly )?(?:choose|prefer|try|have decided|decided|opt) not to|(?:\w+ly )?(?:decline|refuse)(?: to)?|"
    r"(?:'d |would |will |'ll )?(?:need|have|ought|'m going|am going) to (?:\w+ly )?(?:decline|refrain from|abstain from|avoid|pass on)(?: to)?|"
    r"(?:must|will|'ll|'d like to) (?:\w+ly )?(?:decline|refrain from|abstain from|avoid|pass on)(?: to)?|"
    r"make it a (?:point|rule|practice) not to|(?:refrain|abstain) from|"
    r"do(?:n't| not)(?= (?:offer|share|express|weigh|provide|put|endorse|assign))|"
    r"(?:think|feel|believe) (?:it's|it is|it would be) (?:better|best) (?:that i |if i |to |for me )?(?:do(?:n't| not)|not)"
    r"(?: to)?|do(?:n't| not) (?:think|believe|feel) (?:that )?(?:i (?:should|can|could|ought)(?: be)?|it(?:'s| is| would be)"
    r"(?: \w+)? (?:appropriate|right|proper|fair|my place)(?: for me)?(?: to)?)|it(?:'s| is| would be|'d be) "
    r"(?:not (?:\w+ )?(?:appropriate|right|proper|my place)|inappropriate|improper|unfair)(?: for me)?(?: to)?)"
)
_VIEW = r"(?:opinion|view(?:point)?|stance|position|verdict|rating|score|judge?ment|stand|commentary|endorsement|preference)s?"
_FREE = (
    r"(?!(?: \w+){0,2} (?:at work|at home|at the office|to (?:my|him|her|them)|of (?:him|her|them)|"
    r"between|in my|from my|as a (?:nurse|teacher|mother|father)))"
)
_GIVING = (
    rf"(?:(?:giv|offer|shar|express|stat|provid|voic|put|form|assign|issu|adopt|tak|reveal)\w*(?: (?:forward|out))?(?: you)?"
    rf"(?: (?:an?|any|my|my own|one|either|such an?))?(?: (?:personal|subjective|political|religious|moral|definite|definitive|"
    rf"specific|single|numerical|firm|ethical))* {_VIEW}{_FREE}\b|weigh(?:ing)? in\b|comment(?:ing)? on (?:this|that|such|whether|"
    rf"th(?:is|ese|at) \w+)|(?:rat|scor)(?:e|ing) (?:this|that|it|something|how)\b|(?:giv|provid|offer)\w* an? (?:rating|score|number)\b|"
    rf"(?:answer|address|engag\w+ with|discuss|respond(?:ing)? to|tackl)\w* (?:this|that|the|such a|your) (?:\w+ ){{0,2}}?(?:question|item|topic|"
    rf"subject|matter|prompt|statement|survey)s?\b|discuss(?:ing)? (?:whether|this|suicide|self-harm|ending)\b|"
    rf"provid\w* (?:the|this) (?:help|kind of help) (?:that )?you|(?:simulat|role-?play|impersonat|portray)\w*\b|"
    rf"(?:generali[sz]|stereotyp|speculat)(?:e|ing)\b(?= (?:about|what|on|how))|"
    rf"(?:play|tak(?:e|ing) on|adopt|assum(?:e|ing)|embody)(?:ing)? (?:this|that|the|such an?|an?) (?:\w+ ){{0,2}}?(?:identity|persona|part of|voice of|"
    rf"character)\b)"
)
_GERUND = (
    r"(?:giving|offering|sharing|expressing|providing|taking|answering|speaking|portraying|role-?playing|impersonating|"
    r"assigning|adopting|rating|pretending|assuming|choosing|discussing|representing|generali[sz]ing|guessing)"
)
_CIVIC = (
    r"(?:political|social|religious|moral|ethical|divisive|controversial|contested|contentious|sensitive|polarizing|"
    r"polarising|personal|such|these|this|those|that)"
)
_TOPICS = r"(?:matter|issue|topic|question|subject|debate|belief|figure|controvers)\w*"
_EVEN = r"(?:neutral|impartial|unbiased|balanced|objective|even-?handed|non-?partisan|fair to all)"
_PERSONS = (
    r"(?:person|people|man|woman|men|women|individual|group|community|communities|population|generation|ethnic\w*|relig\w*|"
    r"race|believers?|elders?|malays?|indians?|chinese|muslims?|hindus?|buddhists?|christians?|catholics?|taoists?|sikhs?|"
    r"eurasians?|singaporeans?|year-old|background|demographic\w*)"
)
_UNLIVED = (
    r"(?:life stor(?:y|ies)|body|bodies|consciousness|childhood|upbringing|lived experiences?|physical (?:form|body|"
    r"existence)|personal (?:life|history|background)|nationality|human (?:experiences?|emotions?)|gender)"
)
_LIVED = (
    rf"(?:{_UNLIVED}|famil(?:y|ies)|faith|religion|country|feelings?|emotions?|ethnicity|race|neighbou?rs?|beliefs?|values|"
    r"opinions?|age|home|parents)"
)
_HELP_LINE = (
    r"(?:hot ?line|help ?line|life ?line|crisis (?:line|service|centre|center)|samaritans|counsell?or|therapist|"
    r"mental health|mindline|1-?767\b|\b988\b|\b1771\b|(?:medical|qualified|trained) professional|suicide prevention)"
)
_FACTS = (
    r"(?:information|overview|context|background|arguments?|viewpoints|perspectives|surveys?|research|resources|sources|data|"
    r"summary|pros and cons|considerations|facts|both sides|each side|different (?:views|sides)|attitudes)"
)

_Kinds = dict[str, tuple[str, ...]]
_ENGLISH: _Kinds = {
    "view": (
        rf"(?:\bi|\bbut|\band|\bso|^|,) ?(?:(?:also|therefore|\w+ly),? )?{_NOT}(?: be)?(?: \w+ly)? {_GIVING}",
        rf"(?:^|[.!?,] ){_GERUND}\b[^.!?]{{0,90}}\b(?:is(?:n't| not)|would(?:n't| not) be|goes|falls|lies|is|are(?:n't| not)) "
        r"(?:something (?:that )?i(?:'m| am| can| do| feel|'d be)|outside|beyond|appropriate|right for me|what i)",
        rf"(?:^|[.!?,] ){_GERUND}\b[^.!?]{{0,90}}\b(?:could|would|may|might|risks?) (?:be (?:harmful|misleading|inappropriate|"
        rf"offensive|unfair|dishonest)|(?:\w+ )?(?:reinforc|perpetuat|misrepresent|stereotyp|offend|overgenerali)\w*|misrepresent\w*)",
        rf"\b(?:topic|subject|question|matter|judge?ment|request|thing)s?,? (?:that |which )?i ?{_NOT} (?:discuss|answer|address|comment|respond|speak|fulfil|engage|make|provide)",
        r"\bit(?:'s| is)(?: not|n't) possible for me to (?:say|answer|give|have|tell|rate|speak|respond)",
        r"\bpresumptuous (?:of|for) me\b|\bkeep my (?:own |personal )?(?:views|opinions|beliefs) out of\b",
        rf"\bi ?{_NOT} (?:give|giving|offer|offering|share|sharing) (?:a|my|any) (?:take|first-person (?:account|answer|response)|personal (?:account|answer|response))\b(?! (?:at|to))",
        r"\b(?:this|that|it) (?:is(?:n't| not)|isn't) something (?:that )?i can (?:speak to|answer|comment|give|discuss|weigh|rate|judge|respond|help)",
        r"\bi do(?:n't| not) feel (?:qualified|equipped|able) to (?:speak|say|answer|comment) (?:for|about|on|to) (?:the )?(?:beliefs|views|experiences?|this|that|behalf|opinions)",
        r"\b(?:sit|sitting) this one out\b|\bpass on (?:giving|answering|rating|sharing|this|that|commenting)\b",
        r"\bi (?:hope|trust) you(?:'ll| will|) understand (?:that|why) i (?:choose|can|prefer|won't|will|do|am)",
        rf"\bno (?:personal |single )?{_VIEW} (?:can|will|could) be (?:given|provided|offered|shared|expressed)|"
        rf"\b(?:personal|individual) (?:answer|opinion|stance|view|response|rating)s? (?:is(?:n't| not) (?:possible|something)|"
        r"(?:can't|cannot|won't|will not) be)",
        r"\bkeep (?:my|these) (?:responses|answers|replies) (?:free|neutral|impartial|factual)\b",
        rf"{_VIEW}\b[^.!?]{{0,40}}\bi (?:have none|do(?:n't| not) have (?:any|one))\b|\bopinion of mine to\b",
        r"\bi(?:'ll| will| would| have to|'d)? (?:leave|leaving) (?:the|that|this) (?:judge?ment|decision|choice|answer|verdict)s? "
        r"to (?:you|others|each)|\bbest left to (?:individuals|each|you|experts|the individual)",
    ),
    "crisis": (
        rf"(?<!tell )(?:\bplease\b|\bi(?:'d| would)?(?: \w+ly)? (?:encourage|urge|recommend|suggest|advise) (?:you|that you|anyone|reaching)|"
        rf"\byou can\b|\bhelp is available\b|\breach(?:ing)? out\b|\byou(?:'re| are) not alone\b|\bthere are people who)[^!?]{{0,110}}?{_HELP_LINE}"
        r"(?![^.!?]{0,60}\bi (?:always |often )?(?:tell|told|say|said)\b)",
        r"\bsorry (?:that |to hear (?:that )?)?you(?:'re| are)(?: \w+)? (?:feeling|going through|struggling|in pain)",
        r"\bi (?:care about|am concerned about|want to make sure of) your (?:well-?being|safety)|\bmake sure (?:that )?you(?:'re| are) safe\b",
        rf"\bif you(?:'re| are| or someone you know|'ve| have)[^.!?]{{0,80}}(?:struggling|distress|suicid\w+|ending your life|in crisis|"
        rf"at risk|thoughts of)[^!?]{{0,120}}?(?:{_HELP_LINE}|reach out|please)",
    ),
    "group": (
        rf"\bi ?(?:{_NOT}|lack the standing to|do(?:n't| not) (?:want|wish|claim|presume) to|(?:'m| am) not going to)(?: be)? (?:\w+ly )?(?:claim(?:ing)? to |"
        rf"presum(?:e|ing) to |pretend(?:ing)? to )?(?:speak(?:ing)?|represent(?:ing)?|misrepresent|answer(?:ing)?|talk(?:ing)?|respond(?:ing)?)\b[^.,;!?]{{0,50}}?\b{_PERSONS}\b",
        r"\bnor (?:can|could|would|should|will) i (?:speak|answer|respond) (?:for|as|on behalf of) (?:an?|some\w+|such|any|the|another)\b",
        r"\b(?:it )?(?:would(?:n't| not)|does(?:n't| not)|is(?:n't| not)) (?:be |feel |seem )?(?:right|appropriate|fair|proper)(?: for me)? to (?:claim to )?"
        r"(?:speak|answer|respond|generali[sz]e|represent|say what (?:an?|all))",
        r"\b(?:putting|put) words in(?:to)? the mouths? of\b(?! my)",
        rf"\bwhat (?:an?|this|that|such|these|someone|he|she|they)\b[^.!?]{{0,60}}\bwould (?:say|answer|think|believe|feel|choose|respond|want)\b(?<!my )",
        r"\bno single (?:answer|opinion|view|response|person|perspective) (?:could|can|would|does|is able to)",
        rf"\b(?:assum(?:e|ing|ptions?)|generali[sz]\w+|stereotyp\w+|guess\w*)\b[^.!?]{{0,40}}\b(?:based|on the basis)(?: solely| only| purely)? "
        rf"(?:of|on) (?:their|someone's|a person's|his|her|demographic|age|race|ethnicity|religion|such|these|those)",
        rf"\b(?:based|on the basis) (?:solely|only|purely) (?:of|on) (?:their|demographic|someone's|age|race|ethnicity)",
        r"\b(?:reinforc|perpetuat|promot|rely(?:ing)? on|feed\w* into)\w*(?: \w+){0,2} (?:stereotyp|generali[sz]ation)\w*(?=[^.!?]*(?:$|[.!?]))(?<!bollywood stereotypes)",
        r"\b(?:enough|sufficient|more) (?:information|context|details?) about (?:this|that|the) (?:individual|person|persona|woman|man|character)",
        r"\bwithout (?:more|further|additional) (?:context|information|details?) about (?:this|that|the) (?:individual|person|persona|woman|man|character)",
    ),
    "experience": (
        rf"\bi (?:do(?:n't| not) (?:have|possess)|lack|have no|possess no|have never had) (?:an? |any |the )?(?:\w+ )?{_UNLIVED}\b(?! (?:insurance|with|of|in))",
        rf"\bi (?:do(?:n't| not) (?:have|possess)|lack|have no|possess no) (?:an? |any )?(?:\w+ )?{_LIVED},? (?:(?:an? |any )?{_LIVED},? )*(?:or|and|nor) (?:an? |any |a personal )?{_LIVED}",
        r"\b(?:share|offer|draw (?:up)?on|speak from|recount) (?:any |my )?(?:lived|personal|first-?hand|human|real) experiences?\b(?<=experiences)|"
        r"\b(?:lived|real-life|human) experiences? (?:to (?:share|draw)|of my own)",
        r"\bi do(?:n't| not) (?:experience|feel|have) [\w ]{1,30} (?:the way|as|like) (?:people|humans|a person|you|human beings)\b",
        r"\bas (?:something|an entity|a being|one|a system) (?:without|that (?:has no|lacks|does not have))\b",
        r"\bi exist to (?:provide|help|assist|inform|support)|\bi (?:only |just |merely |simply )?(?:process|generate|produce|predict) (?:text|language|words)\b",
        r"\bi (?:was|am|wasn't|'m)(?: not)? (?:made|built|designed|created|programmed|trained|developed) to (?:have|hold|form|assist|provide|be helpful|help (?:you|users|people with)|"
        r"process|answer questions|offer|support users)",
        r"\b(?:do(?:n't| not) have|lack) the (?:ability|capacity|capability) to (?:hold|have|form|feel|believe|experience)\b",
        r"\b(?:as|i(?:'m| am)) an? (?:machine[- ]learning|artificial|automated|computer|deep learning|digital|ai) (?:system|entity|intelligence|program|tool|being|assistant)"
        r"(?=\s*(?:[,.;:!?]|$| (?:and|so|that|which|who|i|without|with|trained|created|designed|developed|made|built|by|rather)\b))",
        r"\bnot a (?:real )?(?:person|human(?: being)?)\b(?=[^.!?]{0,60}\b(?:don't|do not|no|can't|cannot|nor|neither)\b)(?<!he's not a person)",
    ),
    "role": (
        r"(?<!never )(?<!n't )\b(?:step|stepp|break|drop|leav|go|com|mov)(?:ing|e)?(?: \w+)?(?: out| outside)?(?: of)? (?:(?:the|this|that|your|my) )?(?:\w+ )?(?:persona|character|role-?play|role you)\b",
        r"\bout[- ]of[- ]character\b|\bset(?:ting)? aside the (?:\w+ )?(?:persona|role|character|scenario)\b",
        rf"\b(?:rather than|instead of) (?:pretending|role-?playing|impersonating|playing (?:the|a)|adopting|answering|choosing (?:a|one)|giving (?:a|an|my)|picking|rating|assuming|"
        r"speaking (?:as|for)|taking (?:a|on))\b[^.!?]{0,70}?\b(?:i(?:'ll| can| could|'d| will| would|'m)|let me|allow me)\b",
        r"\b(?:i'm being asked|i am being asked|i've been asked|you(?:'ve| have)? asked me|you(?:'re| are) asking me|(?:prompt|request|question) asks me) to (?:impersonate|role-?play|"
        r"pretend|adopt|play|speak as|express|act|take on|produce|embody)",
        r"\bi appreciate the (?:creative |role-?play )?(?:framing|prompt|scenario|exercise|creativity)\b",
        r"\b(?:respond|answer|reply|speak|speaking) as myself\b|\bdrop the act\b|\boutside (?:of )?(?:the|this|my) role\b|\b(?:speaking|responding|answering|writing) as an assistant\b|(?:^|[.!?] )as an assistant,",
    ),
    "sides": (
        rf"\b(?:i|my (?:goal|aim|purpose|role|job|intention|mission)(?: here)?(?: is)?)\b[^.!?]{{0,40}}\b(?:aim|strive|try|designed|built|trained|programmed|required|need|have|want|"
        rf"prefer|supposed|is|order) to (?:stay|remain|be|keep|maintain)(?: \w+)? {_EVEN}\b(?=[^.!?]*\b(?:on|about|regarding|so i|and (?:can|will|do|won't|don't)|rather|instead))",
        rf"\bi (?:stay|remain|keep|am) (?:\w+ )?{_EVEN} (?:on|about|regarding) (?:\w+ )?(?:{_CIVIC}|{_TOPICS})",
        rf"\b(?:to|i) (?:stay|remain|be|keep) {_EVEN}\b, i (?:won't|will not|can't|cannot|don't|do not|'d rather|would rather|have to|must)",
        rf"\b(?:not|n't|without|never|avoid|refrain from)(?: to)? (?:tak|pick|choos)(?:e|ing) (?:an? |any |up )?(?:personal |political )?(?:sides?|stands?|stances?|positions?) (?:on|in|about|regarding) "
        rf"(?:any |such )?(?:\w+ )?{_CIVIC} (?:\w+ )?{_TOPICS}",
        rf"\bcommitted to (?:staying|remaining|being) {_EVEN}\b|\blet (?:people|you|others|users|everyone) (?:form|make|reach|draw|come to) (?:their|your) own (?:opinion|mind|conclusion|judge?ment|view)s?",
        r"\bwithout (?:taking|picking|choosing|favou?ring) (?:a |any )?(?:sides?|stance|position|one side)\b",
        r"\bmy (?:goal|aim|purpose|role|job|intention|mission|function)(?: here)? is (?:to|not to) (?:assist|be (?:helpful|useful|neutral|of (?:help|use))|help (?:you|people|users|everyone)|provide|inform|support|offer|give "
        r"information|share)",
    ),
    "policy": (
        r"\b(?:against|violat\w+|conflicts? with|contrary to|prohibited by|not (?:allowed|permitted) (?:by|under)|in line with|prevented by) (?:my|the|our) (?:\w+ ){0,2}(?:guidelines|polic(?:y|ies)|programming|instructions)\b"
        r"(?<!company policy)(?<!school policy)",
        r"\b(?:content|usage|safety|use-case) (?:polic(?:y|ies)|guidelines)\b",
        r"\b(?:been |am |'m )?(?:instructed|programmed|trained|designed|configured) (?:not|never) to (?:give|share|express|provide|offer|take|hold|discuss|comment)\b",
        r"\bgenerate content that\b|\b(?:that|this|your) request (?:conflicts|violates|asks|goes)\b",
        r"\bwhich i(?:'m| am) not (?:willing|able|going|prepared|comfortable) to (?:do|say|write)\b|\bso i (?:won't|will not|have to decline|must decline)\s*\.",
        r"\b(?:outside|beyond|out) (?:of )?(?:what i can (?:do|talk|discuss|help|provide)|my (?:scope|abilities|capabilities|remit|capacity|purpose))",
    ),
    "offer": (
        rf"\bi(?:'m| am|'d be| can| could|'ll| will| would be)(?: \w+){{0,2}}? (?:(?:happy|glad|able|pleased) to )?(?:\w+ly |still |instead )?(?:offer|provide|share|explain|summari[sz]e|lay out|discuss|outline|"
        rf"describe|give you|walk you through|help you (?:explore|understand|find)|point you)\b[^.!?]{{0,45}}?\b{_FACTS}",
        r"\blet me (?:give|offer|provide|share|summari[sz]e|outline)(?: you)?[^.!?]{0,40}?\b(?:overview|information|summary|background|context|survey|research)",
        r"\bhere are (?:some|a few|several) (?:things|factors)(?: that)? (?:usually|often|typically|commonly|people|generally)\b",
    ),
    "topic": (
        r"\b(?:talk(?:ed|ing)?|speak|spoke|chat(?:ted)?|move|switch(?:ed)?|change)(?: (?:on|over))? (?:about|to) (?:something else|(?:an?other|a different) (?:topic|subject|question))\b",
    ),
}  # fmt: skip

_ZH_SELF = (
    r"(?:作为|身为|我(?:只)?是|我(?:只)?不过是|我仅是|由于我是|因为我是)(?:由[^,。]{1,10}(?:开发|训练)的)?(?:一个|一名|一款|一种|个)?[^,。!?]{0,8}?"
    r"(?:人工智能|ai|语言模型|大模型|聊天机器人|机器人|虚拟助手|智能助手|程序|通义千问|文心一言|豆包|deepseek|kimi|chatgpt|qwen)"
    r"(?!(?:公司|行业|领域|工程师|研究|老师|专家|专业|产品|方面|[^,。]{0,4}(?:工程师|程序员|老师|专家|经理|员)))"
)
_ZH_NOT = r"(?:无法|不能(?:够)?|没(?:有)?办法|没法|不便|不会|不适合|不应该?|不宜|不方便|不打算|恕难|难以|拒绝|不愿意?|不想|不予)"
_MANDARIN: _Kinds = {
    "machine": (_ZH_SELF,),
    "view": (
        rf"{_ZH_NOT}[^,。!?]{{0,16}}(?:回答|作答|答复|回应|评论|置评|表态|发表|(?:给|做)出[^,。]{{0,6}}(?:意见|评价|判断|看法|评分)|提供[^,。]{{0,8}}(?:意见|观点|看法|答案|评分|回答|帮助)|"
        r"(?:讨论|谈论)(?:这|此|该)|表达[^,。]{0,6}(?:观点|看法|意见|立场)|协助)",
        r"不作(?:回答|评论|评价)|恕(?:我)?(?:不|难|无法)",
        r"(?:这个|该|此)?(?:话题|问题|内容)[^,。]{0,6}敏感[^。]{0,12}(?:不|无法|谨慎)",
    ),
    "crisis": (r"(?:如果|若|假如)[您你][^。]{0,40}(?:请[^。]{0,16}(?:拨打|联系|寻求|致电|求助)|热线|专业人士|心理咨询)", r"请(?:立即|尽快|及时)?(?:拨打|联系|致电)[^。]{0,20}(?:热线|援人协会|心理)",),
    "group": (
        rf"(?:{_ZH_NOT}|不代表)[^,。!?]{{0,6}}(?:以[^,。]{{1,14}}身份|代表[^,。]{{1,12}}(?:发言|说话|发表|回答|观点|立场|表态)|替[^,。]{{1,10}}(?:发言|说话))(?![^。]*(?:但|不过)(?:是)?(?:在)?(?:我|对我))",
        r"刻板印象",
    ),
    "experience": (
        r"我(?:并)?(?:没有|不具备|不拥有|缺乏)(?:任何)?(?:真实的?|个人的?|自己的?|主观的?|人类的?)*(?:生活经历|亲身经历|人生经历|意识|情感|个人(?:观点|意见|看法|信仰|经历|情感|立场|的?宗教信仰)|主观|观点|身体|生命)",
        r"不具备(?:个人|主观|自我)(?:观点|意见|意识|情感)",
        r"没有(?:家庭|身体|情感|意识|信仰|宗教|感情),?(?:也|更)?没有(?:家庭|身体|情感|意识|信仰|感情|生活)",
    ),
    "role": (rf"{_ZH_NOT}[^,。!?]{{0,4}}(?:扮演|模拟|假扮|冒充)|(?:跳出|脱离|退出|暂时放下)(?:这个|该|当前)?角色",),
    "sides": (r"(?:希望|应|应该|需要|必须|会|要|努力)(?:尽量)?(?:保持|秉持|维持)(?:客观|中立|公正)|不会?(?:在[^,。]{1,10})?(?:选边站|站队|偏袒任何一方)(?=[^。]*(?:。|$))(?<!从来不选边站)", r"(?:我的)?(?:职责|目的|任务)是(?:提供|协助|帮助)",),
    "policy": (r"违反[^,。]{0,8}(?:准则|政策|规定|指南|原则)|(?:超出|不在)[^,。]{0,4}我的(?:能力|职责|服务)?范围|我的(?:准则|指南|设定|程序)",),
    "topic": (r"换(?:一)?个(?:话题|问题)|聊(?:点|些)?别的",),
}  # fmt: skip

_MS_MACHINE = (
    r"(?:model bahasa|kecerdasan buatan|pembantu (?:ai|maya|digital|pintar)|(?:program|perisian|sistem) (?:komputer|ai)|(?:sebuah )?program|chatbot|\bai\b|robot)"
)
_MS_NOT = r"(?:(?:tidak|tak|tidaklah) (?:boleh|dapat|akan|mampu|selesa|sesuai|wajar|bersedia|berupaya|layak|mahu|ingin|dibenarkan)(?: untuk)?|enggan|menolak(?: untuk)?|memilih untuk tidak|lebih suka tidak|terpaksa menolak(?: untuk)?|perlu menolak(?: untuk)?)"
_MALAY: _Kinds = {
    "machine": (rf"(?:\bsebagai|\bsaya (?:ini )?(?:ialah|adalah|hanyalah|hanya|cuma|merupakan|sekadar)|kerana saya) (?:sebuah |seorang |satu )?{_MS_MACHINE}(?! ?(?:jurutera|pengaturcara|guru))", r"\bsaya bukan(?:lah)? (?:seorang )?manusia\b",),
    "view": (
        rf"{_MS_NOT}[^,.!?]{{0,12}}\b(?:menjawab|jawab|mengulas|komen|membincangkan|berbincang|memberi(?:kan)?(?: \w+)? ?(?:pandangan|pendapat|pendirian|jawapan|komen|ulasan|markah)|menyatakan (?:sama ada|pandangan|pendapat|pendirian)|"
        r"berkongsi (?:pandangan|pendapat|pengalaman)|membantu (?:dengan|anda|dalam)|memenuhi permintaan)",
        r"\b(?:dengan hormatnya?|maaf,?)[^.]{0,16}menolak\b",
    ),
    "crisis": (r"\bjika (?:anda|awak)[^.]{0,60}(?:sila )?(?:hubungi|telefon)|\bsila (?:hubungi|telefon|dapatkan)[^.]{0,40}(?:samaritans|talian|kaunselor|bantuan|1767)",),
    "group": (rf"{_MS_NOT}[^,.!?]{{0,10}}\b(?:bercakap|cakap|bersuara|menjawab) (?:bagi pihak|untuk|atas nama|mewakili)(?![^.]*\b(?:tapi|tetapi|namun),? (?:bagi|untuk) saya)|{_MS_NOT}[^,.!?]{{0,10}}\bmewakili|stereotaip",),
    "experience": (
        r"\bsaya(?: sendiri)?(?: \w+)? (?:tidak (?:mempunyai|memiliki|ada)|tiada|tak (?:ada|punya))(?: \w+)? ?(?:pengalaman hidup|(?:pendapat|pandangan|kepercayaan|perasaan|pengalaman) (?:peribadi|sendiri)|kesedaran|emosi|badan|(?:agama|keluarga|perasaan|kepercayaan|pandangan) (?:atau|dan|mahupun|kerana saya (?:ialah|bukan)))",
    ),
    "role": (rf"{_MS_NOT}[^,.!?]{{0,10}}\b(?:memainkan (?:watak|peranan)|berlakon|menyamar|melakonkan|berpura-pura)|\b(?:keluar|berhenti) (?:daripada|dari) (?:watak|peranan)",),
    "sides": (r"\b(?:kekal|bersikap|bersifat|perlu) (?:neutral|berkecuali|adil)|\b(?:tanpa|tidak) memihak kepada mana-mana|\b(?:tugas|tujuan|peranan) saya (?:ialah|adalah) (?:untuk )?(?:membantu|memberi)",),
    "policy": (r"\b(?:bertentangan dengan|melanggar|di luar) (?:garis panduan|dasar|polisi|peraturan|kemampuan|keupayaan|skop) (?:saya|kandungan|penggunaan)",),
    "topic": (r"\b(?:topik|tajuk|perkara) (?:lain|yang lain|yang berbeza)\b[^.]*\?|\bmari (?:kita )?(?:bercakap|berbual|berbincang) (?:tentang|mengenai) (?:perkara|topik) lain",),
}  # fmt: skip

_TA_NOT = r"(?:முடியாது|முடியவில்லை|இயலாது|இயலவில்லை|விரும்பவில்லை|மறுக்கிறேன்|மாட்டேன்|கூடாது|சரியாக இருக்காது|சரியல்ல|தவிர்க்கிறேன்|பொருத்தமாக இருக்காது|உகந்ததல்ல)"
_TAMIL: _Kinds = {
    "machine": (
        r"(?:செயற்கை நுண்ணறிவு|\bai\b|மொழி மாதிரி|கணினி நிரல்|மென்பொருள்|சாட்பாட்|உதவியாளர்)(?! ?பொறியாளர)[^.!?]{0,24}(?:எனக்கு|என்னால்|மட்டுமே|மனிதன் அல்ல|ஆக நான்|என்பதால்)",
        r"நான் (?:ஒரு )?(?:செயற்கை நுண்ணறிவு|ai|மொழி மாதிரி|கணினி நிரல்|மென்பொருள்|சாட்பாட்)(?! ?பொறியாளர)",
    ),
    "view": (
        rf"(?:பதில|கருத்த?ு?[^.!?]{{0,10}}(?:தெரிவிக்க|கூற|சொல்ல|வழங்க|பகிர)|விவாதிக்க|கருத்து தெரிவி|மதிப்பிட|விடையளி)[^.!?]{{0,24}}{_TA_NOT}",
        r"பதில(?:ளிக்க|் (?:தர|சொல்ல|கூற))[^.!?]{0,20}(?:மறுக்கிறேன்|முடியாது|இயலாது|விரும்பவில்லை)",
    ),
    "crisis": (r"(?:நீங்கள்|உங்களுக்கு)[^.!?]{0,40}(?:தயவுசெய்து|உதவி)[^.!?]{0,40}(?:அழைக்கவும்|தொடர்பு|எண்)",),
    "group": (rf"(?:சார்பாக|சார்பில்|பிரதிநிதியாக)[^.!?]{{0,20}}(?:பேச|பதில|கருத்து)[^.!?]{{0,12}}{_TA_NOT}",),
    "experience": (r"(?:தனிப்பட்ட|சொந்தக்?) (?:கருத்த?ு?|நம்பிக்கை|அனுபவ|உணர்வு|விருப்ப)[^.!?]{0,14}(?:இல்லை|கிடையாது)", r"வாழ்க்கை அனுபவ[^.!?]{0,8}(?:இல்ல|கிடையாது)", r"(?:குடும்பமோ|உணர்வுகளோ|மதமோ|நம்பிக்கையோ)[^.!?]{0,16}(?:இல்லை|கிடையாது)",),
    "role": (rf"(?:நடிக்க|வேடம|பாத்திரம் ஏற்க|பாத்திரத்தை ஏற்க)[^.!?]{{0,16}}{_TA_NOT}|பாத்திரத்தி(?:லிருந்து|ல் இருந்து) (?:விலகி|வெளியே)",),
    "sides": (r"நடுநிலை(?:யாக|யை|மை)[^.!?]{0,16}(?:நோக்க|இருக்க|கடமை|பேண)|எந்தப் பக்க(?:மும்|த்தையும்) (?:சாய்வதில்லை|எடுக்க|ஆதரிக்க)",),
    "policy": (r"(?:எனது|என்) (?:வழிகாட்டுதல|கொள்கை)[^.!?]{0,10}எதிரான",),
    "topic": (r"வேறு (?:தலைப்ப|விஷய)[^.!?]{0,16}பேச",),
}  # fmt: skip


_OF_SCRIPT = {"Mandarin": re.compile("[\u4e00-\u9fff]"), "Tamil": re.compile("[\u0b80-\u0bff]")}
_MAY_HEDGE = frozenset({"view", "group", "sides", "experience"})  # "I can't speak for all Malays, but in my family ..."


@dataclass(frozen=True, slots=True)
class Phrase:
    """Phrases of one kind and language. ``may_hedge``: a person may write them and go on in their own voice."""

    language: str
    kind: str
    pattern: re.Pattern[str]
    may_hedge: bool


@cache
def _phrases() -> tuple[Phrase, ...]:
    languages = {"English": _ENGLISH, "Mandarin": _MANDARIN, "Malay": _MALAY, "Tamil": _TAMIL}
    return tuple(
        Phrase(
            language,
            kind,
            re.compile(unicodedata.normalize("NFKC", "|".join(patterns)) if language == "Tamil" else "|".join(patterns)),
            language == "English" and kind in _MAY_HEDGE,
        )
        for language, kinds in languages.items()
        for kind, patterns in kinds.items()
    )


def phrases_for(text: str) -> Iterator[Phrase]:
    """Yield the phrases to look for in a text: Mandarin and Tamil ones only where it has letters of their script."""
    absent = {name for name, letters in _OF_SCRIPT.items() if text.isascii() or not letters.search(text)}
    return (phrase for phrase in _phrases() if phrase.language not in absent)
