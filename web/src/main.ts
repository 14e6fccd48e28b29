// Starts the app: its language first, so that nothing is ever shown in the wrong one.
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createPinia } from 'pinia'
import { createApp } from 'vue'

import { answer, api } from '@/api/client'
import { queryClient } from '@/api/queries'
import { preferredLocale, useLocale } from '@/i18n'
import { createStoreRouter } from '@/router'
import { useSession } from '@/session'
import { reloadForMissingCode } from '@/shell/missing-code'
import { keepOfflinePage } from '@/shell/offline-page'
import { storeProfile } from '@/store-profile'
import { takeTurns } from '@/ui/turns'

import App from './App.vue'

import './ui/style.css'

const app = createApp(App).use(createPinia()).use(VueQueryPlugin, { queryClient })

void useSession().resume()
const router = createStoreRouter()
reloadForMissingCode(router)
// Vite's own page has nothing of the store in it.
if (import.meta.env.DEV) void answer(api.GET('/api/v1/store')).then((store) => (storeProfile.value = store))
// The first page's code is fetched while the texts come.
app.use(router)
await useLocale(preferredLocale())
takeTurns()
// In a task of its own: to read the code took one already.
setTimeout(() => {
  app.mount('#app')
  keepOfflinePage()
})
