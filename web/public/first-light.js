// Shows the first picture of the page while the app's code is still on its way, in the place and size where the app will
// draw it. What it knows, the gateway wrote into the page (`dvs-data`); the app then draws over it. It runs once the whole
// page is read, which is before the app.
{
  const DAY_MS = 86_400_000
  /** As src/features/catalogue/films-of-the-day.ts chooses. */
  const AMONG = 10

  // Where the poster stands on each kind of page, by the same classes as in TitleStage, TitleLead and TitleGrid.
  const PLACES = {
    '': {
      pick: ({ titles }) => [titles[Math.floor(Date.now() / DAY_MS) % Math.min(AMONG, titles.length)]],
      row: 'page-width pt-4 md:grid md:justify-items-end md:pt-8 lg:pe-60',
      picture: 'w-44 sm:w-60 md:w-64 lg:w-80 xl:w-88',
    },
    titles: {
      pick: (title) => [title],
      row: 'page-width grid gap-x-14 pt-6 md:grid-cols-[minmax(13rem,20rem)_minmax(0,1fr)] md:pt-12 lg:grid-cols-[minmax(13rem,25rem)_minmax(0,1fr)]',
      picture: 'w-40 max-md:justify-self-center sm:w-60 md:w-full',
    },
    search: {
      pick: ({ titles }) => titles.slice(0, 2),
      row: 'page-width grid grid-cols-[repeat(auto-fill,minmax(min(9.5rem,44%),1fr))] gap-x-4 pt-60 sm:gap-x-6 lg:hidden',
      picture: '',
    },
  }

  document.addEventListener('readystatechange', showFirstLight, { once: true })

  function showFirstLight() {
    const data = document.getElementById('dvs-data')
    const place = PLACES[location.pathname.split('/')[1]]
    const [answer] = data && place ? JSON.parse(data.textContent) : []
    const app = document.getElementById('app')
    if (answer && app.childElementCount === 0) {
      const row = Object.assign(document.createElement('div'), { className: place.row, ariaHidden: 'true' })
      // Where the header will be. A margin would move the page.
      const header = document.createElement('div')
      header.style.blockSize = 'var(--header)'
      for (const title of place.pick(answer.body).filter(Boolean)) {
        const picture = Object.assign(document.createElement('div'), { className: place.picture })
        const image = Object.assign(document.createElement('img'), {
          src: title.poster_url,
          alt: '',
          width: 400,
          height: 600,
          className: 'aspect-2/3 w-full rounded-small object-cover',
          fetchPriority: 'high',
        })
        image.style.backgroundColor = title.palette?.ground ?? ''
        picture.append(image)
        row.append(picture)
      }
      app.append(header, row)
    }
  }
}
