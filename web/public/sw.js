// The one thing that works without a network: a page that says so. Nothing of the shop is kept, as a price or a window of
// yesterday would be a lie. The number changes with the page.
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
      // A page is asked for while this worker is still being started.
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

// The page's own files: the network's where there is one.
async function kept(request) {
  try {
    return await fetch(request)
  } catch {
    return (await caches.match(request)) ?? Response.error()
  }
}
