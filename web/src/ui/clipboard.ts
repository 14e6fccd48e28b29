// Copies a text. Browsers offer the clipboard only to secure contexts, and a shop in a local network, over plain http, is
// none: there the older command copies what is selected.
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

function copySelected(text: string): boolean {
  const focused = document.activeElement
  const area = document.createElement('textarea')
  area.value = text
  area.setAttribute('readonly', '')
  // Out of sight, where selecting it scrolls nothing.
  Object.assign(area.style, { position: 'fixed', insetBlockStart: '0', opacity: '0' })
  document.body.append(area)
  area.select()
  try {
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    area.remove()
    if (focused instanceof HTMLElement) focused.focus()
  }
}
