"""The command that trains models: `judge finetune`."""
