// Where a trailer is, and whether the page can embed its site's player, in the form that does not track visitors.
export interface Trailer {
  url: string
  /** The site that would learn that it was watched. */
  host: string
  /** The address of the player to embed, in its form without tracking; null where the trailer can only be linked. */
  player: string | null
}

const SECURE = 'https:'

/** Null for a text that is no address, or an address that is not safe to follow. */
export function trailerOf(address: string | null | undefined): Trailer | null {
  if (!address || !URL.canParse(address)) return null
  const url = new URL(address)
  if (url.protocol !== SECURE) return null
  const host = url.hostname.replace(/^www\./, '')
  return { url: url.href, host, player: youTubePlayer(url, host) ?? vimeoPlayer(url, host) }
}

function youTubePlayer(url: URL, host: string): string | null {
  const id = host === 'youtu.be' ? url.pathname.slice(1) : host === 'youtube.com' ? url.searchParams.get('v') : null
  return id && /^[\w-]{6,20}$/.test(id) ? `https://www.youtube-nocookie.com/embed/${id}?autoplay=1&rel=0` : null
}

function vimeoPlayer(url: URL, host: string): string | null {
  const id = host === 'vimeo.com' ? /^\/(\d{5,12})$/.exec(url.pathname)?.[1] : undefined
  return id ? `https://player.vimeo.com/video/${id}?dnt=1&autoplay=1` : null
}
