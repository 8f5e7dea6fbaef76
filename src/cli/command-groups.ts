/** The two groups of the top-level help, in this order. */
export const OWN_GROUP = 'Commands:'
export const AWS_GROUP = 'Commands of `aws kafka`, with its options, files and answers:'
