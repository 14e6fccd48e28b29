import { screen } from '@testing-library/vue'
import { expect, test } from 'vitest'

import { titleItem } from '@/testing/fixtures'
import { renderIn } from '@/testing/render'
import { json, serve } from '@/testing/server'

import SearchNothing from './SearchNothing.vue'

/** A store that has two films with "chaplin", and nothing else. */
function serveChaplin() {
  return serve({
    'GET /api/v1/titles:suggest': () => json({ suggestions: [] }),
    'GET /api/v1/titles': ({ url }) => {
      const found = url.searchParams.get('q') === 'chaplin' && !url.searchParams.has('genre')
      return json({ titles: found ? [titleItem()] : [], facets: {}, total_size: found ? 2 : 0, next_page_token: null })
    },
  })
}

test('only changes of the search that find films are offered, with their number of films', async () => {
  serveChaplin()
  await renderIn(SearchNothing, { props: { filters: { q: 'chaplin', genre: ['Western'] } } })
  const way = await screen.findByRole('link', { name: /Without “Western”/ })
  expect(way).toHaveTextContent('2 films')
  expect(way).toHaveAttribute('href', '/search?q=chaplin')
})

test('a part of the words is searched alone', async () => {
  serveChaplin()
  await renderIn(SearchNothing, { props: { filters: { q: 'chaplin spaceship' } } })
  expect(await screen.findByRole('link', { name: /Only “chaplin”/ })).toHaveAttribute('href', '/search?q=chaplin')
  expect(screen.queryByRole('link', { name: /spaceship/ })).toBeNull()
})

test('a suggested spelling links to the film', async () => {
  serve({
    'GET /api/v1/titles:suggest': () =>
      json({
        suggestions: [{ id: 'limite', name: 'Limite', display_name: 'Limite', year: 1931, poster_url: '/poster.svg' }],
      }),
    'GET /api/v1/titles': () => json({ titles: [], facets: {}, total_size: 0, next_page_token: null }),
  })
  await renderIn(SearchNothing, { props: { filters: { q: 'limitte' } } })
  expect(await screen.findByRole('link', { name: 'Limite' })).toHaveAttribute('href', '/titles/limite')
})
