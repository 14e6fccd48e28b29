// Has the browser keep a page for when there is no network (public/sw.js), once the first page is there.
export function keepOfflinePage(): void {
  if (!import.meta.env.PROD || !navigator.serviceWorker) return
  if (document.readyState === 'complete') register()
  else addEventListener('load', register)
}

function register(): void {
  // Private windows may refuse it; the store works without.
  navigator.serviceWorker.register('/sw.js').catch(() => {})
}
