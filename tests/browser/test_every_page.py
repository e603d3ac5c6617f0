"""What holds for every page in a real browser: it fits, it is quiet, its text can be read, it works by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE

pytestmark = pytest.mark.browser

# The lowest contrast of any text on the page: colours as drawn, over the nearest background that is not see-through.
LOWEST_CONTRAST = """() => {
  const channel = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0.5) return colour;
    }
    return [255, 255, 255];
  };
  let lowest = [21, ""];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || element.closest("svg, [disabled], noscript") || !element.checkVisibility()) continue;
    const pair = [light(numbers(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (contrast < lowest[0]) lowest = [contrast, element.outerHTML.slice(0, 120)];
  }
  return lowest;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [NARROW, WIDE], ids=["narrow", "wide"])
def test_pages_fit_and_their_text_can_be_read(login, admin, addresses, live_server, size, scheme):
    page: Page = login(admin)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme=scheme)
    for address in addresses:
        page.goto(live_server.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
        contrast, element = page.evaluate(LOWEST_CONTRAST)
        assert contrast >= 4.5, f"{address} {scheme}: {element} has {contrast:.2f}"


def test_the_first_tab_stop_skips_to_the_content(login, rep, calls):
    page: Page = login(rep)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


@pytest.mark.parametrize("width", [NARROW["width"], 1024, WIDE["width"]])
def test_the_entry_of_the_page_is_in_view(login, admin, bands, live_server, width):
    page: Page = login(admin)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{live_server.url}/quality/")
    entry = page.get_by_role("navigation", name="Main").get_by_role("link", name="Monitoring")
    expect(entry).to_have_attribute("aria-current", "page")
    expect(entry).to_be_in_viewport(ratio=1)


def test_every_entry_is_in_view_beside_the_name(login, admin, bands):
    page: Page = login(admin)
    page.set_viewport_size({"width": 1024, "height": 844})
    expect(page.get_by_role("navigation", name="Main").get_by_role("link", name="Admin")).to_be_in_viewport(ratio=1)


def test_a_call_opens_by_keyboard(login, rep, calls):
    page: Page = login(rep)
    page.get_by_role("link", name="Halden Logistics").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Halden Logistics")


def test_logging_out_ends_at_the_login(login, rep, live_server):
    page: Page = login(rep)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{live_server.url}/login/")
