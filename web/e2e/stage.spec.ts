// The stage of the first page: the next poster grows from its place, and its image is not loaded again and does not flash.
import { expect, test } from './store.ts'

test('the next poster grows without a flash @desktop', async ({ page, words }) => {
  await page.goto('/')
  await page.getByRole('heading', { level: 1 }).waitFor()
  const posters = page.locator('[data-moves]')
  const next = posters.nth(1)
  const film = (await next.getAttribute('data-moves')) ?? ''
  await expect.poll(() => next.locator('img').evaluate((image) => (image as HTMLImageElement).complete)).toBe(true)
  const [small, image] = [await next.boundingBox(), await next.locator('img').elementHandle()]
  // Slowed down, so that a busy machine also draws some frames of it.
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Animation.enable')
  await devtools.send('Animation.setPlaybackRate', { playbackRate: 0.2 })
  // Records in every frame of the change how large the poster is drawn, and whether its image is visible.
  const frames = page.evaluate(async (id) => {
    const drawn: { width: number; opacity: string }[] = []
    const poster = document.querySelector<HTMLElement>(`[data-moves="${id}"]`)
    if (!poster) return drawn
    // Until the poster is in front and its animation has ended.
    const isThere = () => poster.parentElement?.firstElementChild === poster && poster.getAnimations().length === 0
    const until = performance.now() + 10_000
    while (!isThere() && performance.now() < until) {
      await new Promise(requestAnimationFrame)
      const picture = poster.querySelector('img')
      drawn.push({
        width: poster.getBoundingClientRect().width,
        opacity: picture ? getComputedStyle(picture).opacity : 'none',
      })
    }
    return drawn
  }, film)
  await page.getByRole('button', { name: words.home.stage_forward }).click()
  const drawn = await frames
  const large = await posters.first().boundingBox()
  expect(await posters.first().getAttribute('data-moves')).toBe(film)
  expect(new Set(drawn.map(({ opacity }) => opacity))).toEqual(new Set(['1']))
  expect(large?.width).toBeGreaterThan((small?.width ?? 0) * 1.5)
  // It is never larger than its target, and does not jump there at once.
  const between = drawn.filter(({ width }) => width > (small?.width ?? 0) + 2 && width < (large?.width ?? 0) - 2)
  expect(between.length).toBeGreaterThan(0)
  expect(await image?.evaluate((one) => one.isConnected)).toBe(true)
})
