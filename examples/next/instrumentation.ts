// What Next runs once when its server starts: opens Sendword, so that it delivers before the first request, and closes
// it at the end. NEXT_MANUAL_SIG_HANDLE leaves the signals to this file; Next itself would exit without waiting.
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { getSendword } = await import('./lib/sendword.ts')
  const sendword = await getSendword()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, async () => {
      await sendword.close()
      process.exit()
    })
  }
}
