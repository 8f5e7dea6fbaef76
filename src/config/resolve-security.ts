import { isDeepStrictEqual } from 'node:util'
import type { Login, Security, SecuritySource } from '../clusters/connection-options.js'
import { ExitCode, UserError } from '../errors.js'
import type { Secret } from './secrets.js'
import type { ClusterOverride, SaslOAuthBearer } from './types.js'

/** What the files say of how one cluster is entered. */
export interface AskedSecurity {
  /** The MskClusterArn or ApacheKafkaClusterId, for messages. */
  reference: string
  authentication: ClusterOverride['ClientAuthentication']
  /** Undefined: nothing was said. `{}`: plaintext, said explicitly in connections.json. */
  encryption: ClusterOverride['EncryptionInTransit']
  /** Whose credentials serve for IAM; undefined is AWS's usual chain. */
  profile?: string | undefined
}

/** Reads a secret and checks that it has the members `needed`. */
export type ReadSecret = (arn: string, needed: readonly (keyof Secret)[]) => Promise<Secret>

type Tls = NonNullable<Security['tls']>

/**
 * How connections to a cluster are secured, with its secrets read again at each call; undefined where there is neither
 * TLS nor a login. Reads them once now. Throws UserError (253) for what is missing or does not go together.
 */
export async function securityOf(asked: AskedSecurity, readSecret: ReadSecret): Promise<SecuritySource | undefined> {
  let last = await securityNow(asked, readSecret)
  if (last.tls === undefined && last.login === undefined) return undefined
  return async () => {
    const now = await securityNow(asked, readSecret)
    // The same object while nothing has changed: what was made of it, a token, is still good.
    if (!isDeepStrictEqual(now, last)) last = now
    return last
  }
}

async function securityNow(asked: AskedSecurity, readSecret: ReadSecret): Promise<Security> {
  const { tls, login } = await loginOf(asked, readSecret)
  return { tls: await tlsOf(asked, { tls, login }, readSecret), login }
}

/** What a login brings: itself, and perhaps certificates. */
async function loginOf(asked: AskedSecurity, readSecret: ReadSecret): Promise<Security> {
  const { reference, authentication = {} } = asked
  const ways = Object.keys(authentication)
  if (ways.length === 0) return { login: undefined, tls: undefined }
  if (ways.length > 1) {
    throw missing(`ClientAuthentication of ${reference} names more than one way to log in.`, 'Keep one of them.')
  }
  const { SaslScram, MTLS, SaslOAuthBearer, SaslIam } = authentication
  if (SaslScram !== undefined) {
    const { username, password, certificate } = await readSecret(SaslScram.SecretArn, ['username', 'password'])
    const mechanism = SaslScram.Mechanism === 'SHA256' ? 'scram-sha-256' : 'scram-sha-512'
    const tls = certificate === undefined ? undefined : { ca: [certificate] }
    return { login: { kind: 'scram', mechanism, username: username!, password: password! }, tls }
  }
  if (MTLS !== undefined) {
    const secret = await readSecret(MTLS.SecretArn, ['certificate', 'privateKey'])
    const passphrase = secret.privateKeyPassword === undefined ? {} : { passphrase: secret.privateKeyPassword }
    return { login: undefined, tls: { cert: secret.certificate!, key: secret.privateKey!, ...passphrase } }
  }
  if (SaslIam !== undefined) {
    const region = regionOf(reference, SaslIam.Region)
    return { login: { kind: 'iam', region, profile: asked.profile }, tls: {} }
  }
  return { login: await oauthLogin(reference, SaslOAuthBearer!, readSecret), tls: undefined }
}

async function oauthLogin(reference: string, asked: SaslOAuthBearer, readSecret: ReadSecret): Promise<Login> {
  const { TokenEndpointUrl, ClientCredentials, TokenEndpointAuthenticationMethod: method, Scope } = asked
  if (ClientCredentials === undefined || method === 'NONE') {
    throw missing(
      `Logging in to ${reference} with SaslOAuthBearer is done with ClientCredentials only; an assertion that AWS signs for its own service cannot be made here.`,
      'Write "ClientCredentials" and the method "POST" or "BASIC" for it into the file given with --connections.',
    )
  }
  if (!URL.canParse(TokenEndpointUrl) || new URL(TokenEndpointUrl).protocol !== 'https:') {
    throw missing(`The TokenEndpointUrl of ${reference} is not an https:// address.`, 'Secrets are sent there.')
  }
  const arn = asked.TokenEndpointTlsCertificateArn
  const [secret, trusted] = await Promise.all([
    readSecret(ClientCredentials.TokenRequestSecretArn, ['client_id', 'client_secret']),
    arn === undefined ? undefined : readSecret(arn, ['certificate']),
  ])
  const custom = (prefix: string) =>
    Object.fromEntries(
      Object.entries(secret.custom ?? {}).flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
      ),
    )
  return {
    kind: 'oauth',
    tokenEndpointUrl: TokenEndpointUrl,
    clientId: secret.client_id!,
    clientSecret: secret.client_secret!,
    method,
    scope: Scope,
    ca: trusted?.certificate,
    parameters: custom('custom_param.'),
    headers: custom('custom_header.'),
    extensions: custom('extension.'),
  }
}

/** `arn:aws:kafka:REGION:…` says it by itself. */
function regionOf(reference: string, region: string | undefined): string {
  const found = region ?? /^arn:[^:]*:kafka:([a-z0-9-]+):/.exec(reference)?.[1]
  if (found !== undefined) return found
  throw missing(
    `The region for the login with IAM to ${reference} is not known.`,
    'Write "SaslIam": { "Region": "us-east-1" }, with your region.',
  )
}

async function tlsOf(asked: AskedSecurity, { login, tls }: Security, readSecret: ReadSecret): Promise<Tls | undefined> {
  const { encryption, reference } = asked
  const explicitlyPlain = encryption !== undefined && encryption.EncryptionType === undefined
  if (explicitlyPlain) {
    if (tls?.cert === undefined && login?.kind !== 'iam') return undefined
    throw missing(
      `${reference} logs in with ${login === undefined ? 'a certificate (MTLS)' : 'IAM'}, which needs TLS, but "EncryptionInTransit": {} says plaintext.`,
      'Write "EncryptionInTransit": { "EncryptionType": "TLS" }.',
    )
  }
  if (encryption === undefined && login === undefined && tls === undefined) return undefined
  const root = encryption?.RootCaCertificate
  if (root === undefined) return tls ?? {}
  const { certificate } = await readSecret(root, ['certificate'])
  const own = Array.isArray(tls?.ca) ? tls.ca : []
  return { ...tls, ca: [...own, certificate!] }
}

function missing(message: string, fix: string): UserError {
  return new UserError(message, { exitCode: ExitCode.Environment, fix })
}
