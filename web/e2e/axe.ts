// Barriers for people with disabilities: axe's serious and critical findings.
import { AxeBuilder } from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

/** On a page of two long tables axe itself takes ten seconds. */
const PATIENCE_MS = 60_000

/** Each finding as a rule and the elements that break it. The content of frames is not the page's own. */
async function barriersOf(page: Page): Promise<string[]> {
  // Without the list of passed rules, which takes most of the time on a long table.
  const builder = new AxeBuilder({ page }).exclude('iframe').options({ resultTypes: ['violations'] })
  const { violations } = await builder.analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** Fails the test, but lets it continue, when barriers stay; a dialog that is fading in lacks contrast only for a moment. */
export async function expectNoBarriers(page: Page, state?: string): Promise<void> {
  await expect
    .configure({ soft: true })
    .poll(() => barriersOf(page), { message: state, timeout: PATIENCE_MS })
    .toEqual([])
}
