// What the lab of this store offers, and its last report.
import { queryOptions } from '@tanstack/vue-query'

import { answer, api } from '@/api/client'

export const labQuery = queryOptions({
  queryKey: ['lab'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/lab', { signal })),
})

export const reportQuery = queryOptions({
  queryKey: ['lab-report'],
  queryFn: ({ signal }) => answer(api.GET('/api/v1/lab/report', { signal })),
})
