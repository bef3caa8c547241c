/** As rows and metrics name them. */
export const componentTokenKind = 'component_access_token';
export const authorizerTokenKind = 'authorizer_access_token';

/**
 * Both live two hours and are renewed ten to fifteen minutes ahead, because nobody knows how long a former token stays valid.
 */
export const tokenWindow = { earliestSeconds: 900, latestSeconds: 600 } as const;
