import type { Api } from '../api.js'

/** Whom a quota is for: each of `user`, `client-id` and `ip` that it names; null is the default one. */
export interface ClientQuota {
  entity: ReadonlyMap<string, string | null>
  /** Bytes a second (`consumer_byte_rate`, `producer_byte_rate`), percent of a thread (`request_percentage`), and others. */
  values: ReadonlyMap<string, number>
}

export interface DescribedQuotas {
  throttleMs: number
  errorCode: number
  errorMessage: string | null
  quotas: ClientQuota[]
}

/*
 * Version 0 (Kafka 2.6 … 4.x). No component and not strict: all quotas.
 *
 * DescribeClientQuotas Request (Version: 0) => [components] strict
 * DescribeClientQuotas Response (Version: 0) => throttle_time_ms error_code error_message [entries]
 *   entries => [entity] [values]
 *     entity => entity_type STRING, entity_name NULLABLE_STRING
 *     values => key STRING, value FLOAT64
 */
export const describeClientQuotas: Api<undefined, DescribedQuotas> = {
  name: 'DescribeClientQuotas',
  key: 48,
  version: 0,
  flexible: false,
  write: writer => {
    writer.array([], () => {}).bool(false)
  },
  read: reader => {
    const [throttleMs, errorCode, errorMessage] = [reader.int32(), reader.int16(), reader.nullableString()]
    const quotas = reader.array(() => {
      const entity = new Map(reader.array(() => [reader.string(), reader.nullableString()] as const))
      const values = new Map(reader.array(() => [reader.string(), reader.buffer.readDoubleBE(reader.skip(8))] as const))
      return { entity, values }
    })
    return { throttleMs, errorCode, errorMessage, quotas }
  },
}
