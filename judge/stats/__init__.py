"""Statistics as pure functions over arrays, without file access or model calls."""
