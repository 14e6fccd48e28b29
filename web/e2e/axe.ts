// What would keep somebody out: axe's serious and critical findings.
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from '@playwright/test'

/** Each as a rule and the elements that break it; what stands in a frame is not the page's own. */
export async function barriersOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze()
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}
