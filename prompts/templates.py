"""Templates of prompts: a small part of Jinja, whose rendering is bounded in steps and in output.

A prompt file may come from anybody. Its text may show fields, test them, and repeat a part for each entry of a list
that the text or the program gives. It may not count, multiply, join or define what it then repeats: with these, a few
lines could take all time or memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST_CHARACTERS = 4_000_000  # of a rendered text, about a million tokens
MOST_ROUNDS = 1_000  # of the loops over lists in the text
_FILTERS = frozenset("capitalize d default e escape first last length count lower string title trim upper".split())
_NODES = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Test,
    nodes.Filter,
    nodes.Keyword,
    nodes.For,
    nodes.List,
    nodes.Tuple,
    nodes.Getattr,
    nodes.Assign,
)

# No autoescape: the text goes to a model, and quoting is done by `Prompt.quote`.
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)


def parse(text: str) -> nodes.Template:
    """Parse a template and check that its rendering is bounded.

    Raises:
        TemplateError: The text is not a template, or uses more of Jinja than prompts may.
    """
    try:
        parsed = _ENVIRONMENT.parse(text)
        _check(parsed, 1)
    except RecursionError:
        raise TemplateSyntaxError("it is nested too deeply", 1) from None
    except ValueError as error:  # a number of too many digits
        raise TemplateSyntaxError(str(error), 1) from None
    return parsed


@lru_cache(maxsize=64)
def compile_template(text: str) -> Callable[[Mapping[str, Any]], str]:
    """Return a function that renders a template with the given fields.

    The function raises TemplateError where a field is missing, or the text becomes longer than ``MOST_CHARACTERS`` and
    four times what its fields have.

    Raises:
        TemplateError: As for :func:`parse`.
    """
    parsed = parse(text)
    template = _ENVIRONMENT.from_string(text)
    known = dict(template.globals)
    may_grow = any(parsed.find(kind) is not None for kind in (nodes.For, nodes.Filter))

    def render(fields: Mapping[str, Any]) -> str:
        # As `template.new_context` makes it, without copying the library's own names one by one each time.
        context = _ENVIRONMENT.context_class(_ENVIRONMENT, {**known, **fields}, template.name, template.blocks)
        parts = template.root_render_func(context)
        return "".join(_bounded(parts, fields) if may_grow else parts)

    return render


def _bounded(parts: Iterable[str], fields: Mapping[str, Any]) -> Iterator[str]:
    length, most = 0, MOST_CHARACTERS
    for part in parts:
        length += len(part)
        if length > most:
            # A long response is shown all the same, a few times at most.
            most = MOST_CHARACTERS + 4 * sum(len(value) for value in fields.values() if isinstance(value, str))
            if length > most:
                raise TemplateError(f"the text becomes longer than {most:,} characters")
        yield part


def _check(node: nodes.Node, rounds: int) -> None:
    """Check a part of a template that is rendered ``rounds`` times at most, beside loops over the program's lists."""
    if not isinstance(node, _NODES):
        raise TemplateSyntaxError(
            f"a prompt cannot use {type(node).__name__}: it shows fields, tests them (if), and loops over a list",
            node.lineno,
        )
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        raise TemplateSyntaxError(
            f"a prompt cannot use the filter {node.name}: known are {', '.join(sorted(_FILTERS))}", node.lineno
        )
    if isinstance(node, nodes.For):
        if node.recursive:
            raise TemplateSyntaxError("a prompt cannot use a recursive loop", node.lineno)
        if isinstance(node.iter, nodes.List | nodes.Tuple):
            rounds *= max(1, len(node.iter.items))
        elif not isinstance(node.iter, nodes.Name) or rounds > 1:
            raise TemplateSyntaxError("a loop goes over a list, and not within another loop", node.lineno)
        else:
            rounds = MOST_ROUNDS
        if rounds > MOST_ROUNDS:
            raise TemplateSyntaxError(f"loops go round more than {MOST_ROUNDS:,} times", node.lineno)
    if isinstance(node, nodes.Assign):
        lists = nodes.List | nodes.Tuple
        if isinstance(node.node, lists) or any(True for _ in node.node.find_all((nodes.List, nodes.Tuple))):
            raise TemplateSyntaxError("a prompt cannot give a list a name", node.lineno)
    for child in node.iter_child_nodes():
        _check(child, rounds)
