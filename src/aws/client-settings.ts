/** Environment variables, with the command line's `--region`, `--profile` and `--endpoint-url` laid over them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What every client of the AWS SDK is made with; what is left out the SDK finds by itself (`~/.aws`, roles, …). */
export interface ClientSettings {
  region?: string
  profile?: string
  endpoint?: string
  maxAttempts: number
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: true }
}

/** Part of `AWS_ENDPOINT_URL_<SERVICE>`: the SDK's service id in capitals. */
export type AwsService = 'SECRETS_MANAGER' | 'KAFKA' | 'CLOUDWATCH_LOGS' | 'S3' | 'FIREHOSE' | 'CLOUDWATCH'

/** Throttling passes within this; whoever calls has tries of his own where it may take longer. */
const ATTEMPTS = 3
const CONNECT_TIMEOUT_MS = 5_000
/** These calls take milliseconds; a silent endpoint must not hold a start for long. */
const REQUEST_TIMEOUT_MS = 10_000

/**
 * How to reach one AWS service: the region of the resource where its ARN says one, and what the environment says.
 * `AWS_ENDPOINT_URL_<SERVICE>` wins over `AWS_ENDPOINT_URL`, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` is true.
 */
export function clientSettings(service: AwsService, env: Environment, arnRegion?: string): ClientSettings {
  // The AWS CLI knows AWS_DEFAULT_REGION too; the SDK for JavaScript does not.
  const region = arnRegion ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION)
  const ignored = env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true'
  const endpoint = ignored ? undefined : env[`AWS_ENDPOINT_URL_${service}`] || env.AWS_ENDPOINT_URL
  return {
    ...(region ? { region } : {}),
    ...(env.AWS_PROFILE ? { profile: env.AWS_PROFILE } : {}),
    ...(endpoint ? { endpoint } : {}),
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  }
}

/** The region an ARN names; undefined where it names none, as those of S3. */
export function regionOfArn(arn: string): string | undefined {
  return arn.split(':')[3] || undefined
}
