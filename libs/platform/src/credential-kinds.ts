/** As rows and metrics name them. */
export const componentTokenKind = 'component_access_token';
export const authorizerTokenKind = 'authorizer_access_token';

/** Both live two hours and are renewed ten to fifteen minutes ahead: a former token may end at once. */
export const tokenWindow = { earliestSeconds: 900, latestSeconds: 600 } as const;
