// Offline, the store only shows a page that says so. Nothing of the shop is stored, because an old price or window would
// mislead the customer. Increase the number whenever the page changes.
const KEPT = 'offline-3'
const PAGE = '/offline.html'
const FILES = [PAGE, '/offline.js', '/start.js', '/favicon.svg']

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(FILES)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))))
      // Lets the browser request a page while this worker is still starting.
      .then(() => self.registration.navigationPreload?.enable()),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.mode === 'navigate') event.respondWith(fromNetwork(event))
  else if (FILES.includes(new URL(request.url).pathname)) event.respondWith(kept(request))
})

async function fromNetwork(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request))
  } catch {
    return (await caches.match(PAGE)) ?? Response.error()
  }
}

// The files of the offline page: from the network if it answers, otherwise from the cache.
async function kept(request) {
  try {
    return await fetch(request)
  } catch {
    return (await caches.match(request)) ?? Response.error()
  }
}
