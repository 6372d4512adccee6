import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createEmulator, type Emulator } from '../../../src/emulator/create-emulator.ts'
import { raw } from './control-client.ts'

const FOLDER = new URL('../../../src/emulator/page/', import.meta.url)
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
let emulator: Emulator

beforeAll(async () => {
  emulator = await createEmulator()
})
afterAll(() => emulator.close())

const files = (await readdir(FOLDER)).filter((name) => !name.endsWith('.ts'))

describe('The page of phones', () => {
  it('is what a browser gets at /, and anybody at /phones; programs get JSON at /', async () => {
    const { status, headers, body } = await raw(emulator, { path: '/', headers: HTML })
    expect(status).toBe(200)
    expect(headers).toMatchObject({ 'content-type': 'text/html; charset=utf-8', vary: 'accept' })
    expect((await raw(emulator, { path: '/phones' })).body).toBe(body)
    for (const accept of ['*/*', 'application/json']) {
      const answer = await raw(emulator, { path: '/', headers: { accept } })
      expect(JSON.parse(answer.body).name).toBe('sendword-emulator')
    }
  })

  it('lets nothing run and nothing be fetched but its own files, and no other page frame it', async () => {
    const { headers } = await raw(emulator, { path: '/phones' })
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('is made of files that are all served, byte for byte', async () => {
    expect(files).toContain('index.html')
    for (const name of files) {
      const path = name === 'index.html' ? '/phones' : `/phones/${name}`
      const { status, body } = await raw(emulator, { path })
      expect({ path, status }).toEqual({ path, status: 200 })
      expect(body).toBe(await readFile(new URL(name, FOLDER), 'utf8'))
    }
  })

  it('has no script or style within its HTML, makes none of texts, and names no other host', async () => {
    for (const name of files) {
      const text = await readFile(new URL(name, FOLDER), 'utf8')
      expect(text.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\//)
      expect(text).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|<style|style=|\son\w+="/,
      )
      expect(text).not.toMatch(/<script(?![^>]*\ssrc=)/)
    }
  })

  it.each([
    '/phones/serve-page.ts',
    '/phones/../emulator-state.ts',
    '/phones/%2e%2e/emulator-state.ts',
    '/phones/nothing',
    '/phones/constructor',
  ])('serves nothing else: %s', async (path) => {
    expect((await raw(emulator, { path })).status).toBe(404)
  })

  it('is only read', async () => {
    expect((await raw(emulator, { method: 'POST', path: '/phones' })).status).toBe(404)
    expect((await raw(emulator, { method: 'HEAD', path: '/phones' })).status).toBe(200)
  })
})

describe('GET /ca.pem', () => {
  it('is the authority that the TLS ports are trusted by', async () => {
    const { headers, body } = await raw(emulator, { path: '/ca.pem' })
    expect(headers['content-type']).toBe('application/x-pem-file')
    expect(body).toBe(emulator.ca)
  })
})
