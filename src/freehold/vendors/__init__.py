"""Who publishes models, which lines they follow, and what vendors did before: read from rules/vendors."""
