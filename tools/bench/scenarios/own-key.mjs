/** The cheapest route that needs a key: a key tells about itself, from memory. */
export const scenario = {
  name: 'GET /v1/key',
  async prepare({ admin }) {
    const { key } = await admin('/api-keys', { name: 'bench', appids: '*', scopes: ['users:read'] });
    return { paths: ['/v1/key'], headers: { authorization: `Bearer ${key}` } };
  },
};
