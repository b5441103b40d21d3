"""Human labels: this project's annotations, and other tools' label tables."""
