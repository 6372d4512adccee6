import { expect, it } from 'vitest'
import { rawAnswer } from '../../../src/transports/raw-answer.ts'

it('hides each text wherever it stands, as it is and percent-encoded', () => {
  expect(rawAnswer('no a/b, no a%2Fb\nmore', ['a/b'])).toBe('no [hidden], no [hidden]')
})

it('an empty text, such as the token of a sender that has none, hides nothing', () => {
  expect(rawAnswer('<html>Bad gateway</html>', [''])).toBe('<html>Bad gateway</html>')
})
