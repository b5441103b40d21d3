"""Check a prompt file before its first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fastjsonschema
from jinja2 import TemplateError, meta, nodes

from judge.core.errors import PromptError
from judge.prompts.file import KNOWN, OF_THE_CALL, OPTIONAL, QUOTED, REWORDED, PromptFile
from judge.prompts.templates import compile_template, parse

_TAG_SHOWN = re.compile(r"\{\{\s*tag\s*\}\}")


def check(file: PromptFile, path: Path) -> None:
    """Check the texts, the reply schema and the words for winners of a prompt file.

    Raises:
        PromptError: Names the first problem.
    """

    def refuse(problem: str, hint: str) -> None:
        raise PromptError(problem, path=path, hint=hint)

    used: set[str] = set()
    names: list[str] = []
    for part in ("system", "user"):
        try:
            parsed = parse(getattr(file, part))
            used |= meta.find_undeclared_variables(parsed)
            names += [node.name for node in parsed.find_all(nodes.Name)]
        except TemplateError as error:
            refuse(f"{part}: not a template: {error}", "check the braces; docs/formats.md says what a text may use")
    if unknown := used - set(KNOWN):
        refuse(f"undefined name {', '.join(sorted(unknown))} in the text", f"known fields: {', '.join(KNOWN)}")
    used = {REWORDED.get(name, name) for name in used}
    if missing := used - set(file.requires) - set(OPTIONAL) - set(OF_THE_CALL):
        refuse(f"the text uses {', '.join(sorted(missing))}, which `requires` does not list", "add it to `requires`")
    for name in QUOTED:
        if name not in used:
            refuse(f"the text never shows {name}", "a pairwise prompt shows both responses")
        tag = f"{name}-{{{{ tag }}}}" if "tag" in used else name
        quoted = [_count_quoted(text, name, tag) for text in (file.system, file.user)]
        if None in quoted or sum(filter(None, quoted)) < names.count(name):
            refuse(
                f"{name} is not quoted",
                f"write <{tag}> {{{{ {name} }}}} </{tag}>: text in a response must not look like the prompt's own",
            )
    for part in ("system", "user"):
        try:
            compile_template(getattr(file, part))(dict.fromkeys(KNOWN, "text"))
        except Exception as error:  # an expression may raise any exception
            refuse(f"{part}: cannot be rendered: {error}", "each field is plain text")
    if unused := [name for name in file.requires if name not in used]:
        refuse(
            f"`requires` lists {', '.join(unused)}, which the text does not use",
            "remove it or show it: rows without it would be refused needlessly",
        )
    _check_reply(file, refuse)
    _check_words(file, refuse)
    with_reasons = [bool(criterion.reasons) for criterion in file.criteria.values()]
    if any(with_reasons) and not all(with_reasons):
        refuse("`reasons` is given for some criteria only", "give it for all criteria, or for none")
    if any(with_reasons) and "criterion" not in used:
        refuse(
            "criteria have `reasons`, and the text never uses `criterion`",
            "a call for one criterion must ask for that one: prompts/judge/study.yaml shows how",
        )


def _count_quoted(text: str, name: str, tag: str) -> int | None:
    """The number of places that show the field; None if one is not between the opening and closing ``tag``."""
    text = _TAG_SHOWN.sub("{{ tag }}", text)
    places = list(re.finditer(r"\{\{[^}]*\b" + name + r"\b[^}]*\}\}", text))
    for place in places:
        before, after = text[: place.start()], text[place.end() :]
        if before.rfind(f"<{tag}>") <= before.rfind(f"</{tag}>") or f"</{tag}>" not in after:
            return None
    return len(places)


def _check_reply(file: PromptFile, refuse: Callable[[str, str], None]) -> None:
    properties = file.reply.get("properties")
    required = file.reply.get("required")
    if file.reply.get("type") != "object" or not isinstance(properties, dict) or not isinstance(required, list):
        refuse(
            "`reply` is not the schema of an object with properties and required",
            "see prompts/judge/default/persona-value.yaml",
        )
        return
    fields = [criterion.field for criterion in file.criteria.values()]
    for name, criterion in file.criteria.items():
        if unknown := [each for each in criterion.reasons if each not in properties or each in fields]:
            refuse(
                f"`reasons` of {name} lists {unknown[0]!r}, which is no analysis of the reply",
                "list properties of `reply` other than the winners",
            )
    for field in fields:
        if field not in properties or field not in required:
            refuse(
                f"the reply has no required property {field!r}",
                "add the field of each criterion to `properties` and `required`",
            )
    try:
        fastjsonschema.compile(file.reply)
    except (fastjsonschema.JsonSchemaDefinitionException, re.error) as error:
        refuse(f"`reply` is not a JSON schema: {error}", "see prompts/judge/default/persona-value.yaml")
    if len(set(fields)) != len(fields):
        refuse("two criteria share a field", "give each criterion a field of its own")
    for field in fields:
        if not isinstance(properties[field], dict) or properties[field].get("type") != "string":
            refuse(f"the reply's {field!r} is not of type string", "write `type: string, enum: [A, B, tie]`")
    _check_strict(file.reply, refuse)
    order = list(properties)
    first_winner = min(order.index(field) for field in fields)
    if first_winner == 0 or any(name not in fields for name in order[first_winner:]):
        refuse(
            "a winner comes before the reasoning",
            "list the analyses first in `reply.properties`: a judge that names a winner first justifies it afterwards",
        )


def _check_strict(reply: dict[str, Any], refuse: Callable[[str, str], None]) -> None:
    """Strict structured output accepts only closed objects, with all properties required."""
    for where, schema in _schemas(reply, "reply"):
        if schema.get("type") != "object" and "properties" not in schema:
            continue
        if schema.get("additionalProperties") is not False:
            refuse(
                f"{where} does not say `additionalProperties: false`", "add it: strict structured output requires it"
            )
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if optional := [name for name in properties if name not in required]:
            refuse(
                f"{where} does not require {', '.join(optional)}",
                "list every property under `required`: strict structured output requires it",
            )


def _schemas(schema: object, where: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schema and all schemas within it, each with its path."""
    if not isinstance(schema, dict):
        return
    yield where, schema
    for key in ("properties", "$defs", "definitions"):
        if isinstance(schema.get(key), dict):
            for name, inner in schema[key].items():
                yield from _schemas(inner, f"{where}.{key}.{name}")
    yield from _schemas(schema.get("items"), f"{where}.items")
    for key in ("anyOf", "oneOf", "allOf", "prefixItems"):
        if isinstance(schema.get(key), list):
            for at, inner in enumerate(schema[key]):
                yield from _schemas(inner, f"{where}.{key}.{at}")


def _check_words(file: PromptFile, refuse: Callable[[str, str], None]) -> None:
    if set(file.winners) != {"A", "B", "tie"}:
        refuse("`winners` must list the words for A, B and tie", "see prompts/judge/default/persona-value.yaml")
    choices: dict[str, str] = {}
    for choice, words in file.winners.items():
        if not words:
            refuse(f"`winners` has no word for {choice}", "give at least one")
        for word in words:
            if not word.strip():
                refuse(f"`winners` has an empty word for {choice}", "remove it")
            if choices.setdefault(word.casefold(), choice) != choice:
                refuse(
                    f"the word {word!r} means both {choices[word.casefold()]} and {choice}", "give it to one of them"
                )
    for criterion in file.criteria.values():
        enum = file.reply["properties"][criterion.field].get("enum", ())
        if unknown := [word for word in enum if str(word).casefold() not in choices]:
            refuse(
                f"{criterion.field} allows {unknown[0]!r}, which `winners` does not list", "add it to a choice's words"
            )
