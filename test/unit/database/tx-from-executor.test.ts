// Statements of ours in a transaction that another library holds.
import { expect, test } from 'vitest'
import { txFromExecutor } from '../../../src/database/tx-from-executor.ts'

test('statements that are started together reach the library one after the other, in their order', async () => {
  let running = 0
  const seen: string[] = []
  const tx = txFromExecutor(async (text) => {
    running++
    seen.push(`${text} beside ${running - 1}`)
    await new Promise(setImmediate)
    running--
    return [{ text }]
  })
  const rows = await Promise.all(['a', 'b', 'c'].map((text) => tx.execute(text)))
  expect(seen).toEqual(['a beside 0', 'b beside 0', 'c beside 0'])
  expect(rows).toEqual([[{ text: 'a' }], [{ text: 'b' }], [{ text: 'c' }]])
})

test('what was started together with a statement that fails is refused with it, and not run', async () => {
  const seen: string[] = []
  const failure = new Error('duplicate key')
  const tx = txFromExecutor(async (text) => {
    seen.push(text)
    await new Promise(setImmediate)
    throw failure
  })
  const ends = await Promise.allSettled([tx.execute('a'), tx.execute('b')])
  await expect(tx.execute('c')).rejects.toBe(failure)
  expect(ends.map((end) => end.status === 'rejected' && end.reason)).toEqual([failure, failure])
  expect(seen).toEqual(['a'])
})
