// What must run before the app. Before the first paint: the chosen theme, so that the other one never flashes. After the page is
// parsed: its first posters, and after they are painted, the app. The app's code is ten times as large as the posters, so loading
// both at once over a slow connection would delay the posters that much.

/** The known language that the page will be in, by the same rule as in src/i18n. */
function nearestLanguage(known) {
  const near = (tag) =>
    known.find((language) => language.toLowerCase() === tag.toLowerCase()) ??
    known.find((language) => primary(language) === primary(tag))
  const chosen = [new URLSearchParams(location.search).get('lang'), storedChoice('locale')]
  return (
    chosen.find((tag) => known.includes(tag)) ??
    navigator.languages.map(near).find(Boolean) ??
    document.documentElement.lang
  )
}

function primary(tag) {
  return tag.toLowerCase().split('-')[0]
}

function storedChoice(key) {
  try {
    return localStorage.getItem(key)
  } catch {
    // Without storage the system's preference decides.
    return null
  }
}

{
  /** The app does not wait longer than this for a poster. */
  const PATIENCE_MS = 1_000
  /** In the first frame the poster is drawn and in the second it is shown, so in the third the visitor has seen it. */
  const FRAMES = 3
  /** The same as in src/shell/missing-code.ts. */
  const NOT_AGAIN_WITHIN_MS = 5 * 60_000

  // The same classes as in TitleStage, TitleLead and TitleGrid.
  const PLACES = {
    '': {
      row: 'page-width pt-4 md:grid md:justify-items-end md:pt-8 lg:pe-60',
      picture: 'w-40 sm:w-60 md:w-64 lg:w-80 xl:w-88',
    },
    titles: {
      row: 'page-width grid gap-x-14 pt-6 md:grid-cols-[minmax(13rem,20rem)_minmax(0,1fr)] md:pt-12 lg:grid-cols-[minmax(13rem,25rem)_minmax(0,1fr)]',
      picture: 'w-40 max-md:justify-self-center sm:w-60 md:w-full',
    },
    search: {
      row: 'page-width grid grid-cols-[repeat(auto-fill,minmax(min(9.5rem,44%),1fr))] gap-x-4 pt-54 sm:gap-x-6 lg:hidden',
      picture: '',
    },
  }

  const { app } = document.currentScript.dataset
  // Scripts and styles that fail to load are gone, because the store was updated after it had sent this page.
  addEventListener('error', missed, true)
  const theme = storedChoice('theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme
  document.addEventListener('readystatechange', begin, { once: true })

  async function begin() {
    const pictures = showPictures()
    if (pictures.length > 0 && document.visibilityState === 'visible')
      await Promise.race([seen(pictures), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS))])
    // During development the page itself contains the app's script.
    if (app) fetchApp()
  }

  async function seen(pictures) {
    // A poster that cannot be loaded counts as seen.
    await Promise.allSettled(pictures.map((picture) => picture.decode()))
    for (let frame = 0; frame < FRAMES; frame += 1) await new Promise(requestAnimationFrame)
  }

  /** Shows the posters that the page preloads, in the place and size in which the app will draw them. */
  function showPictures() {
    const place = PLACES[location.pathname.split('/')[1]]
    const posters = place ? [...document.querySelectorAll('link[rel=preload][as=image]')] : []
    if (posters.length === 0) return []
    // Keeps the header's place. A margin would move the page.
    const header = document.createElement('div')
    header.style.blockSize = 'var(--header)'
    const row = Object.assign(document.createElement('div'), { className: place.row, ariaHidden: 'true' })
    const pictures = posters.map(({ href }) => {
      const frame = Object.assign(document.createElement('div'), { className: place.picture })
      const picture = Object.assign(document.createElement('img'), {
        src: href,
        alt: '',
        width: 400,
        height: 600,
        className: 'aspect-2/3 w-full rounded-small bg-sunken object-cover',
        fetchPriority: 'high',
      })
      frame.append(picture)
      row.append(frame)
      return picture
    })
    document.getElementById('app').append(header, row)
    return pictures
  }

  function fetchApp() {
    const texts = JSON.parse(document.querySelector('meta[name=texts]')?.content ?? '{}')
    const href = texts[nearestLanguage(Object.keys(texts))]
    if (href) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
    const script = Object.assign(document.createElement('script'), {
      type: 'module',
      crossOrigin: 'anonymous',
      src: app,
    })
    // From here on the app handles missing code itself (src/shell/missing-code.ts).
    script.addEventListener('load', () => removeEventListener('error', missed, true))
    document.head.append(script)
  }

  function missed({ target }) {
    const isOwn = target instanceof HTMLScriptElement || target.rel === 'stylesheet'
    if (!isOwn) return
    if (mayReload()) location.reload()
    else if (target instanceof HTMLScriptElement) sayMissing()
  }

  function sayMissing() {
    const said = [...document.getElementById('not-loaded').content.children]
    const language = nearestLanguage(said.map(({ lang }) => lang))
    const own = said.find(({ lang }) => lang === language)
    own.className = 'page-width pt-10'
    own.role = 'alert'
    document.getElementById('app').replaceChildren(own)
  }

  function mayReload() {
    try {
      if (Date.now() - Number(sessionStorage.getItem('reloaded-at')) < NOT_AGAIN_WITHIN_MS) return false
      sessionStorage.setItem('reloaded-at', String(Date.now()))
      return true
    } catch {
      // Without storage the page cannot know that it has reloaded before.
      return false
    }
  }
}
