import { expect, test } from 'vitest'
import { BULK, createRoom, URGENT } from '../../../src/delivery/room.ts'

test('single messages are claimed a hundred at a time, up to three hundred', () => {
  const room = createRoom(URGENT)
  room.learn(100, 100)
  expect(room.jobs({ held: 0, openSends: 0 })).toBe(100)
  expect(room.jobs({ held: 250, openSends: 250 })).toBe(50)
  expect(room.jobs({ held: 251, openSends: 251 })).toBe(0)
})

test('large slices are claimed a few at a time, so that a few thousand sends are held', () => {
  const room = createRoom(URGENT)
  room.learn(10, 5_000)
  expect(room.jobs({ held: 0, openSends: 0 })).toBe(8)
  expect(room.jobs({ held: 4, openSends: 2_000 })).toBe(4)
  expect(room.jobs({ held: 5, openSends: 2_500 })).toBe(0)
})

test('a slice larger than the bound is claimed alone, once there is nothing else', () => {
  const room = createRoom(URGENT)
  room.learn(1, 50_000)
  expect(room.jobs({ held: 0, openSends: 0 })).toBe(1)
  expect(room.jobs({ held: 1, openSends: 10 })).toBe(0)
})

test('a few slices of an audience are claimed, however small those before them were', () => {
  const room = createRoom(BULK)
  expect(room.jobs({ held: 0, openSends: 0 })).toBe(4)
  room.learn(16, 16)
  expect(room.jobs({ held: 0, openSends: 0 })).toBe(16)
  expect(room.jobs({ held: 32, openSends: 32 })).toBe(0)
})
