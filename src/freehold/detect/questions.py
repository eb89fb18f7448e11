"""What callers were asked, for which call that selects a model, and whether any of them knew."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from freehold.detect.outcomes import Given

Question: TypeAlias = tuple[str, Given]  # the kind of call, and what callers give for it


class Questions:
    """Questions that lead to others."""

    def __init__(self) -> None:
        self.asked: set[Question] = set()
        self._answered: set[Question] = set()
        self._leads: dict[Question, list[Question]] = {}
        self._reasons: dict[Question, str] = {}

    def answer(self, question: Question) -> None:
        """Somebody gives a name, or something that is told elsewhere."""
        self._answered.add(question)

    def lead(self, question: Question, other: Question) -> None:
        """Whoever was asked must ask in turn."""
        self._leads.setdefault(question, []).append(other)

    def unknown(self, question: Question, reason: str) -> None:
        """Somebody gives what cannot be known."""
        self._reasons.setdefault(question, reason)

    def without_answer(self, questions: Iterable[Question]) -> str | None:
        """Give the reason why nobody knew, or None if somebody did."""
        queue = list(questions)
        reached = set(queue)
        reason = None
        while queue:
            question = queue.pop(0)
            if question in self._answered:
                return None
            reason = reason or self._reasons.get(question)
            more = [other for other in self._leads.get(question, ()) if other not in reached]
            reached.update(more)
            queue += more
        return reason
