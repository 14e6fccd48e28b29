// Tells the browser in the page itself what the first screen needs and when: the style sheet, the picture and the two
// typefaces before the code, and the texts along with the code instead of after it.
import type { HtmlTagDescriptor, Plugin } from 'vite'

const TEXTS = /\/locales\/(.+)\.json$/
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
        // public/start.js, which runs first, has the texts fetched that will be wanted.
        const attrs = { name: 'texts', content: JSON.stringify(texts) }
        // The style sheet and the first picture come before the code.
        return {
          html: html.replace('<script type="module"', '<script type="module" fetchpriority="low"'),
          tags: [{ tag: 'meta', attrs, injectTo: 'head-prepend' }, ...typefaces],
        }
      },
    },
  }
}
