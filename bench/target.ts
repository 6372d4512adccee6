// The emulator that every contestant sends to, as its control API describes it, and a valid access token for it.
import { createSign } from 'node:crypto'
import { request } from 'node:https'

export interface Target {
  /** Origin of the FCM service. */
  readonly url: string
  readonly projectId: string
  readonly ca: string
  readonly serviceAccount: ServiceAccount
  readonly tokenUrl: string
}

interface ServiceAccount {
  readonly client_email: string
  readonly private_key: string
  readonly private_key_id: string
  readonly token_uri: string
}

export async function readTarget(controlUrl: string): Promise<Target> {
  const answer = await fetch(controlUrl)
  const { services, credentials, ca } = (await answer.json()) as {
    services: { fcm: { url: string; tokenUrl: string } }
    credentials: { fcm: { projectId: string; serviceAccount: ServiceAccount } }
    ca: string
  }
  return { ...services.fcm, ...credentials.fcm, ca }
}

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'

/** The exchange of RFC 7523, as Google documents it for service accounts. */
export async function accessToken({ serviceAccount, tokenUrl, ca }: Target): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = {
    iss: serviceAccount.client_email,
    scope: SCOPE,
    aud: serviceAccount.token_uri,
    iat: now,
    exp: now + 3600,
  }
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: serviceAccount.private_key_id })}.${encode(claims)}`
  const signature = createSign('RSA-SHA256').update(signed).sign(serviceAccount.private_key, 'base64url')
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: `${signed}.${signature}`,
  })
  const body = await post(tokenUrl, form.toString(), ca)
  return (JSON.parse(body) as { access_token: string }).access_token
}

function post(url: string, body: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const sent = request(url, { method: 'POST', headers, ca }, (answer) => {
      let text = ''
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Registration tokens in the shape of FCM's. */
export function deviceToken(n: number): string {
  return `bench${String(n).padStart(17, '0')}:APA91b${'x'.repeat(134)}`
}
