// Holds the house of docs/explanation/architecture.md: a folder of src/ imports only what its row names, types
// included, and no import runs in a circle. Rows stand in floor order; a row may name only rows above it,
// so an order with a circle cannot be written down. Fails when it read no module.
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'

const FLOORS: ReadonlyArray<readonly [folder: string, mayImport: readonly string[]]> = [
  ['util', []],
  ['protocols', []],
  ['model', ['util']],
  ['net', ['model', 'util']],
  ['database', ['model', 'util']],
  ['transports', ['model', 'net', 'protocols', 'util']],
  ['store', ['model', 'database', 'util']],
  ['queue', ['model', 'database', 'util']],
  ['emulator', ['protocols', 'util']],
  ['registry', ['store', 'queue', 'database', 'model', 'util']],
  ['publishing', ['store', 'queue', 'database', 'model', 'util']],
  ['delivery', ['store', 'queue', 'database', 'model', 'util']],
  ['webhooks', ['store', 'database', 'model', 'net', 'util']],
  [
    'app',
    [
      'registry',
      'publishing',
      'delivery',
      'webhooks',
      'transports',
      'store',
      'queue',
      'model',
      'net',
      'database',
      'protocols',
      'util',
    ],
  ],
  ['http', ['app', 'model', 'util']],
  ['sendword', ['http', 'app', 'model', 'util']],
  ['cli', ['sendword', 'http', 'app', 'emulator', 'model', 'util']],
]

function rules(): IForbiddenRuleType[] {
  const seen = new Set<string>()
  return FLOORS.map(([folder, mayImport]) => {
    for (const name of mayImport) if (!seen.has(name)) throw new Error(`${folder} names ${name}, which is not below it`)
    seen.add(folder)
    const allowed = [folder, ...mayImport].join('|')
    return {
      name: `${folder} imports only ${mayImport.join(', ') || 'itself'}`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${allowed})/` },
    }
  })
}

const everywhere: IForbiddenRuleType[] = [
  { name: 'no circles', severity: 'error', from: {}, to: { circular: true } },
  { name: 'nothing inside imports the face', severity: 'error', from: {}, to: { path: '^src/index\\.ts$' } },
  {
    name: 'pg-boss only in queue/',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/queue/' },
    to: { path: 'node_modules/pg-boss/' },
  },
  { name: 'no unresolvable imports', severity: 'error', from: {}, to: { couldNotResolve: true } },
  {
    name: 'the browser client imports nothing but itself',
    severity: 'error',
    from: { path: '^client/' },
    to: { pathNot: '^client/' },
  },
  {
    name: 'page and worker meet at shared/ only',
    severity: 'error',
    from: { path: '^client/(page|worker|shared)/' },
    to: { path: '^client/', pathNot: '^client/($1|shared)/' },
  },
  {
    name: 'every folder stands in the table',
    severity: 'error',
    from: { path: '^src/[^/]+/', pathNot: `^src/(${FLOORS.map(([folder]) => folder).join('|')})/` },
    to: {},
  },
]

const { output } = await cruise(['src', 'client'], {
  ruleSet: { forbidden: [...rules(), ...everywhere] },
  validate: true,
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  tsConfig: { fileName: 'tsconfig.json' },
  enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'types', 'default'] },
})
const { summary } = output as ICruiseResult
for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} → ${to}`)
if (summary.totalCruised === 0) {
  console.error('no module was read: the check itself is broken')
  process.exitCode = 1
} else if (summary.violations.length > 0) {
  process.exitCode = 1
} else {
  console.log(`floors: ${summary.totalCruised} modules, ${summary.totalDependenciesCruised} imports, no violation`)
}
