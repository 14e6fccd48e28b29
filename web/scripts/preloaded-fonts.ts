// Preloads the fonts of the first screen: the browser would otherwise find them only after the style sheet.
import type { HtmlTagDescriptor, Plugin } from 'vite'

export function preloadedFonts(wanted: RegExp[]): Plugin {
  return {
    name: 'preloaded-fonts',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const files = Object.keys(bundle ?? {}).filter(
          (file) => file.endsWith('.woff2') && wanted.some((font) => font.test(file)),
        )
        return files.map((file): HtmlTagDescriptor => ({
          tag: 'link',
          attrs: { rel: 'preload', as: 'font', type: 'font/woff2', href: `/${file}`, crossorigin: true },
          injectTo: 'head-prepend',
        }))
      },
    },
  }
}
