// Compiles the texts of locales/ when the app is built, so that the browser gets no message compiler and needs no eval.
// `virtual:texts/en` is locales/en.json, compiled.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { baseCompile } from '@intlify/message-compiler'
import type { Plugin } from 'vite'

type Texts = { [key: string]: string | Texts }

const PREFIX = 'virtual:texts/'

export function compiledMessages(): Plugin {
  return {
    name: 'compiled-messages',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null
      const locale = id.slice(PREFIX.length + 1)
      const file = fileURLToPath(new URL(`../locales/${locale}.json`, import.meta.url))
      this.addWatchFile(file)
      return `export default ${compile(JSON.parse(readFileSync(file, 'utf8')) as Texts)}`
    },
  }
}

function compile(texts: Texts): string {
  const entries = Object.entries(texts).map(
    ([key, text]) => `${JSON.stringify(key)}:${typeof text === 'string' ? compileText(text) : compile(text)}`,
  )
  return `{${entries.join(',')}}`
}

/** A function that gives the text. */
function compileText(text: string): string {
  if (!/[{|@]/.test(text)) return `()=>${JSON.stringify(text)}`
  const onError = (error: Error) => {
    throw new Error(`"${text}": ${error.message}`)
  }
  return `(${baseCompile(text, { mode: 'arrow', onError }).code})`
}
