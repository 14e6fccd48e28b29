// The player's custom elements (media-chrome), for the type checker of templates.
import type { DefineComponent } from 'vue'

declare module 'vue' {
  interface GlobalComponents {
    [element: `media-${string}`]: DefineComponent<Record<string, unknown>>
  }
}
