// The picture that public/first-light.js shows before the app is there. The app waits until it was seen: to draw over it
// earlier would show it later.
const SEEN_WITHIN_MS = 1_000
/** One is drawn, one is shown, and in the one after that it has been. */
const FRAMES = 3

export async function firstLightSeen(): Promise<void> {
  const picture = document.querySelector<HTMLImageElement>('#app img')
  if (!picture || document.visibilityState === 'hidden') return
  await Promise.race([painted(picture), new Promise((resolve) => setTimeout(resolve, SEEN_WITHIN_MS))])
}

async function painted(picture: HTMLImageElement): Promise<void> {
  try {
    await picture.decode()
  } catch {
    // There is no such picture; its ground was seen.
  }
  for (let frame = 0; frame < FRAMES; frame += 1) await new Promise(requestAnimationFrame)
}
