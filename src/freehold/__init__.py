"""freehold: do you hold this model freehold, or on a lease that its vendor can end?"""

__version__ = "0.1.0"
