"""axe-core on a page, in one colour scheme."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import AXE

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FEWEST = 15  # rules that any page of ours gives something to check; fewer: axe did not see the page
RUN = """async (tags) => {
  const only = { type: "tag", values: tags };
  const found = await axe.run(document, { runOnly: only, resultTypes: ["violations", "incomplete"] });
  const why = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join("; ");
  const brief = (each) => each.nodes.map((node) => `${each.id}: ${node.target} ${why(node)}`);
  const [violations, doubts] = [found.violations.flatMap(brief), found.incomplete.flatMap(brief)];
  return { violations, doubts, passes: found.passes.length };
}"""


def check(page: Page, scheme: Any, reviewed: tuple[str, ...] = ()) -> None:
    """No violation, and no doubt but those whose reason is in `reviewed`: looked at, or measured by a test of ours."""
    # Reduced motion: no colour is caught half-way between two schemes. On top: nothing lies under the urgent strip.
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.evaluate("() => scrollTo(0, 0)")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(RUN, RULES)
    assert found["passes"] >= FEWEST
    assert found["violations"] == []
    assert [each for each in found["doubts"] if not (reviewed and each.endswith(reviewed))] == []
