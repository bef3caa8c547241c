import { ValidateBy } from 'class-validator';

export const urlSchema = {
  description: 'Where deliveries are sent: http or https, no user name, no fragment',
  format: 'uri',
  maxLength: 2_000,
  example: 'https://shop.example.com/wechat-events',
};

/** Userinfo in an address is a way to make one host look like another, and a password where none belongs. */
export const isReceiverUrl = (value: unknown): boolean => {
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,2000}$/.test(value) || !URL.canParse(value)) return false;
  const { protocol, username, password, hash, hostname } = new URL(value);
  return /^https?:$/.test(protocol) && hostname !== '' && username + password + hash === '' && !value.includes('#');
};

export const IsReceiverUrl = (): PropertyDecorator =>
  ValidateBy(
    { name: 'isReceiverUrl', validator: { validate: isReceiverUrl } },
    {
      message: 'must be an http or https address such as https://shop.example.com/wechat-events, without user name and fragment',
    },
  );
