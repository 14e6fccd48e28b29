// The name of a film's licence in the reader's language, if it has one in each: the names of the Creative Commons licences
// are the same in all languages.
import { t } from '@/i18n'
import { formatCountryNamed, formatList } from '@/i18n/format'

/** Such as "Public domain" or "Public domain (Brazil, United States)". */
const PUBLIC_DOMAIN = /^(?:public domain|dom[ií]nio p[uú]blico)\s*(?:\(([^()]*)\))?$/i
const ALL_RIGHTS = /^(?:all rights reserved|todos os direitos reservados)\.?$/i

export function licenceName(licence: string): string {
  const text = licence.trim()
  if (ALL_RIGHTS.test(text)) return t('catalogue.all_rights_reserved')
  const [isPublic, places] = PUBLIC_DOMAIN.exec(text) ?? []
  if (!isPublic) return licence
  if (!places?.trim()) return t('catalogue.public_domain')
  const names = places.split(',').map((place) => formatCountryNamed(place.trim()))
  return t('catalogue.public_domain_in', { places: formatList(names) })
}
