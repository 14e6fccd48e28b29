// Whether this store was opened with its lab: every answer has a header then, and only then does the app link to the lab.
import { shallowRef } from 'vue'

export const hasLab = shallowRef(false)
