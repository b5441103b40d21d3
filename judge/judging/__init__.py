"""From response files to verdicts: pair, plan, prompt, parse the reply, resolve both orders."""
