"""What prints the figures of the README and the docs. Not part of the package."""
