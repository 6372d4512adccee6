// Draws bench/chart.svg from bench/results.json: processor time a message, of the sending process and the database.
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

interface Summary {
  readonly cpuMicrosPerMessage: number
  readonly databaseCpuMicrosPerMessage: number
}

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const { summaries } = JSON.parse(await readFile(path('./results.json'), 'utf8')) as {
  summaries: Record<string, Summary>
}
const BAR = { left: 130, height: 26, gap: 18, width: 420 }
const rows = Object.entries(summaries)
const most = Math.max(...rows.map(([, figures]) => figures.cpuMicrosPerMessage + figures.databaseCpuMicrosPerMessage))
const scale = BAR.width / most
const bars = rows.flatMap(([name, { cpuMicrosPerMessage: own, databaseCpuMicrosPerMessage: database }], row) => {
  const y = 44 + row * (BAR.height + BAR.gap)
  const text = database > 0 ? `${own.toFixed(0)} + ${database.toFixed(0)} µs` : `${own.toFixed(0)} µs`
  return [
    `<text x="${BAR.left - 8}" y="${y + 18}" text-anchor="end">${name}</text>`,
    `<rect x="${BAR.left}" y="${y}" width="${(own * scale).toFixed(1)}" height="${BAR.height}" fill="#3b6ea5"/>`,
    `<rect x="${(BAR.left + own * scale).toFixed(1)}" y="${y}" width="${(database * scale).toFixed(1)}" height="${BAR.height}" fill="#b9cde3"/>`,
    `<text x="${(BAR.left + (own + database) * scale + 8).toFixed(1)}" y="${y + 18}">${text}</text>`,
  ]
})
const height = 60 + rows.length * (BAR.height + BAR.gap)
await writeFile(
  path('./chart.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" width="720" height="${height}" font-family="sans-serif" font-size="14">
<title>Processor time a message of each contestant</title>
<text x="${BAR.left}" y="24">Processor time a message: sender (dark), PostgreSQL (light)</text>
${bars.join('\n')}
</svg>
`,
)
