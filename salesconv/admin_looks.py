"""What of ours the admin's pages wear: the sign in the tab, a style sheet, a script, the colour of the pages."""

from django.http import HttpRequest
from django.templatetags.static import static

# In steps; text in 500 on dark and in 600 on light keeps 4.5 : 1, as does white on 600.
ACCENT = {
    "50": "#f5f6fd",
    "100": "#eceefb",
    "200": "#d8dcf8",
    "300": "#bfc6f7",
    "400": "#aab5ff",
    "500": "#8f9bf0",
    "600": "#4651b5",
    "700": "#3a45a0",
    "800": "#2f3883",
    "900": "#262e6b",
    "950": "#171c44",
}


def favicon(request: HttpRequest) -> str:
    return static("favicon.svg")


def style(request: HttpRequest) -> str:
    return static("admin.css")


def style_of_waiting(request: HttpRequest) -> str:
    return static("busy.css")


def script(request: HttpRequest) -> str:
    return static("admin.js")


def script_of_waiting(request: HttpRequest) -> str:
    return static("busy.js")


def accent(request: HttpRequest) -> dict[str, str]:
    return dict(ACCENT)  # which the admin changes
