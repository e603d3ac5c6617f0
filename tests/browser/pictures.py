"""`make pictures`: the README's pictures, taken of a demo that runs."""

import json
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
HANDLE = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "demo.json"
FOLDER = ROOT / "docs" / "pictures"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
SIZE = {"width": 1440, "height": 900}


def main() -> None:
    if not HANDLE.exists():
        raise SystemExit(
            f"make pictures: {HANDLE} is not there; start `make demo` and wait until it says that it is ready"
        )
    demo = json.loads(HANDLE.read_text())
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        leader, admin = (signed_in(browser, demo, role) for role in ("manager", "admin"))
        take(leader, f"{demo['url']}/", "calls")
        leader.locator("main a.row-link").first.click()
        take(leader, leader.url, "call", height=1700)
        take(leader, f"{demo['url']}/team/", "team")
        take(leader, f"{demo['url']}/attention/", "attention")
        admin.goto(f"{demo['url']}/models/")
        admin.locator("main td a").first.click()
        take(admin, admin.url, "model", height=1900)


def signed_in(browser: Browser, demo: dict, role: str) -> Page:
    page = browser.new_context(viewport=SIZE, color_scheme="light").new_page()
    person = next(user for user in demo["users"] if user["role"] == role)
    page.goto(f"{demo['url']}/login/")
    page.fill("[name=login]", person["username"])
    page.fill("[name=password]", person["password"])
    page.click("main button[type=submit]")
    return page


def take(page: Page, address: str, name: str, *, height: int = 1000) -> None:
    """The upper part of a page, once everything that loads after it is there."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    upper = {"x": 0, "y": 0, "width": SIZE["width"], "height": height}
    page.screenshot(path=FOLDER / f"{name}.png", full_page=True, clip=upper)


if __name__ == "__main__":
    main()
