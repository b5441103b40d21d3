"""Calls and their results as lines of files: OpenAI's batch format and Anthropic's."""
