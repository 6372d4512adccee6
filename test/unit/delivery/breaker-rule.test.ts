import { expect, test } from 'vitest'
import { isUnusual } from '../../../src/delivery/breaker-rule.ts'

const counts = Array.from({ length: 150 }, (_, sends) => sends)

test('fewer than 50 sends are never unusual, even if all addresses are dead', () => {
  expect(counts.filter((sends) => isUnusual({ sends, dead: sends }))[0]).toBe(50)
})

test('from 50 sends on, nine dead in ten are the least that is unusual', () => {
  for (const sends of counts.slice(50)) {
    const least = counts.find((dead) => isUnusual({ sends, dead }))
    expect(least).toBe(Math.ceil((sends * 9) / 10))
  }
})

test('one more dead never makes it usual, one more live never makes it unusual', () => {
  for (const sends of counts.slice(1)) {
    for (let dead = 0; dead < sends; dead++) {
      if (isUnusual({ sends, dead })) expect(isUnusual({ sends: sends + 1, dead: dead + 1 })).toBe(true)
      else if (sends >= 50) expect(isUnusual({ sends: sends + 1, dead })).toBe(false)
    }
  }
})
