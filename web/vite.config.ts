// How the app is built, served while developing, and tested.
import { fileURLToPath, URL } from 'node:url'

import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import VueRouter from 'vue-router/vite'

import { preloadedFonts } from './scripts/preloaded-fonts.ts'

const gateway = process.env.DVS_GATEWAY ?? 'http://localhost:8000'

export default defineConfig({
  plugins: [
    VueRouter({ routesFolder: 'src/pages', dts: 'src/typed-router.d.ts' }),
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('media-') } } }),
    tailwindcss(),
    preloadedFonts([/geist-latin-wght-normal/, /instrument-serif-latin-400-normal/]),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
  },
  build: {
    // The first browsers that know light-dark() and relative colours; older targets would have them rewritten, and
    // then a dark room on a light page stays light.
    target: ['chrome123', 'edge123', 'firefox128', 'safari18'],
    // The content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
  },
  server: {
    proxy: { '/api': gateway, '/posters': gateway, '/media': gateway },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/testing/match-media.ts', 'src/testing/setup.ts'],
    restoreMocks: true,
  },
})
