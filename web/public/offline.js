// The page that is shown without a network: in the reader's language (start.js), until the network is back.
const parts = [...document.querySelectorAll('main')]
const language = nearestLanguage(parts.map(({ lang }) => lang))
for (const part of parts) part.hidden = part.lang !== language
document.documentElement.lang = language
document.title = document.querySelector('main:not([hidden]) h1').textContent
addEventListener('online', () => location.reload())
