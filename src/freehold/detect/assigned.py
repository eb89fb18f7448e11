"""Names of one file that are set one by one: what one is set to may pin what another is."""

from __future__ import annotations

from freehold.detect.notes import Notes
from freehold.detect.pins import Partners, is_pin


def pair(notes: Notes) -> None:
    """`ARG MODEL_ID=org/name` and `ARG MODEL_REVISION=v1`, in whichever order and however far apart."""
    partners = Partners(notes.variables.names)
    for name, number in notes.assigned.items():
        pin = partners.of(name)
        if pin is not None and is_pin(pin):
            notes.told_again(number, notes.inserted(f"${pin}"))
