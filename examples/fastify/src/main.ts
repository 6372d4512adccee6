// Starts the application, and stops it in order: Fastify first takes nothing new, then its hook closes Sendword.
import { app } from './app.ts'

console.log(`The shop listens on ${await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })}`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void app.close())
