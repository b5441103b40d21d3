"""Models that run on this machine (extra ``local``: transformers, peft) behind the interface of all clients."""
