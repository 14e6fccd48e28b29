// Runs before the first paint, so that a chosen theme never flashes the other one, and has the texts fetched that the app
// will want: it is the same choice as in src/i18n.
function storedChoice(key) {
  try {
    return localStorage.getItem(key)
  } catch {
    // Without storage the system's choice stands.
    return null
  }
}

{
  const theme = storedChoice('theme')
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme

  const texts = JSON.parse(document.querySelector('meta[name=texts]')?.content ?? '{}')
  const spoken = navigator.languages.map((tag) => (/^pt\b/i.test(tag) ? 'pt-BR' : /^en\b/i.test(tag) ? 'en' : ''))
  const href = texts[storedChoice('locale')] ?? texts[spoken.find(Boolean) ?? 'en']
  if (href) document.head.append(Object.assign(document.createElement('link'), { rel: 'modulepreload', href }))
}
