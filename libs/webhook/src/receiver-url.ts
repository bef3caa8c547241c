import { Passes, type Said, field, saidOf } from '#api';

/** Userinfo in an address is a way to make one host look like another, and a password where none belongs. */
export const isReceiverUrl = (value: unknown): boolean => {
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,2000}$/.test(value) || !URL.canParse(value)) return false;
  const { protocol, username, password, hash, hostname } = new URL(value);
  return /^https?:$/.test(protocol) && hostname !== '' && username + password + hash === '' && !value.includes('#');
};

export const ReceiverUrl = (...said: Said): PropertyDecorator =>
  field(
    {
      description: 'Where deliveries are posted to: http or https, no user name, no fragment. Whole: its query is never shown',
      example: 'https://shop.example.com/wechat-events',
      ...saidOf(said),
    },
    { type: String, format: 'uri', maxLength: 2_000 },
    Passes(
      isReceiverUrl,
      'must be an http or https address such as https://shop.example.com/wechat-events, without user name and fragment',
    ),
  );
