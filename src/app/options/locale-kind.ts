// The kind of options that name a language.
import { z } from 'zod'
import { canonicalTag } from '../../model/locale.ts'
import { kind } from './option-kinds.ts'

export const localeTag = kind({
  allowed: 'a BCP 47 language tag, such as pt-BR',
  schema: z
    .string()
    .refine((text) => canonicalTag(text) !== undefined)
    .transform((text) => canonicalTag(text) ?? text),
})
