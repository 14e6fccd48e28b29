// Starts the app. It sets the language first, so that no text appears in the wrong one.
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
// The page of Vite's development server contains no store profile.
if (import.meta.env.DEV) void answer(api.GET('/api/v1/store')).then((store) => (storeProfile.value = store))
// The browser loads the first page's code while the texts load.
app.use(router)
await useLocale(preferredLocale())
takeTurns()
// In a task of its own: parsing the code took a long task already.
setTimeout(() => {
  app.mount('#app')
  keepOfflinePage()
})
