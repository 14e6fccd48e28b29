import { expect, test } from 'vitest'

import { trailerOf } from './trailer'

test('a trailer on YouTube plays in the player without cookies', () => {
  const player = 'https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1&rel=0'
  expect(trailerOf('https://www.youtube.com/watch?v=aqz-KE-bpKQ')?.player).toBe(player)
  expect(trailerOf('https://youtu.be/aqz-KE-bpKQ')).toMatchObject({ player, host: 'youtu.be' })
})

test('a trailer on Vimeo plays without tracking', () => {
  expect(trailerOf('https://vimeo.com/1084537')?.player).toBe('https://player.vimeo.com/video/1084537?dnt=1&autoplay=1')
})

test('a trailer on a page of its own is a link', () => {
  expect(trailerOf('https://peach.blender.org/')).toEqual({
    url: 'https://peach.blender.org/',
    host: 'peach.blender.org',
    player: null,
  })
  expect(trailerOf('https://www.youtube.com/watch?v="><script>')?.player).toBeNull()
})

test('an unsafe address gives no trailer', () => {
  for (const address of [null, '', 'soon', 'javascript:alert(1)', 'http://example.com/']) {
    expect(trailerOf(address)).toBeNull()
  }
})
