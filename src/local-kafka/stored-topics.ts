import { readdir } from 'node:fs/promises'

/** The topics that a broker's data folder holds partitions of, internal ones too, sorted; none without a folder. */
export async function storedTopics(dataDir: string | undefined): Promise<string[]> {
  if (dataDir === undefined) return []
  return topicsOfFolders(await readdir(dataDir))
}

/** Partition folders are `topic-0`; a deleted one is renamed to `topic-0.<hash>-delete`. */
export function topicsOfFolders(folders: readonly string[]): string[] {
  const topics = folders.flatMap(folder => /^(.+)-\d+$/.exec(folder)?.[1] ?? [])
  // The controller's log is stored like a topic, but is none.
  return [...new Set(topics)].filter(topic => topic !== '__cluster_metadata').sort()
}
