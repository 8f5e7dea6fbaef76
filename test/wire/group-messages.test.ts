import { describe, expect, test } from 'vitest'
import type { Api } from '../../src/wire/api.js'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { findCoordinator, findCoordinators } from '../../src/wire/messages/find-coordinator.js'
import { listGroups, listTypedGroups } from '../../src/wire/messages/list-groups.js'
import { offsetCommit } from '../../src/wire/messages/offset-commit.js'
import { type GroupOffsets, offsetFetchOfMany, offsetFetchOfOne } from '../../src/wire/messages/offset-fetch.js'
import { hex } from './hex.js'

/**
 * Byte for byte from Kafka's ListGroups*.json, FindCoordinator*.json, OffsetFetch*.json and OffsetCommit*.json, written by
 * hand; that brokers take and answer them is shown in `clusters/consumer-groups.test.ts`.
 */

const NONE: ReadonlyMap<string, GroupOffsets> = new Map()

describe('ListGroups', () => {
  test('asks for groups in every state and of every type', () => {
    expect(written(listGroups, undefined)).toBe(hex`01 00`)
    expect(written(listTypedGroups, undefined)).toBe(hex`01 01 00`)
  })

  test('tells the state of each, and the type where the version has it', () => {
    const row = { group: 'ab', protocolType: 'consumer', state: 'Empty' }
    const names = hex`03 6162  09 636f6e73756d6572  06 456d707479`
    const groups = [
      { ...row, type: undefined },
      { ...row, type: undefined },
    ]
    expect(read(listGroups, hex`00000000 000e 03 ${names} 00 ${names} 01 05 02 abcd 00`)).toEqual({
      ...{ errorCode: 14, groups },
    })
    expect(read(listTypedGroups, hex`00000000 0000 02 ${names} 06 7368617265 00 00`)).toEqual({
      ...{ errorCode: 0, groups: [{ ...row, type: 'share' }] },
    })
  })
})

describe('FindCoordinator', () => {
  test('asks about groups, many or one', () => {
    expect(written(findCoordinators, ['ab', ''])).toBe(hex`00 03 03 6162 01 00`)
    expect(written(findCoordinator, 'ab')).toBe(hex`03 6162 00 00`)
  })

  test('tells which broker coordinates each, or why none does', () => {
    const many = hex`
      00000000
      03 03 6162 00000007 05 686f7374 00002384 0000 00 00
         03 6364 ffffffff 01 ffffffff 000f 03 6e6f 00
      00`
    expect(read(findCoordinators, many)).toEqual([
      { group: 'ab', nodeId: 7, errorCode: 0, errorMessage: null },
      { group: 'cd', nodeId: -1, errorCode: 15, errorMessage: 'no' },
    ])
    expect(read(findCoordinator, hex`00000000 000f 03 6e6f ffffffff 01 ffffffff 00`)).toEqual({
      ...{ nodeId: -1, errorCode: 15, errorMessage: 'no' },
    })
    expect(read(findCoordinator, hex`00000000 0000 00 00000007 05 686f7374 00002384 00`)).toEqual({
      ...{ nodeId: 7, errorCode: 0, errorMessage: null },
    })
  })
})

/** topics with one partition at `offset`, error code and tags: what both versions say of a group. */
const offsetsAt = (offset: string, partitionError = '0000', groupError = '0000') => hex`
  02 03 7431 02 00000003 ${offset} 00000005 03 6d6d ${partitionError} 00 00
  ${groupError} 00`
const AT_42 = '000000000000002a'
const ROW = { topic: 't1', partition: 3, offset: 42, metadata: 'mm' }

describe('OffsetFetch', () => {
  test('asks for all topics, and not for what transactions are about to commit', () => {
    expect(written(offsetFetchOfMany(NONE), ['ab', 'cd'])).toBe(hex`03 03 6162 00 00 03 6364 00 00 00 00`)
    expect(written(offsetFetchOfOne(NONE, 'ab'), undefined)).toBe(hex`03 6162 00 00 00`)
  })

  test('tells each group’s offsets without those that are none', () => {
    const nothing = hex`02 03 7431 03 00000000 ffffffffffffffff ffffffff 00 0000 00
                                      00000001 ffffffffffffffff ffffffff 01 0000 00 00 0000 00`
    const answer = read(offsetFetchOfMany(NONE), hex`00000000 03 03 6162 ${offsetsAt(AT_42)} 03 6364 ${nothing} 00`)
    expect(answer).toEqual(
      new Map([
        ['ab', { errorCode: 0, offsets: [ROW], bytes: Buffer.from(offsetsAt(AT_42), 'hex') }],
        ['cd', { errorCode: 0, offsets: [], bytes: Buffer.from(nothing, 'hex') }],
      ]),
    )
    expect(read(offsetFetchOfOne(NONE, 'ab'), hex`00000000 ${offsetsAt(AT_42)}`)).toEqual(answer.get('ab'))
  })

  test.each([
    ['the group', offsetsAt(AT_42, '0000', '001e'), 30],
    ['a partition', offsetsAt(AT_42, '0058'), 88],
    ['both', offsetsAt(AT_42, '0058', '001e'), 30],
  ])('an error of %s is the group’s', (_what, bytes, errorCode) => {
    expect(read(offsetFetchOfOne(NONE, 'ab'), hex`00000000 ${bytes}`)).toMatchObject({ errorCode })
  })

  test.each([
    ['7fffffffffffffff', [Number.MAX_SAFE_INTEGER]],
    ['0020000000000000', [Number.MAX_SAFE_INTEGER]],
    ['001fffffffffffff', [2 ** 53 - 1]],
    ['0000000000000000', [0]],
    ['ffffffffffffffff', []],
    ['8000000000000000', []],
  ])('the offset %s makes no other group unreadable', (offset, expected) => {
    const groups = hex`03 03 6162 ${offsetsAt(offset)} 03 6364 ${offsetsAt(AT_42)}`
    const answer = read(offsetFetchOfMany(NONE), hex`00000000 ${groups} 00`)
    expect(answer.get('ab')?.offsets.map(row => row.offset)).toEqual(expected)
    expect(answer.get('cd')?.offsets).toEqual([ROW])
  })

  test('a group of which the same bytes are known is the same object, whatever else changed', () => {
    const before = read(
      offsetFetchOfMany(NONE),
      hex`00000000 03 03 6162 ${offsetsAt(AT_42)} 03 6364 ${offsetsAt(AT_42)} 00`,
    )
    // Throttled, in another order, one longer than before, and one that is not known.
    const longer = hex`03 ${offsetsAt(AT_42).slice(2, -6)} ${offsetsAt(AT_42).slice(2)}`
    const groups = hex`04 03 6364 ${longer} 03 6566 ${offsetsAt(AT_42)} 03 6162 ${offsetsAt(AT_42)}`
    const after = read(offsetFetchOfMany(before), hex`00000063 ${groups} 00`)
    expect(after.get('ab')).toBe(before.get('ab'))
    expect(after.get('cd')?.offsets).toEqual([ROW, ROW])
    expect(after.get('ef')).toEqual(before.get('ab'))
    expect(after.get('ef')).not.toBe(before.get('ab'))
    expect(read(offsetFetchOfOne(before, 'ab'), hex`00000063 ${offsetsAt(AT_42)}`)).toBe(before.get('ab'))
    expect(read(offsetFetchOfOne(before, 'ab'), hex`00000063 ${offsetsAt(AT_42, '0058')}`)).not.toBe(before.get('ab'))
  })

  test('a group that says less than before is read anew', () => {
    const before = read(offsetFetchOfMany(NONE), hex`00000000 02 03 6162 ${offsetsAt(AT_42)} 00`)
    expect(read(offsetFetchOfOne(before, 'ab'), hex`00000000 01 0000 00`).offsets).toEqual([])
    expect(read(offsetFetchOfMany(before), hex`00000000 02 03 6162 01 0000 00 00`).get('ab')?.offsets).toEqual([])
  })

  test('cut short anywhere is an error, known or not', () => {
    const bytes = Buffer.from(hex`00000000 03 03 6162 ${offsetsAt(AT_42)} 03 6364 ${offsetsAt(AT_42)} 00`, 'hex')
    const known = offsetFetchOfMany(NONE).read(new ByteReader(bytes))
    for (let length = 0; length < bytes.length; length++) {
      for (const before of [NONE, known]) {
        expect(() => offsetFetchOfMany(before).read(new ByteReader(bytes.subarray(0, length)))).toThrow(RangeError)
      }
    }
  })
})

describe('OffsetCommit', () => {
  test('writes as nobody’s member, without the epoch of another cluster', () => {
    const request = { group: 'ab', offsets: [ROW, { ...ROW, partition: 4, metadata: '' }, { ...ROW, topic: 't2' }] }
    expect(written(offsetCommit, request)).toBe(
      hex`
        03 6162 ffffffff 01 00
        03 03 7431 03 00000003 ${AT_42} ffffffff 03 6d6d 00
                      00000004 ${AT_42} ffffffff 01 00 00
           03 7432 02 00000003 ${AT_42} ffffffff 03 6d6d 00 00
        00`,
    )
  })

  test('is answered for each partition', () => {
    const answer = hex`00000000 03 03 7431 03 00000003 0000 00 00000004 0019 00 00 03 7432 02 00000003 000c 00 00 00`
    expect(read(offsetCommit, answer)).toEqual([
      { topic: 't1', partition: 3, errorCode: 0 },
      { topic: 't1', partition: 4, errorCode: 25 },
      { topic: 't2', partition: 3, errorCode: 12 },
    ])
  })
})

function written<Request>(api: Api<Request, unknown>, request: Request): string {
  const writer = new ByteWriter()
  api.write(writer, request)
  return writer.bytes().toString('hex')
}

function read<Response>(api: Api<never, Response>, answer: string): Response {
  return api.read(new ByteReader(Buffer.from(answer, 'hex')))
}
