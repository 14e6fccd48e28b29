// How the app is built, served while developing, and tested.
import { fileURLToPath, URL } from 'node:url'

import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'
import VueRouter from 'vue-router/vite'

import { firstLoad } from './scripts/first-load.ts'
import { pageTexts } from './scripts/page-texts.ts'

const gateway = process.env.DVS_GATEWAY ?? 'http://localhost:8000'

/** The pages at which most visits begin; their code is in the app's first file. */
const FIRST_PAGES = /\/src\/pages\/(?:index|search|titles\/\[id\])\.vue$/

export default defineConfig({
  plugins: [
    VueRouter({
      routesFolder: 'src/pages',
      dts: 'src/typed-router.d.ts',
      importMode: (path) => (FIRST_PAGES.test(path) ? 'sync' : 'async'),
    }),
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('media-') } } }),
    tailwindcss(),
    firstLoad(),
    pageTexts(),
  ],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: false,
  },
  build: {
    // The first browsers that support light-dark() and relative colours. For older targets the build would rewrite them, and
    // a dark page inside a light one would stay light.
    target: ['chrome123', 'edge123', 'firefox128', 'safari18'],
    // The content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // A first visit loads one file of code, not thirty: on a slow connection each costs a round trip.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'app', tags: ['$initial'] }] } } },
    manifest: true,
  },
  server: {
    // The texts are beside this folder.
    fs: { allow: ['.', '../languages'] },
    proxy: { '/api': gateway, '/posters': gateway, '/media': gateway },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/testing/match-media.ts', 'src/testing/setup.ts'],
    restoreMocks: true,
  },
})
