import { appsWithTokens } from '../apps.mjs';

/** What services do all day: read the token of one of 10,000 apps. */
export const scenario = {
  name: 'GET /v1/apps/{appid}/access-token, 10,000 apps',
  preparationSeconds: 15,
  async prepare(gateway) {
    const { key } = await gateway.admin('/api-keys', { name: 'bench', appids: '*', scopes: ['token:read'] });
    const headers = { authorization: `Bearer ${key}` };
    return { paths: await appsWithTokens(gateway, 10000, headers), headers };
  },
};
