// Films with unusual facts: names of one letter and of two hundred, names in right-to-left scripts, and films with hardly any
// facts.
const MOST_LETTERS = 200
const MOST_LETTERS_OF_A_PERSON = 100
const LONG_WORD = 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch'
const LONG_NAME =
  'The Remarkable and Entirely True Account of a Lighthouse Keeper’s Daughter, Her Three Impossible Suitors, the Bishop ' +
  'of an Island That Is on No Map, and the Whale, as Told by the Whale Itself in Its Own Words'

/** A row of a file for `dvs import`. */
export interface OddFilm {
  name: string
  [field: string]: unknown
}

const longest = (text: string, most = MOST_LETTERS) => text.slice(0, most).trim()
const several = <T>(count: number, one: (index: number) => T) => Array.from({ length: count }, (_, at) => one(at))

const facts = {
  runtime_minutes: 117,
  countries: ['DE', 'BR', 'FR'],
  languages: ['de', 'pt-BR'],
  subtitle_languages: ['en', 'pt-BR'],
  age_rating: '12',
  genres: ['Crime', 'Thriller'],
  synopsis: {
    en: 'A city looks for one man. So do those it looks for every other night.',
    'pt-BR': 'Uma cidade procura um homem. Também o procuram aqueles que ela procura todas as outras noites.',
  },
}

/** The three films of a small shop. */
export const THREE: OddFilm[] = [
  { name: 'M', year: 1931, directors: ['Fritz Lang'], cast: ['Peter Lorre', 'Inge Landgut'], ...facts },
  { name: longest(LONG_WORD.repeat(4)), year: 1999 },
  { name: 'נוספרטו, סימפוניה של אימה!', year: 1922, genres: ['Horror'] },
]

export const ODD: OddFilm[] = [
  ...THREE,
  {
    ...facts,
    name: longest(LONG_NAME),
    original_name: longest(`${LONG_WORD} ${LONG_NAME}`),
    year: 2024,
    directors: [longest(LONG_WORD.repeat(2), MOST_LETTERS_OF_A_PERSON), 'Ana Maria de Orleans e Bragança e Silva'],
    cast: several(60, (index) => `Somebody With a Long Name the ${index + 1}th`),
    genres: several(12, (index) => `Genre of Its Own ${index + 1}`),
  },
  {
    ...facts,
    name: 'نوسفيراتو: سيمفونية الرعب (الجزء 2)',
    original_name: 'باب الحديد',
    year: 1958,
    directors: ['يوسف شاهين'],
    cast: ['فريد شوقي', 'هند رستم'],
    synopsis: { en: 'قصة حب تدور أحداثها في محطة مصر للسكك الحديدية.' },
  },
  { name: '道', original_name: 'La Strada', year: 1954, directors: ['Federico Fellini'] },
  { name: 'Without anything but a name', year: 1970, offers: [] },
  { name: 'Its picture is gone', year: 1985, directors: ['Nobody'], image_url: 'https://nowhere.invalid/poster.jpg' },
]

/** A file for `dvs import`; its films are among the first that the shop shows. */
export function rowsOf(films: OddFilm[]): string {
  const rows = films.map((film, index) => ({ source: 'odd', source_id: String(index), popularity: 100, ...film }))
  return rows.map((row) => JSON.stringify(row)).join('\n')
}

/** `count` ordinary films of several genres, countries and years. */
export function ordinary(count: number): OddFilm[] {
  const genres = ['Drama', 'Comedy', 'Horror', 'Western', 'Musical', 'Crime', 'Romance', 'War']
  const countries = ['BR', 'US', 'FR', 'JP', 'DE', 'IT']
  return several(count, (index) => ({
    source: 'many',
    name: `Film number ${index + 1}`,
    year: 1900 + (index % 125),
    directors: [`Director ${index % 997}`],
    genres: genres.slice(index % genres.length).slice(0, 1),
    countries: countries.slice(index % countries.length).slice(0, 1),
    languages: [index % 2 ? 'en' : 'pt-BR'],
    popularity: index % 100,
  }))
}
