"""All prompts, as YAML files beside this one, and their loaders."""

from judge.prompts.file import Criterion, PromptFile
from judge.prompts.loader import DEFAULT, Prompt, list_prompts, load_prompt, prompt_of_run

__all__ = ["DEFAULT", "Criterion", "Prompt", "PromptFile", "list_prompts", "load_prompt", "prompt_of_run"]
