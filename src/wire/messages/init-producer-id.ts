import type { Api } from '../api.js'

export interface InitProducerIdResponse {
  errorCode: number
  producerId: number
  producerEpoch: number
}

/*
 * Without a transactional id: only allocates an id.
 *
 * InitProducerId Request (Version: 1) => transactional_id NULLABLE_STRING, transaction_timeout_ms INT32
 * InitProducerId Response (Version: 1) => throttle_time_ms error_code producer_id producer_epoch
 */
export const initProducerId: Api<void, InitProducerIdResponse> = {
  name: 'InitProducerId',
  key: 22,
  version: 1,
  flexible: false,
  write: writer => {
    writer.nullableString(null).int32(60_000)
  },
  read: reader => {
    reader.int32()
    return { errorCode: reader.int16(), producerId: reader.int64(), producerEpoch: reader.int16() }
  },
}
