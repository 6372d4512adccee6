// Servers that run or none: when one of them cannot start, those before it are closed.

export interface Closable {
  close(): Promise<void>
}

/** Waits until it has started; when it cannot, nothing is left running. */
export async function beside<Service extends Closable>(
  running: Closable[],
  starting: Promise<Service>,
): Promise<Service> {
  try {
    const service = await starting
    running.push(service)
    return service
  } catch (error) {
    await closeAll(running)
    throw error
  }
}

export async function closeAll(running: readonly Closable[]): Promise<void> {
  await Promise.all(running.map((service) => service.close()))
}
