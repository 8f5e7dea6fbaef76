import { ExitCode, UserError } from '../errors.js'

/**
 * Imports one client of the AWS SDK when it is first needed: together they take a fifth of a second, and whoever has
 * no AWS needs none. They are optional dependencies, so a missing one is a UserError (253) that says how to get it.
 */
export async function loadSdk<Module>(packageName: string, load: () => Promise<Module>): Promise<Module> {
  // It warns of Node 20 on each start; the versions here are pinned and were made for it.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
  try {
    return await load()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new UserError(`The package ${packageName} is not installed; it is needed to ask AWS.`, {
      exitCode: ExitCode.Environment,
      fix: `Install it beside kafka-replicator: npm install ${packageName}`,
      cause: error,
    })
  }
}
