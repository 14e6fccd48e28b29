// Watching: the keys, the subtitles, the chapters, resuming, the next film, and failures on the way.
import type { Page } from '@playwright/test'

import { expect, find, like, playing, rent, test, time, watch, type Words } from './store.ts'

/** The length of the demonstration's film. */
const FILM_SECONDS = 22

async function rented(page: Page, words: Words, film = 'Nosferatu') {
  await find(page, words, film)
  await rent(page, words)
  return watch(page, words)
}

test('the keys play, pause, seek, and go to each tenth of the film @desktop', async ({ page, words }) => {
  const film = await rented(page, words)
  const isPaused = () => film.evaluate((video) => (video as HTMLVideoElement).paused)
  await page.keyboard.press('k')
  await expect.poll(isPaused).toBe(true)
  await page.keyboard.press('5')
  await expect.poll(() => time(film)).toBeCloseTo(FILM_SECONDS / 2, 0)
  const middle = await time(film)
  await page.keyboard.press('j')
  await expect.poll(() => time(film)).toBeCloseTo(middle - 10, 1)
  await page.keyboard.press('l')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => time(film)).toBeCloseTo(middle, 1)
  await page.keyboard.press('m')
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).muted)).toBe(true)
  await page.keyboard.press('>')
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).playbackRate)).toBe(1.25)
  await page.keyboard.press('Space')
  await expect.poll(isPaused).toBe(false)
})

test('the help shows the keys, and turns single keys off and on', async ({ page, words }) => {
  const film = await rented(page, words)
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: words.player.keys.heading })
  await expect(help).toContainText(words.player.keys.picture_in_picture)
  await help.getByRole('checkbox', { name: words.player.keys.on }).uncheck()
  await help.getByRole('button', { name: words.player.close }).click()
  await page.keyboard.press('k')
  expect(await film.evaluate((video) => (video as HTMLVideoElement).paused)).toBe(false)
  await page.keyboard.press('?')
  await help.getByRole('checkbox', { name: words.player.keys.on }).check()
  await page.keyboard.press('Escape')
  await expect(help).toBeHidden()
  await page.keyboard.press('k')
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).paused)).toBe(true)
})

test('the film fills the window, and the screen, and returns to the page @desktop', async ({ page, words }) => {
  await rented(page, words)
  const heading = page.getByRole('heading', { level: 1, name: 'Nosferatu' })
  await expect(heading).toBeVisible()
  await page.keyboard.press('t')
  await expect(heading).toBeHidden()
  await page.reload()
  await playing(page)
  await expect(heading).toBeHidden()
  await page.keyboard.press('t')
  await expect(heading).toBeVisible()
  await page.keyboard.press('f')
  await expect.poll(() => page.evaluate(() => document.fullscreenElement?.id)).toBe('stage')
  await page.keyboard.press('f')
  await expect.poll(() => page.evaluate(() => document.fullscreenElement)).toBeNull()
})

test('keys in quick succession are not lost @desktop', async ({ page, words }) => {
  const film = await rented(page, words)
  const isFull = () => page.evaluate(() => document.fullscreenElement?.id === 'stage')
  // The browser takes a few frames for each change; the keys do not wait for it.
  const press = (keys: string[]) => Promise.all(keys.map((key) => page.keyboard.press(key)))
  await press(['f', 'f', 'f'])
  await expect.poll(isFull).toBe(true)
  await press(['f', 'k'])
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).paused)).toBe(true)
  await expect.poll(isFull).toBe(false)

  await press(['>', '>', '>', '<'])
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).playbackRate)).toBe(1.5)
  await page.keyboard.press('0')
  await expect.poll(() => time(film)).toBe(0)
  const names = await film.evaluate((video) => {
    const tracks = [...(video as HTMLVideoElement).textTracks]
    const chapters = tracks.find(({ kind }) => kind === 'chapters')
    return [...(chapters?.cues ?? [])].map((cue) => (cue as VTTCue).text)
  })
  await press(['n', 'n'])
  await expect(page.getByTestId('chapter')).toHaveText(names[2] ?? 'the third chapter')
})

test('speed, sound and subtitles are as they were, after a reload and for the next film @desktop', async ({
  page,
  words,
}) => {
  const film = await rented(page, words)
  const heard = () =>
    film.evaluate((video) => {
      const { playbackRate, volume, muted } = video as HTMLVideoElement
      return { playbackRate, volume: Math.round(volume * 10), muted }
    })
  for (const key of ['>', 'ArrowDown', 'ArrowDown', 'm', 'c']) await page.keyboard.press(key)
  const chosen = { playbackRate: 1.25, volume: 8, muted: true }
  await expect.poll(heard).toEqual(chosen)
  const lines = page.getByTestId('subtitles')
  await expect(lines).toHaveAttribute('lang', /./)
  const language = await lines.getAttribute('lang')
  await page.reload()
  await playing(page)
  expect(await heard()).toEqual(chosen)
  await expect(lines).toHaveAttribute('lang', language ?? '')

  await find(page, words, 'Häxan')
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await page.getByRole('button', { name: like(words.rent.rent_for) }).click()
  await page.getByTestId('order-done').waitFor()
  await watch(page, words)
  expect(await heard()).toEqual(chosen)
})

test('a notice above the film leaves the controls in the window', async ({ page, words, context }) => {
  await rented(page, words)
  await context.setOffline(true)
  await expect(page.getByText(words.state.offline_notice)).toBeVisible()
  const bottom = () =>
    page
      .locator('media-control-bar')
      .last()
      .evaluate((bar) => bar.getBoundingClientRect().bottom)
  expect(await bottom()).toBeLessThanOrEqual(page.viewportSize()?.height ?? 0)
  expect(await page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBeLessThanOrEqual(0)
  await context.setOffline(false)
})

test('the background of subtitles in two rows is behind their words alone', async ({ page, words }) => {
  await rented(page, words)
  await page.keyboard.press('k')
  const lines = page.getByTestId('subtitles')
  await page.keyboard.press('c')
  await expect(lines).toHaveAttribute('lang', /./)
  // The track of chapters is hidden too, and the track of subtitles is hidden a moment later.
  const addsLine = () =>
    page.evaluate(() => {
      const tracks = [...(document.querySelector('video')?.textTracks ?? [])]
      const track = tracks.find(({ kind, mode }) => kind === 'subtitles' && mode === 'hidden')
      const said = 'One word, and then an unbreakable Donaudampfschifffahrtsgesellschaftskapitänswitwenrente after it'
      track?.addCue(new VTTCue(0, 1000, said))
      return track !== undefined
    })
  await expect.poll(addsLine).toBe(true)
  await page.keyboard.press('3')
  await expect(lines).toContainText('Donaudampf')
  const line = lines.locator('p').filter({ hasText: 'Donaudampf' })
  await expect(line).toHaveCSS('background-color', 'rgba(0, 0, 0, 0)')
  // The subtitles are rendered again when another cue begins, and an element that was removed has no rows.
  await expect(async () => {
    const rows = await line
      .locator('span')
      .first()
      .evaluate((said) => [...said.getClientRects()].map(({ width }) => width))
    expect(rows.length).toBeGreaterThan(1)
    expect(Math.min(...rows)).toBeLessThan(Math.max(...rows) * 0.9)
  }).toPass({ timeout: 10_000 })
})

test('the film goes into picture-in-picture, and back @desktop', async ({ page, words }) => {
  // A browser without a screen has no picture-in-picture, so the test pretends that it has.
  await page.addInitScript(() => {
    let small: Element | null = null
    Object.defineProperty(document, 'pictureInPictureElement', { get: () => small })
    Object.assign(document, { exitPictureInPicture: async () => (small = null) })
    Object.assign(HTMLVideoElement.prototype, {
      requestPictureInPicture: async () => (small = document.querySelector('video')),
    })
  })
  await rented(page, words)
  const small = () => page.evaluate(() => document.pictureInPictureElement?.tagName)
  await page.keyboard.press('i')
  await expect.poll(small).toBe('VIDEO')
  await page.keyboard.press('i')
  await expect.poll(small).toBeUndefined()
})

test('a double tap on a side of the film seeks back or forward @phone', async ({ page, words }) => {
  const film = await rented(page, words)
  await page.keyboard.press('k')
  await page.keyboard.press('0')
  await expect.poll(() => time(film)).toBe(0)
  const box = await film.boundingBox()
  if (!box) throw new Error('the film has no place on the page')
  const right = [box.x + box.width * 0.85, box.y + box.height * 0.3] as const
  await page.touchscreen.tap(...right)
  await page.touchscreen.tap(...right)
  await expect.poll(() => time(film)).toBeCloseTo(10, 1)
})

test('the speed is chosen in the settings, and the rest of the window is shown under the film', async ({
  page,
  words,
}) => {
  const film = await rented(page, words)
  await expect(page.getByTestId('window')).toHaveText(like(words.player.time_left))
  await film.hover()
  await page.getByRole('button', { name: words.player.settings }).click()
  await page.getByLabel(words.player.speed).selectOption('1.5')
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).playbackRate)).toBe(1.5)
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog', { name: words.player.settings })).toBeHidden()
})

test('a viewer who comes back continues where they stopped, or from the start', async ({ page, words }) => {
  const film = await rented(page, words)
  await page.keyboard.press('6')
  await expect.poll(() => time(film)).toBeGreaterThan(FILM_SECONDS * 0.6)
  await page.getByRole('link', { name: words.watch.to_library }).click()
  await page.getByRole('link', { name: words.library.continue }).click()
  await expect(page.getByText(like(words.player.went_on))).toBeVisible()
  await expect.poll(() => time(film)).toBeGreaterThan(FILM_SECONDS * 0.5)
  await page.getByRole('button', { name: words.player.from_start }).click()
  await expect.poll(() => time(film)).toBeLessThan(FILM_SECONDS * 0.3)
})

test('in a browser that requires a gesture before playing, the page asks for one', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  await page.addInitScript(() => {
    let hasGesture = false
    for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, () => (hasGesture = true), true)
    const play = HTMLMediaElement.prototype.play
    HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
      if (hasGesture) return play.call(this)
      return Promise.reject(new DOMException('A gesture is wanted.', 'NotAllowedError'))
    }
  })
  await watch(page, words)
  await page.keyboard.press('6')
  await page.reload()
  await page.getByRole('button', { name: like(words.player.go_on) }).click()
  const film = await playing(page)
  expect(await time(film)).toBeGreaterThan(FILM_SECONDS * 0.5)
})

test('at the end the page offers the next film of the library, which plays on request', async ({ page, words }) => {
  await find(page, words, 'Limite')
  await rent(page, words)
  await find(page, words, 'Häxan')
  await page.getByRole('link', { name: like(words.rent.rent_for) }).click()
  await page.getByRole('button', { name: like(words.rent.rent_for) }).click()
  await page.getByTestId('order-done').waitFor()
  const film = await watch(page, words)
  await page.keyboard.press('9')
  await expect.poll(() => time(film)).toBeGreaterThan(FILM_SECONDS * 0.9)
  await page.keyboard.press('l')
  await expect(page.getByText(words.player.next)).toBeVisible()
  await page.getByTestId('next-film').click()
  await expect(page).toHaveTitle(/Limite/)
  await page.getByRole('button', { name: words.watch.start }).click()
  await playing(page)
})

test('a film continues by itself when the network is back', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  await page.route('**/media/**', (route) => route.abort('connectionfailed'))
  await page.getByRole('link', { name: words.library.watch }).click()
  await page.getByRole('button', { name: words.watch.start }).click()
  await expect(page.getByRole('heading', { name: words.player.interrupted })).toBeVisible()
  await page.unroute('**/media/**')
  await playing(page)
  await expect(page.getByRole('heading', { name: words.player.interrupted })).toBeHidden()
})

test('a film whose file is missing says that the store is at fault', async ({ page, words }) => {
  await find(page, words, 'Nosferatu')
  await rent(page, words)
  const body = JSON.stringify({ code: 'MEDIA_NOT_FOUND', status: 404 })
  await page.route('**/media/**', (route) =>
    route.fulfill({ status: 404, contentType: 'application/problem+json', body }),
  )
  await page.getByRole('link', { name: words.library.watch }).click()
  await page.getByRole('button', { name: words.watch.start }).click()
  await expect(page.getByRole('alert')).toContainText(words.player.missing_text)
})

test('the system’s media keys know the film, and pause it @desktop', async ({ page, words }) => {
  await page.addInitScript(() => {
    const heard: Record<string, MediaSessionActionHandler | null> = {}
    Object.assign(window, { heard })
    const set = MediaSession.prototype.setActionHandler
    MediaSession.prototype.setActionHandler = function (this: MediaSession, action, handler) {
      heard[action] = handler
      set.call(this, action, handler)
    }
  })
  const film = await rented(page, words)
  expect(await page.evaluate(() => navigator.mediaSession.metadata?.title)).toBe('Nosferatu')
  await page.evaluate(() => (window as unknown as { heard: { pause: () => void } }).heard.pause())
  await expect.poll(() => film.evaluate((video) => (video as HTMLVideoElement).paused)).toBe(true)
})

test('subtitles are turned on, have the chosen look, and are there again after a reload', async ({ page, words }) => {
  const film = await rented(page, words)
  const lines = page.getByTestId('subtitles')
  await expect(lines).toBeEmpty()
  await film.hover()
  await page.getByRole('button', { name: words.player.subtitles }).click()
  await page.keyboard.press('3')
  await expect(lines).not.toBeEmpty()
  await film.hover({ position: { x: 40, y: 40 } })
  await page.getByRole('button', { name: words.player.settings }).click()
  const menu = page.getByRole('dialog', { name: words.player.settings })
  const before = await lines.textContent()
  const other = await menu.getByLabel(words.player.subtitles).first().locator('option').last().getAttribute('value')
  await menu.getByLabel(words.player.subtitles).first().selectOption(other)
  await menu.getByLabel(words.player.subtitle_size).selectOption('large')
  await menu.getByLabel(words.player.subtitle_backdrop).uncheck()
  await expect(lines).toHaveAttribute('lang', other ?? '')
  await page.keyboard.press('Escape')
  await page.keyboard.press('3')
  await expect(lines).not.toHaveText(before ?? '')
  await page.reload()
  await playing(page)
  await page.keyboard.press('3')
  await expect(lines).not.toBeEmpty()
  await expect(lines).toHaveAttribute('lang', other ?? '')
  await expect(lines).toHaveAttribute('data-size', 'large')
  await page.keyboard.press('c')
  await expect(lines).toBeEmpty()
})

test('the chapters have names, and the keys go from one to the next', async ({ page, words }) => {
  const film = await rented(page, words)
  await page.keyboard.press('k')
  await page.keyboard.press('0')
  const chapter = page.getByTestId('chapter')
  await expect(chapter).not.toBeEmpty()
  const first = (await chapter.textContent()) ?? ''
  await page.getByRole('button', { name: words.player.keys.next_chapter }).click()
  await expect(chapter).not.toHaveText(first)
  const second = await time(film)
  expect(second).toBeGreaterThan(0)
  await page.keyboard.press('p')
  await expect(chapter).toHaveText(first)
  await film.hover({ position: { x: 20, y: 20 } })
  await page.getByRole('button', { name: words.player.settings }).click()
  await page
    .getByRole('dialog', { name: words.player.settings })
    .getByRole('listitem')
    .nth(1)
    .getByRole('button')
    .click()
  await expect.poll(() => time(film)).toBeCloseTo(second, 1)
})
