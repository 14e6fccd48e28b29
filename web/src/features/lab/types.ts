// Short names for the lab's types of the contract.
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Lab = Schemas['Lab']
export type LabAnswered = Schemas['LabAnswered']
export type LabBegan = Schemas['LabBegan']
export type LabCall = Schemas['LabCall']
export type LabEvent = Schemas['LabEvent']
export type LabField = Schemas['LabField']
export type LabKind = Schemas['LabKind']
export type LabLine = Schemas['LabLine']
export type LabMessage = Schemas['LabMessage']
export type LabRepeats = Schemas['LabRepeats']
export type LabTransport = Schemas['LabTransport']
export type LabWay = Schemas['LabWay']
