"""Looks for violations of accessibility rules with axe-core."""

from typing import Any

from playwright.sync_api import Page

# What is fading in has too little contrast for a moment.
_AT_REST = """() => Promise.allSettled(
  document.getAnimations().filter((each) => each.effect.getComputedTiming().endTime !== Infinity).map((each) => each.finished)
)"""


def violations(page: Page, axe: str) -> list[str]:
    """Return what breaks a rule of axe-core's, one line for each rule and place, also in frames.

    Args:
        page: as it stands, once nothing moves any more.
        axe: axe-core's source.
    """
    found: list[dict[str, Any]] = []
    for frame in page.frames:
        # Evaluated by the browser's debugger, which no content security policy stops. A frame is a document of its own:
        # looked at together, two that are sound have two main parts.
        frame.evaluate(axe)
        frame.evaluate(_AT_REST)
        found += frame.evaluate("axe.run({ iframes: false }).then((results) => results.violations)")
    return [
        f"{rule['id']}: {rule['help']}: {node['target']} {node['html'][:120]}"
        for rule in found
        for node in rule["nodes"]
    ]
