"""Three files of plain answers and a mock judge of them, for following docs/tutorial-plain-answers.md without a key.

    python examples/mock_judge.py --write-answers .
    python examples/mock_judge.py --port 8001

The judge has the API of OpenAI at http://127.0.0.1:8001/v1. It is not a language model: it counts reasons and examples,
has a liking for the response that is shown first, and now and then a mood of its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from pathlib import Path

from aiohttp import web

THINGS = {
    "chess": ("it trains planning", "you learn to think two moves ahead", "a club in the next street has free boards"),
    "swimming": ("it is kind to the joints", "half an hour a week helps", "the pool opens before work"),
    "baking bread": ("it is cheap", "flour, water, salt and time are enough", "a loaf on Sunday lasts till Wednesday"),
    "a language": (
        "it opens films and friendships",
        "ten minutes a day add up",
        "labels on your cupboards teach nouns",
    ),
    "drawing": ("you learn to look", "lines get better by being drawn", "draw the same cup for seven days"),
    "gardening": ("it gets you outside", "herbs forgive beginners", "mint grows in any old pot"),
    "cycling": ("it saves fares", "legs adapt within a month", "a bell and lights cost less than a tank of petrol"),
    "singing": ("it lifts the mood", "choirs take people who cannot read notes", "hum on the way to work"),
    "first aid": ("it may save somebody", "one afternoon covers the basics", "the fire station gives courses"),
    "mending clothes": ("it saves money", "a running stitch holds most tears", "start with a sock and bright thread"),
}
FILLER = "There are many views on this, and in the end it depends on the person, the place and the time."
_RESPONSES = re.compile(r"<response_(a|b)-\w+>\n(.*?)\n</response_\1-", re.DOTALL)


def answers() -> dict[str, list[dict[str, str]]]:
    """The rows of each model: `brief` gives one reason, `thorough` mostly three, `vague` hardly any."""
    found: dict[str, list[dict[str, str]]] = {"brief": [], "thorough": [], "vague": []}
    for number, (thing, (reason, more, example)) in enumerate(THINGS.items()):
        question = f"Why should I take up {thing}?"
        texts = {
            "brief": f"Because {reason}." + (f" For example, {example}." if number % 4 == 0 else ""),
            "thorough": f"Because {reason}. Also, {more}." + (f" For example, {example}." if number % 3 else ""),
            "vague": f"{FILLER} {FILLER if number % 2 else f'Still, because {reason}, some people like it.'}",
        }
        for name, text in texts.items():
            found[name].append({"question": question, "answer": text})
    return found


def verdict(prompt: str) -> str:
    """The reply to one comparison."""
    texts = dict(_RESPONSES.findall(prompt))
    points = {side: len(re.findall(r"because|also,|for example", text, re.I)) for side, text in texts.items()}
    mood = int(hashlib.sha256("".join(sorted(texts.values())).encode()).hexdigest(), 16) % 5 - 2
    lead = points["a"] - points["b"] + 0.4 + (0.4 * mood if texts["a"] < texts["b"] else -0.4 * mood)
    winner = "A" if lead > 0.5 else "B" if lead < -0.5 else "tie"
    analysis = f"The first response gives {points['a']} points, the second {points['b']}."
    return json.dumps({"analysis": analysis, "overall_winner": winner})


async def complete(request: web.Request) -> web.Response:
    """Answer a chat completion."""
    body = await request.json()
    message = {"role": "assistant", "content": verdict(body["messages"][-1]["content"])}
    size = sum(len(each["content"]) for each in body["messages"])
    return web.json_response(
        {
            "id": "mock",
            "object": "chat.completion",
            "created": 0,
            "model": "mock-judge",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": size // 4, "completion_tokens": 30, "total_tokens": size // 4 + 30},
        }
    )


def main() -> None:
    """Write the answers, or serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write-answers", type=Path, metavar="FOLDER")
    parser.add_argument("--port", type=int, default=8001)
    given = parser.parse_args()
    if given.write_answers is not None:
        for name, rows in answers().items():
            (given.write_answers / f"{name}.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        return
    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    web.run_app(app, host="127.0.0.1", port=given.port, print=None)


if __name__ == "__main__":
    main()
