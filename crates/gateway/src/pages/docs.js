// Shows openapi.json: every operation, what it takes and what it answers, with schemas written out.
const element = (name, text, ...children) => {
  const made = document.createElement(name)
  if (text) made.textContent = text
  made.append(...children)
  return made
}

const nameOf = (schema) => schema.$ref?.split('/').pop()

/** A schema in one line of a type's notation, nested objects by name. */
const typeOf = (schema) => {
  if (!schema) return 'nothing'
  if (schema.$ref) return nameOf(schema)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const several = schema.oneOf ?? schema.anyOf
  if (several) return several.map(typeOf).join(' | ')
  if (schema.allOf) return schema.allOf.map(typeOf).join(' & ')
  if (schema.type === 'array') return `${typeOf(schema.items)}[]`
  const types = [schema.type ?? 'object'].flat().join(' | ')
  return schema.format ? `${types} (${schema.format})` : types
}

const bodyOf = (content) => Object.values(content ?? {})[0]?.schema

const list = (title, rows) => {
  if (rows.length === 0) return []
  const definitions = rows.flatMap(([term, text]) => [element('dt', '', element('code', term)), element('dd', text)])
  return [element('h3', title), element('dl', '', ...definitions)]
}

const operation = (verb, path, said) => {
  const summary = element('summary', '', element('b', verb.toUpperCase()), element('code', path))
  summary.append(element('span', said.summary))
  const parameters = (said.parameters ?? []).map((parameter) => [
    parameter.name,
    [typeOf(parameter.schema), parameter.required && 'required', parameter.description].filter(Boolean).join(' · '),
  ])
  const body = bodyOf(said.requestBody?.content)
  const answers = Object.entries(said.responses).map(([status, answer]) => [
    status,
    [answer.description, typeOf(bodyOf(answer.content))].join(' · '),
  ])
  return element(
    'details',
    '',
    summary,
    ...list('Takes', body ? [...parameters, ['body', typeOf(body)]] : parameters),
    ...list('Answers', answers),
  )
}

const shape = ([name, schema]) => {
  const parts = [schema, ...(schema.allOf ?? [])]
  const properties = parts.flatMap((part) => Object.entries(part.properties ?? {}))
  const rows = properties.map(([property, its]) => [property, [typeOf(its), its.description].filter(Boolean).join(' · ')])
  const summary = element('summary', '', element('code', name), element('span', schema.description))
  return element('details', '', summary, ...list('Fields', rows), ...(rows.length ? [] : [element('pre', typeOf(schema))]))
}

const show = (api) => {
  const byTag = new Map()
  for (const [path, verbs] of Object.entries(api.paths)) {
    for (const [verb, said] of Object.entries(verbs)) {
      const tag = said.tags?.[0] ?? 'other'
      byTag.set(tag, [...(byTag.get(tag) ?? []), operation(verb, path, said)])
    }
  }
  const main = document.querySelector('main')
  for (const [tag, operations] of byTag) main.append(element('h2', tag), ...operations)
  main.append(element('h2', 'shapes'), ...Object.entries(api.components.schemas).map(shape))
}

fetch('/openapi.json')
  .then((answer) => answer.json())
  .then(show)
