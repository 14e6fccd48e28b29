// Checks the layout of a page, whatever its content.
// oxlint-disable unicorn/consistent-function-scoping -- the page is given one function, and all that it needs lies in it
import { expect, type Page } from '@playwright/test'

/**
 * The faults of the page's layout: it is wider than the window, text crosses an edge or is cut without an ellipsis, or texts
 * overlap. Each fault is a sentence; a page without any gives an empty list.
 */
function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Box {
      left: number
      right: number
      top: number
      bottom: number
    }
    const SLACK_PX = 2
    /** A line of text is higher than its letters, so that this share of it at the top and the bottom may overlap another line. */
    const AIR = 0.25
    const NO_WORDS = 'svg, option, script, style, [aria-hidden=true]'
    /** Elements that are drawn over the page. */
    const LAYER = '[role=listbox], [role=dialog]'
    const width = document.documentElement.clientWidth
    const faults = new Set<string>()
    const say = (what: string, text: string, { tagName, className }: Element) =>
      faults.add(`${what}: “${text.slice(0, 40)}” <${tagName} ${className}>`)

    const over = document.documentElement.scrollWidth - width
    if (over > 0) faults.add(`the page is ${over} px wider than the window`)

    /** The ancestors that may hide a part of this element, the nearest first. */
    function framesOf(element: Element): Element[] {
      const frames: Element[] = []
      for (let one: Element | null = element; one && one !== document.body; one = one.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(one)
        if (overflowX !== 'visible' || overflowY !== 'visible') frames.push(one)
      }
      return frames
    }

    /** Whether a visitor sees that there is more text: by an ellipsis, or because the element scrolls. */
    function saysSo(frame: Element): boolean {
      const { overflowX, overflowY, textOverflow, webkitLineClamp } = getComputedStyle(frame)
      return /auto|scroll/.test(overflowX + overflowY) || textOverflow === 'ellipsis' || webkitLineClamp !== 'none'
    }

    const within = (one: Box, other: Box): Box => ({
      left: Math.max(one.left, other.left),
      right: Math.min(one.right, other.right),
      top: Math.max(one.top, other.top),
      bottom: Math.min(one.bottom, other.bottom),
    })
    const isThere = ({ left, right, top, bottom }: Box) => right - left > SLACK_PX && bottom - top > SLACK_PX
    const size = ({ left, right, top, bottom }: Box) => right - left + bottom - top

    // The visible parts of the lines of text.
    const lines: { owner: Element; text: string; box: Box }[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement
      const text = node.nodeValue?.trim()
      if (!owner || !text || owner.closest(NO_WORDS)) continue
      if (!owner.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      const frames = framesOf(owner)
      // Clipped text for screen readers.
      if (frames.some((frame) => getComputedStyle(frame).clipPath === 'inset(50%)')) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const { left, right, top, bottom, height } of range.getClientRects()) {
        let box: Box = { left, right, top: top + height * AIR, bottom: bottom - height * AIR }
        let isTold = false
        for (const frame of frames) {
          const seen = within(box, frame.getBoundingClientRect())
          isTold ||= saysSo(frame)
          if (!isTold && size(box) - size(seen) > SLACK_PX) say('cut', text, owner)
          box = seen
        }
        if (!isThere(box)) continue
        if (!isTold && (left < -SLACK_PX || right > width + SLACK_PX)) say('over the edge', text, owner)
        lines.push({ owner, text, box })
      }
    }
    for (const [index, one] of lines.entries()) {
      for (const other of lines.slice(index + 1)) {
        if (one.owner === other.owner || one.owner.closest(LAYER) !== other.owner.closest(LAYER)) continue
        if (!isThere(within(one.box, other.box))) continue
        say(`on “${one.text.slice(0, 40)}”`, other.text, other.owner)
      }
    }
    return [...faults]
  })
}

/** Fails the test, but lets it continue, when faults stay; a page that is still loading has them only for a moment. */
export async function expectNoFaults(page: Page, what?: string): Promise<void> {
  await expect
    .configure({ soft: true })
    .poll(() => faultsOf(page), { message: what })
    .toEqual([])
}
