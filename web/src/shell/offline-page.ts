// Registers the service worker (public/sw.js), which stores a page for when there is no network, after the first page is shown.
export function keepOfflinePage(): void {
  if (!import.meta.env.PROD || !navigator.serviceWorker) return
  if (document.readyState === 'complete') register()
  else addEventListener('load', register)
}

function register(): void {
  // Private windows may refuse it; the store works without it.
  navigator.serviceWorker.register('/sw.js').catch(() => {})
}
