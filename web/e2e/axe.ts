// What would keep somebody out: axe's serious and critical findings.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** On a page of two long tables axe itself takes ten seconds. */
const PATIENCE_MS = 60_000

/** Each as a rule and the elements that break it; what stands in a frame is not the page's own. */
async function barriersOf(page: Page): Promise<string[]> {
  // What breaks no rule is not written up: of a long table that takes most of the time.
  const builder = new AxeBuilder({ page }).exclude('iframe').options({ resultTypes: ['violations'] })
  const { violations } = await builder.analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Fails the test, which goes on, when the page has barriers that stay: a dialog that still fades in has not its contrast yet. */
export async function expectNoBarriers(page: Page, state?: string): Promise<void> {
  await expect
    .configure({ soft: true })
    .poll(() => barriersOf(page), { message: state, timeout: PATIENCE_MS })
    .toEqual([])
}
