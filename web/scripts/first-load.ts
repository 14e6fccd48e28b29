// Tells the browser in the page itself what the first screen needs, which it would otherwise find out step by step: the
// fonts, after the style sheet, and the texts, once it is known in which language.
import type { HtmlTagDescriptor, Plugin } from 'vite'

const TEXTS = /\/locales\/(.+)\.json$/

export function firstLoad({ fonts }: { fonts: RegExp[] }): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const tags: HtmlTagDescriptor[] = []
        const texts: Record<string, string> = {}
        for (const file of Object.values(bundle ?? {})) {
          const href = `/${file.fileName}`
          const language = file.type === 'chunk' && file.facadeModuleId?.match(TEXTS)?.[1]
          if (language) texts[language] = href
          if (href.endsWith('.woff2') && fonts.some((font) => font.test(href))) {
            const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href, crossorigin: true }
            tags.push({ tag: 'link', attrs, injectTo: 'head' })
          }
        }
        // public/start.js, which runs first, has the texts fetched that will be wanted.
        tags.push({ tag: 'meta', attrs: { name: 'texts', content: JSON.stringify(texts) }, injectTo: 'head-prepend' })
        return tags
      },
    },
  }
}
