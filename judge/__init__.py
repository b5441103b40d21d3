"""persona-judge: did fine-tuning make a model speak for people as they are?"""

__version__ = "0.1.0"
