// Before the other import: the library asks for it.
import 'reflect-metadata'
import { createPrivateKey, webcrypto } from 'node:crypto'
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { systemClock } from '../../src/clock.js'

/** A certificate with its key, both as PEM. */
export interface Certificate {
  certificate: string
  privateKey: string
}

interface Names {
  /** The common name of the subject. */
  name: string
  /** For a server: the host names and IP addresses it may be called by. */
  hosts?: { type: 'dns' | 'ip'; value: string }[]
}

type Keys = webcrypto.CryptoKeyPair

const DAY_MS = 86_400_000
/** An RSA key would take a second to make. */
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** A private certificate authority for one test file. Its keys are made anew each time; nothing is kept. */
export class TestAuthority {
  /** Its own certificate, which others must trust. */
  readonly certificate: string
  private readonly name: string
  private readonly keys: Keys
  private issued = 1

  private constructor(name: string, keys: Keys, certificate: string) {
    this.name = name
    this.keys = keys
    this.certificate = certificate
  }

  static async create(name: string): Promise<TestAuthority> {
    const keys = await newKeys()
    const certificate = await sign({ name }, keys, { name, keys, serial: 1, isAuthority: true, ageDays: 1 })
    return new TestAuthority(name, keys, certificate)
  }

  /** A certificate signed by it, valid for two days that began `ageDays` ago. */
  async issue(names: Names, ageDays = 1): Promise<Certificate> {
    const keys = await newKeys()
    const signer = { name: this.name, keys: this.keys, serial: ++this.issued, isAuthority: false, ageDays }
    const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
    const key = createPrivateKey({ key: Buffer.from(exported), format: 'der', type: 'pkcs8' })
    return {
      certificate: await sign(names, keys, signer),
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }
}

/** The same key, encrypted with a password. */
export function encryptKey(privateKey: string, password: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password } as const
  return createPrivateKey(privateKey).export(options).toString()
}

function newKeys(): Promise<Keys> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

interface Signer {
  name: string
  keys: Keys
  serial: number
  isAuthority: boolean
  ageDays: number
}

async function sign({ name, hosts }: Names, keys: Keys, signer: Signer): Promise<string> {
  const notBefore = systemClock.now() - signer.ageDays * DAY_MS
  const extensions = [new BasicConstraintsExtension(signer.isAuthority, undefined, true)]
  const made = await X509CertificateGenerator.create({
    serialNumber: signer.serial.toString(16).padStart(2, '0'),
    subject: `CN=${name}`,
    issuer: `CN=${signer.name}`,
    notBefore: new Date(notBefore),
    notAfter: new Date(notBefore + 2 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    extensions: hosts ? [...extensions, new SubjectAlternativeNameExtension(hosts)] : extensions,
  })
  return made.toString('pem').replaceAll('\r\n', '\n')
}
