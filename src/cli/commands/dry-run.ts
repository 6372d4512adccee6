// The flag that sends nothing, which several commands share, and the table of whom a message would reach and with what.
import { Option } from 'commander'
import type { Core } from '../../app/core.ts'
import type { CommandContext } from '../command-context.ts'
import type { JsonFlags } from '../flags.ts'
import { grouped } from '../progress-bar.ts'
import { columns, facts, time } from '../text-table.ts'
import { whenItGoes } from '../when-it-goes.ts'
import { answer } from './member-flags.ts'

type DryRun = Awaited<ReturnType<Core['messages']['dryRun']>>
type Count = DryRun['audience']

export interface DryRunFlags {
  readonly dryRun?: true
}

export function dryRunOption(): Option {
  return new Option('--dry-run', 'Check all that is checked, say whom it would reach and with what, and send nothing.')
}

export function showDryRun(context: CommandContext, flags: JsonFlags, dryRun: DryRun): void {
  answer(context, flags, dryRun, linesOf(dryRun))
}

function linesOf(dryRun: DryRun): string[] {
  const { audience, unfit, previews, expiresAt, isPast } = dryRun
  const rows = previews.map(({ transport, bytes, maxBytes, refusal }) => {
    const size = `${grouped(bytes)} of ${grouped(maxBytes)} bytes`
    return [transport, grouped(audience.byTransport[transport] ?? 0), refusal ? `${size}, refused` : size]
  })
  const left = unfit.map(({ transport, devices }) => [transport, grouped(devices), 'left out'])
  const table = [...rows, ...left]
  return [
    `It would be accepted for ${devicesOf(audience)}. Nothing was sent.`,
    ...(table.length === 0 ? [] : columns([['PUSH SERVICE', 'DEVICES', 'SIZE'], ...table])),
    ...previews.flatMap(({ transport, notes, refusal }) => [
      ...(refusal ? [`! ${transport}: ${refusal.code}: ${refusal.detail}`] : []),
      ...notes.map((note) => `- ${transport}: ${note}`),
    ]),
    ...unfit.map(({ transport, code, detail }) => `! ${transport}: ${code}: ${detail}`),
    ...(isPast ? ['! Its local time is past: it would end as cancelled.'] : []),
    ...facts({ goes: whenItGoes(dryRun), expires: time(expiresAt) }),
  ]
}

/** A count in words. */
export function devicesOf({ devices, byTransport, unreachable, complete }: Count): string {
  const parts = Object.entries(byTransport).map(([transport, number]) => `${transport} ${grouped(number)}`)
  const by = parts.length > 1 ? ` (${parts.join(', ')})` : ''
  const without = unreachable === 0 ? '' : `, without ${grouped(unreachable)} that cannot be reached`
  return `${complete ? '' : 'at least '}${grouped(devices)} ${devices === 1 ? 'device' : 'devices'}${by}${without}`
}
