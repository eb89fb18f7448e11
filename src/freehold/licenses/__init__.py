"""What may be done with a model or a package: expressions, terms, texts and the licenses of packages."""
