"""When a line's models came out, and with or without weights, as one row of dots."""

from __future__ import annotations

from datetime import date

from freehold.report.page.markup import Markup, element, joined, lines, link
from freehold.report.ranking import Row
from freehold.types import Model
from freehold.vendors.history import Line, Release

APART = 40  # percent of the width that a label takes, on a phone too


def timeline(line: Line, used: tuple[Row, ...], today: date) -> Markup | None:
    """Draw a line's verified flagships up to today, those that the project loads with a ring. None: there are none."""
    releases = line.flagships(today)
    if not releases:
        return None
    loaded = {row.model.name.lower() for row in used}
    loaded |= {row.model.id.lower() for row in used if isinstance(row.model, Model) and row.model.id}
    days = max((today - releases[0].on).days, 1)
    places = [2 + round(96 * (release.on - releases[0].on).days / days, 1) for release in releases]
    picture = element(
        "svg",
        lines(
            element("line", x1="0%", y1=36, x2="100%", y2=36, class_="axis"),
            *(_dot(release, place, loaded, today) for release, place in zip(releases, places, strict=True)),
            *_labels(releases, places, loaded),
        ),
        role="img",
        aria_label=f"releases of {line.name}",
    )
    newest = releases[-1]
    table = element("table", lines(*(_row(release, loaded, today) for release in reversed(releases))))
    return element(
        "section",
        lines(
            element(
                "h3", line.name, element("small", f" · newest: {newest.model}, {newest.access_on(today)}, {newest.on}")
            ),
            picture,
            element("details", element("summary", f"{len(releases)} since {releases[0].on}"), table),
        ),
        class_="line",
    )


def _dot(release: Release, place: float, loaded: set[str], today: date) -> Markup:
    kind = "open-release" if release.has_weights(today) else "closed-release"
    title = element("title", f"{release.on} {release.model}: {release.access_on(today)}")
    ring = (
        element("circle", cx=f"{place}%", cy=36, r=11, fill="none", class_="yours") if _yours(release, loaded) else None
    )
    return element("g", title, element("circle", cx=f"{place}%", cy=36, r=7, stroke_width=3, class_=kind), ring)


def _labels(releases: tuple[Release, ...], places: list[float], loaded: set[str]) -> list[Markup]:
    """Name what has room: the newest, then what the project loads, then the others from the newest back."""
    wanted = sorted(range(len(releases)), key=lambda n: (n != len(releases) - 1, not _yours(releases[n], loaded), -n))
    named: list[int] = []
    for number in wanted:
        if all(abs(places[number] - places[other]) >= APART for other in named):
            named.append(number)
    return [
        element(
            "text",
            releases[number].model,
            x=f"{places[number]}%",
            y=16,
            text_anchor="start" if places[number] < 20 else "end" if places[number] > 80 else "middle",
        )
        for number in sorted(named)
    ]


def _yours(release: Release, loaded: set[str]) -> bool:
    return any(name.lower() in loaded for name in (*release.weights, *release.api))


def _row(release: Release, loaded: set[str], today: date) -> Markup:
    mark = " (this project)" if _yours(release, loaded) else ""
    return element(
        "tr",
        joined(
            element("td", str(release.on)),
            element("td", release.model + mark),
            element("td", release.access_on(today)),
            element("td", link("source", release.source)),
        ),
    )
