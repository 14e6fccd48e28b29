import { render } from '@testing-library/vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h, nextTick, ref } from 'vue'

import InTurn from './InTurn.vue'
import { endTurns, takeTurns, useTurns } from './turns'

const count = ref(10)
const List = defineComponent(() => {
  const made = useTurns(() => count.value, 4)
  return () => h('p', String(made.value))
})
const Page = defineComponent(() => () => [
  h(InTurn, null, () => h('p', 'shelf one')),
  h(InTurn, null, () => h('p', 'shelf two')),
])

beforeEach(() => {
  count.value = 10
  vi.useFakeTimers()
})
afterEach(() => {
  vi.runAllTimers()
  endTurns()
})

async function turn(): Promise<void> {
  vi.advanceTimersToNextTimer()
  await nextTick()
}

test('the first page is drawn one part a task', async () => {
  takeTurns()
  const { queryByText } = render(Page)
  expect(queryByText('shelf one')).toBeNull()
  await turn()
  expect(queryByText('shelf one')).not.toBeNull()
  expect(queryByText('shelf two')).toBeNull()
  await turn()
  expect(queryByText('shelf two')).not.toBeNull()
})

test('a list in it grows to its end, and again when more items arrive', async () => {
  takeTurns()
  const { container } = render(List)
  expect(container).toHaveTextContent('4')
  await turn()
  expect(container).toHaveTextContent('8')
  await turn()
  expect(container).toHaveTextContent('10')
  count.value = 13
  await nextTick()
  expect(container).toHaveTextContent('12')
  await turn()
  expect(container).toHaveTextContent('13')
})

test('a later page is drawn whole at once', () => {
  takeTurns()
  endTurns()
  expect(render(Page).queryByText('shelf two')).not.toBeNull()
  expect(render(List).container).toHaveTextContent('10')
})
