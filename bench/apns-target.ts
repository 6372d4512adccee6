// The emulator's APNs that every contestant sends to, as its control API describes it.

export interface ApnsTarget {
  readonly url: string
  readonly sandboxUrl: string
  readonly teamId: string
  readonly keyId: string
  readonly key: string
  readonly bundleId: string
  readonly ca: string
}

export async function readApnsTarget(controlUrl: string): Promise<ApnsTarget> {
  const answer = await fetch(controlUrl)
  const { services, credentials, ca } = (await answer.json()) as {
    services: { apns: Pick<ApnsTarget, 'url' | 'sandboxUrl'> }
    credentials: { apns: Omit<ApnsTarget, 'url' | 'sandboxUrl' | 'ca'> }
    ca: string
  }
  return { ...services.apns, ...credentials.apns, ca }
}

/** Device tokens in the shape of Apple's. */
export function apnsToken(n: number): string {
  return n.toString(16).padStart(64, '0')
}
