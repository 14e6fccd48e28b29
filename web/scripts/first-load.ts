// Writes into the page what the first screen needs and in which order: the style sheet, the picture and the two typefaces before
// the code, and the texts together with the code instead of after it. If everything loaded at once over a slow connection, the
// picture would wait for the code, which is ten times as large.
import type { HtmlTagDescriptor, Plugin } from 'vite'

/** The app's own script, as the build writes it into the page. */
const APP = /<script type="module"[^>]* src="([^"]+)"><\/script>/
const TEXTS = /\/languages\/([^/]+)\/web\/shop\.json$/
/** The files of each family that the first screen uses: without a preload the text would be set again later and move the page. */
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
        // public/start.js loads the code and the texts after the picture.
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
