// Whether this store was opened with its lab: every answer says so, and only then is there a link to it.
import { shallowRef } from 'vue'

export const hasLab = shallowRef(false)
