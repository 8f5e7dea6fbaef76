import { expect, test } from 'vitest'
import { ByteReader } from '../../src/wire/byte-reader.js'
import { ByteWriter } from '../../src/wire/byte-writer.js'
import { describeClientQuotas } from '../../src/wire/messages/describe-client-quotas.js'
import { describeGroupRights } from '../../src/wire/messages/describe-groups.js'
import { metadata, metadataWithRights } from '../../src/wire/messages/metadata.js'

/** Answers laid out by hand as Kafka's grammar says; real brokers answer in `doctor/doctor.test.ts`. */

const OMITTED = -0x80000000

test('a quota of a user and of the default client, with fractions of a byte', () => {
  const double = Buffer.alloc(8)
  double.writeDoubleBE(1024.5)
  const writer = new ByteWriter()
  writer.int32(7).int16(0).nullableString(null)
  writer.array([0], () => {
    writer.array(['user', 'client-id'], type => writer.string(type).nullableString(type === 'user' ? 'anna' : null))
    writer.array([0], () => writer.string('consumer_byte_rate').raw(double))
  })
  expect(describeClientQuotas.read(new ByteReader(writer.bytes()))).toEqual({
    ...{ throttleMs: 7, errorCode: 0, errorMessage: null },
    quotas: [
      {
        entity: new Map([
          ['user', 'anna'],
          ['client-id', null],
        ]),
        values: new Map([['consumer_byte_rate', 1024.5]]),
      },
    ],
  })
})

test('groups: members are stepped over, and what is not told is not 0', () => {
  const writer = new ByteWriter()
  writer.int32(0)
  writer.compactArray([264, OMITTED], operations => {
    writer.int16(0).compactString(`group ${operations}`)
    writer.compactString('Stable').compactString('consumer').compactString('range')
    writer.compactArray([0], () => {
      writer.compactString('member').compactString('instance').compactString('client').compactString('/host')
      for (const size of [3, 0]) writer.unsignedVarint(size + 1).raw(Buffer.alloc(size, 1))
      writer.noTags()
    })
    writer.int32(operations).noTags()
  })
  expect(describeGroupRights.read(new ByteReader(writer.bytes()))).toEqual([
    { group: 'group 264', errorCode: 0, operations: 264 },
    { group: `group ${OMITTED}`, errorCode: 0, operations: undefined },
  ])
})

test('only who asks for rights has brokers ask their authorizer, and nobody creates a topic by asking', () => {
  const lastBytes = (api: typeof metadata) => {
    const writer = new ByteWriter()
    api.write(writer, { topics: [] })
    return [...writer.bytes().subarray(-4)]
  }
  expect(lastBytes(metadata)).toEqual([0, 0, 0, 0])
  expect(lastBytes(metadataWithRights)).toEqual([0, 1, 1, 0])
})
