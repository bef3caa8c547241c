import { Column, Entity, PrimaryColumn } from 'typeorm';
import { type AddressRange, rangesOf } from './push-origin.js';

/** Where WeChat pushes to an app from, as it told the app. */
@Entity('wechat_address_list')
export class WechatAddressList {
  @PrimaryColumn('text')
  appid!: string;

  @Column('text', { array: true, nullable: true })
  addresses!: string[] | null;

  @Column('timestamptz', { name: 'known_at', nullable: true })
  knownAt!: Date | null;

  @Column('timestamptz', { name: 'due_at' })
  dueAt!: Date;

  private read: AddressRange[] | undefined;

  get ranges(): AddressRange[] | undefined {
    if (this.addresses === null) return undefined;
    this.read ??= rangesOf(this.addresses);
    return this.read;
  }
}
