"""Who the user is and what the user allows. `None` is unknown, and unknown asks, never allows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """Who uses the models, counted with its affiliates. What is not said is None."""

    commercial: bool | None = None
    monthly_active_users: int | None = None  # now, over all products
    monthly_active_users_at: tuple[tuple[str, int], ...] = ()  # (`YYYY-MM`, users), sorted
    annual_revenue_usd: int | None = None
    monthly_revenue_usd: int | None = None
    countries: tuple[str, ...] | None = None  # ISO 3166-1 alpha-2, upper case
    distributes_weights: bool | None = None
    hosts_as_service: bool | None = None
    trains_on_outputs: bool | None = None  # other models than the licensed one
    core_business: str | None = None

    def users_in(self, month: str) -> int | None:
        """Give the monthly active users of a month written `YYYY-MM`, or None where nobody said."""
        return dict(self.monthly_active_users_at).get(month)

    def does(self, when: str, *, service_counts: bool = False) -> bool | None:
        """Does the occasion of a duty (`distribute`, `host`, …) arise? None where nobody said.

        `service_counts`: a license for which offering a service is passing on.
        """
        answers = {
            "distribute": self.distributes_weights,
            "derive": self.distributes_weights,
            "host": self.hosts_as_service,
            "train": self.trains_on_outputs,
            "commercial": self.commercial,
        }
        answer = answers.get(when, True)
        if when != "distribute" or not service_counts or answer:
            return answer
        return True if self.hosts_as_service else answer if self.hosts_as_service is False else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What someone read in a license text, for that text only: it lapses when the text changes."""

    model: str
    license: str  # an SPDX expression
    text_sha256: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensePolicy:
    """SPDX expressions or `category:…`, by what shall happen. Deny beats review beats allow."""

    allow: tuple[str, ...] = ()
    review: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    corrections: tuple[Correction, ...] = ()
