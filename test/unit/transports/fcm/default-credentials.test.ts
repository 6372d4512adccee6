import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ACCEPTED, SEND, type StubGoogle, startStubGoogle } from './stub-google.ts'

const folder = mkdtempSync(join(tmpdir(), 'adc-'))
const file = join(folder, 'key.json')

let google: StubGoogle
beforeEach(async () => {
  google = await startStubGoogle()
  process.env.GOOGLE_APPLICATION_CREDENTIALS = file
})
afterEach(async () => {
  delete process.env.GOOGLE_APPLICATION_CREDENTIALS
  await google.close()
  rmSync(file, { force: true })
})

/** Workload identity: a token of another issuer in a file, exchanged for Google's. */
function provide(): void {
  const subject = join(folder, 'subject')
  writeFileSync(subject, 'a-token-of-the-cluster')
  const credentials = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: google.tokenUrl,
    credential_source: { file: subject },
  }
  writeFileSync(file, JSON.stringify(credentials))
}

it('are found where GOOGLE_APPLICATION_CREDENTIALS says, and the token is asked for once', async () => {
  provide()
  const transport = google.transport({ projectId: 'shop-1' })
  expect(await Promise.all([transport.send(SEND), transport.send(SEND)])).toEqual([ACCEPTED, ACCEPTED])
  expect(await transport.send(SEND)).toEqual(ACCEPTED)
  expect(google.exchanges()).toBe(1)
  expect(new URLSearchParams(google.asked[0]?.body).get('scope')).toContain('firebase.messaging')
})

it('have their token renewed when FCM refuses it', async () => {
  provide()
  const transport = google.transport({ projectId: 'shop-1' })
  await transport.send(SEND)
  google.good.clear()
  expect(await transport.send(SEND)).toEqual(ACCEPTED)
  expect(google.sentWith).toEqual(['token-1', 'token-1', 'token-2'])
})

it('that are refused pause the sender, and their error is not shown', async () => {
  provide()
  google.onExchange = (response) => {
    response
      .writeHead(400, { 'content-type': 'application/json' })
      .end('{"error":"invalid_grant","error_description":"hush"}')
  }
  const outcome = await google.transport({ projectId: 'shop-1' }).send(SEND)
  expect(outcome).toMatchObject({
    kind: 'unauthorized',
    reason: expect.stringContaining('default credentials'),
    probe: true,
  })
  expect(`${JSON.stringify(outcome)} ${google.logger.lines.join()}`).not.toMatch(/hush|a-token-of-the-cluster/)
})

it('that are not there pause the sender, and are looked for again', async () => {
  const transport = google.transport({ projectId: 'shop-1' })
  expect(await transport.send(SEND)).toMatchObject({ kind: 'unauthorized', probe: true })
  provide()
  await transport.forgetRefusal()
  expect(await transport.send(SEND)).toEqual(ACCEPTED)
})
