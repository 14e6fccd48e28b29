// Renders a component with the app's plugins.
import { VueQueryPlugin } from '@tanstack/vue-query'
import { render, type RenderResult } from '@testing-library/vue'
import { createPinia, setActivePinia } from 'pinia'
import type { Component } from 'vue'
import { createMemoryHistory, type Router } from 'vue-router'

import { queryClient } from '@/api/queries'
import { createStoreRouter } from '@/router'

export async function renderIn(
  component: Component,
  options: { props?: Record<string, unknown>; at?: string } = {},
): Promise<RenderResult & { router: Router }> {
  const pinia = createPinia()
  setActivePinia(pinia)
  const router = createStoreRouter(createMemoryHistory())
  await router.push(options.at ?? '/')
  await router.isReady()
  const plugins = [pinia, router, [VueQueryPlugin, { queryClient }] as [typeof VueQueryPlugin, object]]
  const result = render(component, { props: options.props ?? {}, global: { plugins } })
  return Object.assign(result, { router })
}
