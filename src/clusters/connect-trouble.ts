import { ExitCode, messageOf, UserError } from '../errors.js'
import { AccessError } from '../wire/kafka-errors.js'
import type { ClusterConnectionOptions } from './connection-options.js'

/** Why a cluster could not be reached at the start, and what its owner or ours can do about it. */
export function connectTrouble(options: ClusterConnectionOptions, error: unknown): UserError {
  const { alias, bootstrapBrokers, security } = options
  // Secrets, credentials and packages of this machine: what is missing says its own fix and exit code.
  if (error instanceof AccessError && error.cause instanceof UserError) return error.cause
  const isRefusal = error instanceof AccessError
  const what = isRefusal ? 'cannot be entered' : 'does not answer'
  const why = messageOf(error)
  const sentence = `Cluster ${alias} ${what} at ${bootstrapBrokers.join(', ')}: ${why}${why.endsWith('?') ? '' : '.'}`
  return new UserError(sentence, {
    exitCode: ExitCode.Service,
    fix: isRefusal ? REFUSED : security === undefined ? UNSECURED : SECURED,
    cause: error,
  })
}

const REFUSED =
  'Check the secrets that ClientAuthentication and RootCaCertificate name, and that the bootstrap port is of the listener they are for.'
const UNSECURED =
  'Check BootstrapBrokerString, that the brokers run, and whether this listener wants TLS or a login: then give EncryptionInTransit and ClientAuthentication.'
const SECURED =
  'Check BootstrapBrokerString, that the brokers run, and that TLS and login fit the listener on this port.'
