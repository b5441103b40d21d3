"""Drawing of figures: charts, styles, palettes, SVG."""
