import { beforeEach, expect, test, vi } from 'vitest'
import { effectScope, nextTick, type Ref, ref } from 'vue'

import { type Stage, useStage } from './stage'

const TURN_MS = 10_000

beforeEach(() => vi.useFakeTimers())

function stageOf(films: number): { stage: Stage; count: Ref<number>; end: () => void } {
  const count = ref(films)
  const scope = effectScope()
  const stage = scope.run(() => useStage(() => count.value))
  if (!stage) throw new Error('the scope has ended')
  return { stage, count, end: () => scope.stop() }
}

function wishFor(lessMotion: boolean): void {
  vi.spyOn(window, 'matchMedia').mockImplementation(
    (media) => ({ matches: lessMotion && media.includes('reduced-motion') }) as MediaQueryList,
  )
}

test('the next film follows by itself, and after the last the first', async () => {
  const { stage } = stageOf(2)
  await vi.advanceTimersByTimeAsync(TURN_MS)
  expect(stage.current.value).toBe(1)
  await vi.advanceTimersByTimeAsync(TURN_MS)
  expect(stage.current.value).toBe(0)
})

test('nothing moves while a visitor points at the stage', async () => {
  const { stage } = stageOf(3)
  stage.held.value = true
  await vi.advanceTimersByTimeAsync(5 * TURN_MS)
  expect(stage.current.value).toBe(0)
  stage.held.value = false
  await vi.advanceTimersByTimeAsync(TURN_MS)
  expect(stage.current.value).toBe(1)
})

test('the film that a visitor chose stays', async () => {
  const { stage } = stageOf(3)
  stage.show(-1)
  await vi.advanceTimersByTimeAsync(5 * TURN_MS)
  expect(stage.current.value).toBe(2)
  expect(stage.playing.value).toBe(false)
})

test('for visitors who prefer less motion the stage starts only when they press the button', async () => {
  wishFor(true)
  const { stage } = stageOf(3)
  await vi.advanceTimersByTimeAsync(5 * TURN_MS)
  expect(stage.current.value).toBe(0)
  stage.toggle()
  await vi.advanceTimersByTimeAsync(TURN_MS)
  expect(stage.current.value).toBe(1)
})

test('a stage with fewer films never shows an empty place', async () => {
  const { stage, count } = stageOf(3)
  stage.show(2)
  count.value = 1
  await nextTick()
  expect(stage.current.value).toBe(0)
})

test('nothing moves after the page is left', async () => {
  const { stage, end } = stageOf(3)
  end()
  await vi.advanceTimersByTimeAsync(5 * TURN_MS)
  expect(stage.current.value).toBe(0)
})
