// Sendword runs as it was installed: it reads files of its own package, which a bundle would not have.
import type { NextConfig } from 'next'

const config: NextConfig = { serverExternalPackages: ['sendword'] }

// biome-ignore lint/style/noDefaultExport: Next takes the default export of its configuration.
export default config
