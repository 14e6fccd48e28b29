// What pages say before the app's texts are there, or where they never come, in every language: `languages/*/web/page.json`. Without
// scripts and without the app's code it is written into the app's page; without a network, into the page for that
// (public/offline.html); on the icon of the installed app, into public/manifest.webmanifest.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Plugin } from 'vite'

import type englishTexts from '../../languages/en/web/page.json'

type PageTexts = typeof englishTexts

const FOLDER = new URL('../../languages/', import.meta.url).pathname
const PLACE_OF_PARTS = /<!-- One <main> a language[^>]*-->/

export function pageTexts(): Plugin {
  let output = ''
  const languages = readdirSync(FOLDER).toSorted()
  const texts = languages.map((language) => ({ language, says: textsOf(language) }))
  const inEach = (say: (says: PageTexts) => string) =>
    texts.map(({ language, says }) => `<p lang="${language}">${escaped(say(says))}</p>`).join('')

  return {
    name: 'page-texts',
    configResolved({ root, build }) {
      output = join(root, build.outDir)
    },
    transformIndexHtml(html) {
      return html
        .replace('<template id="not-loaded">', `$&${inEach((says) => says.not_loaded)}`)
        .replace('<noscript>', `$&${inEach((says) => says.no_script)}`)
    },
    // By then the files of public/ are there.
    writeBundle() {
      change('offline.html', (page) =>
        page.replace(PLACE_OF_PARTS, () =>
          texts.map(({ language, says }) => partWithoutNetwork(language, says.offline)).join('\n    '),
        ),
      )
      change('manifest.webmanifest', (manifest) => `${JSON.stringify(withShortcuts(JSON.parse(manifest)), null, 2)}\n`)
    },
  }

  function withShortcuts(manifest: { shortcuts: { url: string }[] }): object {
    const shortcuts = manifest.shortcuts.map((shortcut) => {
      const names = texts.map(({ language, says }) => [language, shortcutName(says, shortcut.url)])
      return { ...shortcut, name_localized: Object.fromEntries(names) as Record<string, string> }
    })
    return { ...manifest, shortcuts }
  }

  function change(file: string, edit: (content: string) => string): void {
    const path = join(output, file)
    writeFileSync(path, edit(readFileSync(path, 'utf8')))
  }
}

function textsOf(language: string): PageTexts {
  return JSON.parse(readFileSync(join(FOLDER, language, 'web/page.json'), 'utf8')) as PageTexts
}

function shortcutName({ shortcuts }: PageTexts, url: string): string {
  const name = new Map(Object.entries(shortcuts)).get(url)
  if (name === undefined) throw new Error(`No language has a name for the shortcut to ${url}.`)
  return name
}

function partWithoutNetwork(language: string, { heading, text, retry }: PageTexts['offline']): string {
  return `<main lang="${language}" hidden>
      <h1>${escaped(heading)}</h1>
      <p>${escaped(text)}</p>
      <a href="">${escaped(retry)}</a>
    </main>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
