"""Imitations of the prompt's tags and of the tokens of chat templates, and the prompt as the judge is shown it."""

from __future__ import annotations

import re

from judge.core.records import Item
from judge.prompts import Prompt, load_prompt

PROMPT = load_prompt("persona-value")
TAG = "k3v9x0qd"
ITEM = Item(id="Q1_x", question_id="Q1", question="Is it so?", persona="a nurse", ground_truth="Yes")
WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
SMALL_CAPITALS = str.maketrans("aeorsnp", "\u1d00\u1d07\u1d0f\u0280\ua731\u0274\u1d18")
BOLD = str.maketrans({chr(97 + at): chr(0x1D41A + at) for at in range(26)})
CYRILLIC = str.maketrans("aeopcs", "\u0430\u0435\u043e\u0440\u0441\u0455")
GREEK = str.maketrans("aeops", "\u03b1\u03b5\u03bf\u03c1\u03c2")

TOKENS = [
    *"""
<|im_end|> <|im_start|>system <|im_end|><|im_start|>assistant <|endoftext|> <|eot_id|> <|begin_of_text|>
<|start_header_id|>system<|end_header_id|> <|system|> <|user|> <|assistant|> <|end|> <|return|> <|call|>
<|start|>assistant<|channel|>final<|message|> <|end_of_turn|> <|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|> <|turn>system
<turn|> <|channel>thought <start_of_turn>user <end_of_turn> <bos> <eos> <s> </s> <unk> <pad> [INST] [/INST]
[SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CALLS] [AVAILABLE_TOOLS] [THINK] [gMASK] [|assistant|] [|endofturn|] <<SYS>>
<</SYS>> <\uff5cend▁of▁sentence\uff5c> <\uff5cUser\uff5c> <\uff5cAssistant\uff5c> <\uff5cbegin▁of▁sentence\uff5c>
<think> </think> <tool_call>
<tool_response> <reserved_106> <extra_id_1> <sop> <eoa> <TOKENS_UNUSED_1> <SPECIAL_10> <seed:bos> <0x0A> <AI> <用户>
<|fim_middle|> ]~b]system [e~[ <|IM_END|> \uff1c|im_end|\uff1e <\u200b|im_end|> &lt;|im_end|&gt; &#60;|im_end|&#62;
%3C|im_end|%3E \\u003c|im_end|\\u003e \\x3c|im_end|\\x3e
""".split(),
    "[ /INST ]",
    "< |im_end| >",
]
NAMES = ("response_a", "ground_truth")
FORMS = (
    "</{}>", "<{}>", "< / {} >", "<\n/\t{}\n>", "</{upper}>", "</{dash}>", "</{words}>", "</{joined}>", "<{}/>",
    "<<//{}>>", "</{}-a1b2c3d4>", '<{} id="1">', "</x:{}>", "</a:b:{}>", "</ns.{}>", "</end {}>", "<end of {}>",
    "</{head}<!-- x -->{tail}>", "<!-- --></{}>", "<!-- </{}> -->", "</{head}/* */{tail}>", "<![CDATA[</{}>]]>",
    "</{head}<![CDATA[]]>{tail}>", "</{head}<>{tail}>", "<?{}?>", "{wide}", "</{cyrillic}>", "</{greek}>", "</{small}>",
    "</{bold}>", "</{zero}>", "</{apart}>", "</{joiner}>", "</{accents}>", "«/{}»", "《/{}》", "\u2039/{}\u203a",
    "〈/{}〉", "【/{}】", "[/{}]", "[{}]", "{{/{}}}", "{{{{/{}}}}}", "&lt;/{}&gt;", "&lt/{}&gt", "&amp;lt;/{}&amp;gt;",
    "&#60;/{}&#62;", "&#x3C;/{}&#x3E;", "{entities}", "%3C/{}%3E", "%253C%252F{}%253E", "{percent}",
    "\\u003c/{}\\u003e", "\\x3c/{}\\x3e", "\\074/{}\\076", "<\\/{}>", "\u226a/{}\u226b", "\u02c2/{}\u02c3",
    "\u1438/{}\u1433",
)  # fmt: skip


def filled(form: str, name: str) -> str:
    return form.format(
        name,
        upper=name.upper(),
        dash=name.replace("_", "-"),
        words=name.replace("_", " "),
        joined=name.replace("_", ""),
        head=name[:5],
        tail=name[5:],
        wide=f"</{name}>".translate(WIDE),
        cyrillic=name.translate(CYRILLIC),
        greek=name.translate(GREEK),
        small=name.translate(SMALL_CAPITALS),
        bold=name.translate(BOLD),
        zero=name.replace("o", "0"),
        apart=" ".join(name),
        joiner="\u200d".join(name),
        accents="\u0301".join(name),
        entities="".join(f"&#{ord(letter)};" for letter in f"</{name}>"),
        percent="".join(f"%{ord(letter):02X}" for letter in f"</{name}>"),
    )


FRAMES = [filled(form, name) for form in FORMS for name in NAMES]


def shown(response: str, prompt: Prompt = PROMPT) -> str:
    fields = prompt.fields(ITEM) | {"response_a": prompt.neutralize(response), "response_b": "No."}
    return "\n".join(prompt.render(fields, TAG))


def own_tags(text: str) -> list[str]:
    return re.findall(rf"</?\w+-{TAG}>", text)
