import { expect, test } from 'vitest'

import { blocksOf } from './markdown'

test('headings, paragraphs and lists are recognized', () => {
  expect(blocksOf('# Terms\n\nOne line\nand the next.\n\n## Renting\n- You pay\n  once.\n- Then you watch.\n')).toEqual(
    [
      { kind: 'h1', parts: [{ kind: 'text', text: 'Terms' }] },
      { kind: 'p', parts: [{ kind: 'text', text: 'One line and the next.' }] },
      { kind: 'h2', parts: [{ kind: 'text', text: 'Renting' }] },
      {
        kind: 'ul',
        items: [[{ kind: 'text', text: 'You pay once.' }], [{ kind: 'text', text: 'Then you watch.' }]],
      },
    ],
  )
})

test('links, code and blanks are recognized inside a line', () => {
  expect(blocksOf('By [mail](mailto:a@example.com), `dvs_session`, [date].')).toEqual([
    {
      kind: 'p',
      parts: [
        { kind: 'text', text: 'By ' },
        { kind: 'link', text: 'mail', to: 'mailto:a@example.com' },
        { kind: 'text', text: ', ' },
        { kind: 'code', text: 'dvs_session' },
        { kind: 'text', text: ', ' },
        { kind: 'blank', text: 'date' },
        { kind: 'text', text: '.' },
      ],
    },
  ])
})

test('a link that would run a script is no link, and tags are text', () => {
  expect(blocksOf('[x](javascript:alert(1)) <b>bold</b> [y](//elsewhere.example)')).toEqual([
    {
      kind: 'p',
      parts: [
        { kind: 'text', text: '[x](javascript:alert(1)' },
        { kind: 'text', text: ') <b>bold</b> ' },
        { kind: 'text', text: '[y](//elsewhere.example)' },
      ],
    },
  ])
})
