"""What a judge's reply means: its verdict, or why it has none."""
