"""Fine-tune a local model on structured preferences (extra ``train``: trl, peft, datasets, accelerate)."""
