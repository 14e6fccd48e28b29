// Tells the browser in the page itself what the first screen needs and when: the style sheet, the picture and the two
// typefaces before the code, and the texts along with the code instead of after it. On a slow line all of it at once would
// have the picture wait for the code, which is ten times as large.
import type { HtmlTagDescriptor, Plugin } from 'vite'

/** The app's own script, as the build writes it into the page. */
const APP = /<script type="module"[^>]* src="([^"]+)"><\/script>/
const TEXTS = /\/languages\/([^/]+)\/web\/shop\.json$/
/** Of each family what the first screen is set in; names that are set anew when it comes would move the page. */
const TYPEFACES = /(instrument-serif-latin-400-normal|geist-latin-wght-normal).*\.woff2$/

export function firstLoad(): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle }) {
        const texts: Record<string, string> = {}
        const typefaces: HtmlTagDescriptor[] = []
        for (const file of Object.values(bundle ?? {})) {
          const href = `/${file.fileName}`
          const language = file.type === 'chunk' && file.facadeModuleId?.match(TEXTS)?.[1]
          if (language) texts[language] = href
          if (TYPEFACES.test(href)) {
            const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', crossorigin: '', href }
            typefaces.push({ tag: 'link', attrs, injectTo: 'head' })
          }
        }
        // public/start.js has the code and the texts fetched when their time has come.
        const app = html.match(APP)?.[1]
        if (!app) throw new Error('The page has no script of the app.')
        const attrs = { name: 'texts', content: JSON.stringify(texts) }
        return {
          html: html.replace(APP, '').replace('<script src="/start.js"', `<script src="/start.js" data-app="${app}"`),
          tags: [{ tag: 'meta', attrs, injectTo: 'head-prepend' }, ...typefaces],
        }
      },
    },
  }
}
