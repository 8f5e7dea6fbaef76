import type { Api } from '../api.js'

/** ApiVersions v0, understood by every broker: which versions of which request it speaks. */
export interface ApiVersionsResponse {
  errorCode: number
  versions: Map<number, { min: number; max: number }>
}

/*
 * ApiVersions Response (Version: 0) => error_code [api_keys]
 *   api_keys => api_key INT16, min_version INT16, max_version INT16
 */
export const apiVersions: Api<void, ApiVersionsResponse> = {
  name: 'ApiVersions',
  key: 18,
  version: 0,
  flexible: false,
  write: () => {},
  read: reader => {
    const errorCode = reader.int16()
    const rows = reader.array(() => [reader.int16(), { min: reader.int16(), max: reader.int16() }] as const)
    return { errorCode, versions: new Map(rows) }
  },
}
