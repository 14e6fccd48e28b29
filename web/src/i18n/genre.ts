// Genres come as the catalogue writes them; the common ones have a name in each language.
import { optionalText } from '.'

export function genreName(genre: string): string {
  const key = genre.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_')
  return optionalText(`genre.${key}`) ?? genre.charAt(0).toUpperCase() + genre.slice(1)
}
