// The subset of Markdown for the store's own texts: headings, paragraphs, lists, links, `code`. It makes no HTML, only parts
// that a component shows, so that a text can never contain a script.
export type Part =
  | { kind: 'text' | 'code' | 'blank'; text: string }
  /** A link to a page here, to another site, or to a mailbox. */
  | { kind: 'link'; text: string; to: string }

export type Block = { kind: 'h1' | 'h2' | 'p'; parts: Part[] } | { kind: 'ul'; items: Part[][] }

const INLINE = /\[([^\]]+)\]\(([^)\s]+)\)|`([^`]+)`|\[([^\]]+)\]/g
/** Blank lines, and the ends of headings. */
const BETWEEN_BLOCKS = /\n(?:\s*\n)+|\n(?=#{1,2} )|(?<=^#{1,2} [^\n]*)\n/m
const SAFE_TARGET = /^(?:https?:\/\/|mailto:|\/(?!\/))/

export function blocksOf(markdown: string): Block[] {
  return markdown
    .replaceAll('\r\n', '\n')
    .split(BETWEEN_BLOCKS)
    .map((block) => block.trim())
    .filter(Boolean)
    .map(blockOf)
}

function blockOf(text: string): Block {
  const heading = /^(#{1,2}) (.*)$/s.exec(text)
  if (heading) return { kind: heading[1] === '#' ? 'h1' : 'h2', parts: partsOf(heading[2] ?? '') }
  if (text.startsWith('- ')) return { kind: 'ul', items: text.slice(2).split(/\n- /).map(partsOf) }
  return { kind: 'p', parts: partsOf(text) }
}

/** Text in brackets without a target is a blank that the operator has not filled in yet. */
function partsOf(text: string): Part[] {
  const line = text.replaceAll(/\s*\n\s*/g, ' ')
  const parts: Part[] = []
  let end = 0
  for (const match of line.matchAll(INLINE)) {
    if (match.index > end) parts.push({ kind: 'text', text: line.slice(end, match.index) })
    parts.push(partOf(match))
    end = match.index + match[0].length
  }
  if (end < line.length) parts.push({ kind: 'text', text: line.slice(end) })
  return parts
}

function partOf([whole, label, target, code, blank]: RegExpExecArray): Part {
  if (code !== undefined) return { kind: 'code', text: code }
  if (blank !== undefined) return { kind: 'blank', text: blank }
  if (label !== undefined && target !== undefined && SAFE_TARGET.test(target)) {
    return { kind: 'link', text: label, to: target }
  }
  return { kind: 'text', text: whole }
}
