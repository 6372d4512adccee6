// Draws bench/chart.svg from the results on record, a panel for each benchmark. A benchmark without results has none.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { drawPanel, type Panel } from './bar-panel.ts'

// biome-ignore lint/suspicious/noExplicitAny: the results are JSON that the benchmarks wrote, each in a shape of its own.
type Results = any

const WIDTH = 760
const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))

async function results(name: string): Promise<Results> {
  return JSON.parse(await readFile(path(`./${name}.json`), 'utf8').catch(() => 'null'))
}

const panels: Panel[] = [
  ...broadcastPanels(await results('broadcast')),
  ...contestPanels(await results('results'), 'FCM, 500 devices a job: processor time a message (sender + PostgreSQL)'),
  ...contestPanels(await results('apns-results'), 'APNs: processor time a message (sender + PostgreSQL)'),
  ...contestPanels(await results('webpush-results'), 'Web Push: processor time a message (sender + PostgreSQL)'),
  ...besidePanels(await results('beside')),
  ...singlesPanels(await results('singles')),
  ...handshakePanels(await results('handshakes')),
  ...servePanels(await results('serve')),
]

function broadcastPanels(found: Results): Panel[] {
  if (!found?.speed) return []
  const { contestants, bestRawMicros, devices } = found.speed
  const bar = (name: string, key: string) => {
    const { cpuMicros, databaseMicros } = contestants[key]
    return { name, parts: databaseMicros > 0 ? [cpuMicros, databaseMicros] : [cpuMicros] }
  }
  const sizes: Results[] = found.bySize
  return [
    {
      title: `Broadcast to ${count(devices)}: processor time a message (our processes + PostgreSQL)`,
      unit: 'µs',
      bars: [
        { name: 'bare HTTP/2, no store', parts: [bestRawMicros] },
        bar('one worker', 'sendword-1'),
        bar('two workers', 'sendword-2'),
      ],
      target: bestRawMicros * 1.2,
    },
    {
      title: 'The same, as the audience grows: seconds for each 10,000 devices',
      unit: 's',
      bars: sizes.map((size) => ({ name: count(size.devices), parts: [(size.seconds * 10_000) / size.devices] })),
    },
    {
      title: 'Most memory that the worker held',
      unit: 'MB',
      bars: sizes.map((size) => ({ name: count(size.devices), parts: [size.peakRssMb] })),
      target: sizes[0].peakRssMb + 100,
    },
  ]
}

function contestPanels(found: Results, title: string): Panel[] {
  if (!found) return []
  const bars = Object.entries<Results>(found.summaries).map(([name, figures]) => {
    const { cpuMicrosPerMessage: own, databaseCpuMicrosPerMessage: database } = figures
    return { name, parts: database > 0 ? [own, database] : [own] }
  })
  return [{ title, unit: 'µs', bars }]
}

function besidePanels(found: Results): Panel[] {
  if (!found) return []
  const bars = [
    { name: 'idle, median', parts: [found.idle.p50Ms] },
    { name: 'idle, 99th percentile', parts: [found.idle.p99Ms] },
    { name: 'beside it, median', parts: [found.beside.p50Ms] },
    { name: 'beside it, 99th perc.', parts: [found.beside.p99Ms] },
  ]
  const title = `A single message beside a broadcast to ${count(found.devices)}: from the 202 to the arrival`
  return [{ title, unit: 'ms', bars, target: 250 }]
}

function singlesPanels(found: Results): Panel[] {
  if (!found) return []
  const { client, server, database, target } = found.cpuMicros
  return [
    {
      title: `Single messages over HTTP, ${found.clients} clients: a second`,
      unit: '/s',
      bars: [
        { name: 'a route that does nothing', parts: [found.bareRoutePerSecond] },
        { name: 'accepted', parts: [found.acceptedPerSecond] },
        { name: 'sent and recorded', parts: [found.recordedPerSecond] },
      ],
      target: 5_000,
    },
    {
      title: 'Who spends the processor’s time on one of them',
      unit: 'µs',
      bars: [
        { name: 'server', parts: [server] },
        { name: 'PostgreSQL', parts: [database] },
        { name: 'client', parts: [client] },
        { name: 'push service', parts: [target] },
      ],
    },
  ]
}

function handshakePanels(found: Results): Panel[] {
  if (!found) return []
  const bars = found.results.map((size: Results) => ({ name: `${count(size.stored)} stored`, parts: [size.perSecond] }))
  return [{ title: 'Whole handshakes over HTTP: a second', unit: '/s', bars }]
}

function servePanels(found: Results): Panel[] {
  if (!found) return []
  const { idle, afterBroadcast, afterSingles } = found.memory
  return [
    {
      title: 'sendword serve: from its start to the first 200 of /readyz, PostgreSQL started too',
      unit: 'ms',
      bars: [
        { name: 'new data folder', parts: [found.firstStartMs] },
        { name: 'data folder that is there', parts: [found.startMs] },
      ],
    },
    {
      title: 'Memory of sendword serve',
      unit: 'MB',
      bars: [
        { name: 'idle', parts: [idle.rssMb] },
        { name: 'after a broadcast', parts: [afterBroadcast.rssMb] },
        { name: 'after single messages', parts: [afterSingles.rssMb] },
      ],
    },
  ]
}

function count(number: number): string {
  return number.toLocaleString('en')
}

let top = 8
const drawn: string[] = []
for (const panel of panels) {
  const { svg, height } = drawPanel(panel, top)
  drawn.push(svg)
  top += height
}
await writeFile(
  path('./chart.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" font-family="sans-serif" font-size="13">
<title>The benchmarks of Sendword, as they are on record</title>
<style>
text { fill: #24292f }
.title { font-weight: bold }
.part0 { fill: #3b6ea5 }
.part1 { fill: #a8c1dc }
line.target { stroke: #b35900; stroke-dasharray: 4 3 }
text.target { fill: #b35900; font-size: 11px }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .part0 { fill: #6ea8e0 }
  .part1 { fill: #34506e }
  line.target { stroke: #f0a35e }
  text.target { fill: #f0a35e }
}
</style>
${drawn.join('\n')}
</svg>
`,
)
