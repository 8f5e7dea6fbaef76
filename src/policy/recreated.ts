/** The reasons for holding a topic that is not the one that was copied so far. */
export const RECREATED = {
  source: (topic: string) =>
    `source topic ${topic} was deleted and created again; its new records are not those that were being copied`,
  target: (topic: string) =>
    `target topic ${topic} was deleted and created again; the records copied before are no longer there`,
}
