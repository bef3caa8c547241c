import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

export const registrableKinds = ['official_account', 'mini_program', 'website', 'third_party_platform'] as const;
export type RegistrableKind = (typeof registrableKinds)[number];
/** `authorizer` appears when an account authorises a third-party platform; nobody registers one. */
export type AppKind = RegistrableKind | 'authorizer';

export type AccountKind = 'official_account' | 'mini_program';

export const tokenModes = ['stable', 'classic'] as const;
export type TokenMode = (typeof tokenModes)[number];

/** The weakest form of callback that is accepted: `plain` and `compatible` take all three forms, `safe` only encrypted ones. */
export const callbackModes = ['plain', 'compatible', 'safe'] as const;
export type CallbackMode = (typeof callbackModes)[number];

export interface SealedSecret {
  readonly sealed: string;
  /** Tells whether two secrets are equal, and nothing else. */
  readonly fingerprint: string;
  readonly changed_at: string;
}

/** The callback before its last change, still accepted for a while. */
export interface FormerCallback {
  readonly sealed_token: string;
  readonly sealed_encoding_aes_key: string | null;
  readonly until: string;
}

@Entity('app')
export class App {
  @PrimaryColumn('text')
  appid!: string;

  @Column('text')
  kind!: AppKind;

  @Column('text')
  name!: string;

  /** `gh_…`: the name that pushes use for the app. */
  @Column('text', { name: 'original_id', nullable: true, unique: true })
  originalId!: string | null;

  @Column('text', { name: 'token_mode' })
  tokenMode!: TokenMode;

  @Column('boolean')
  enabled!: boolean;

  @Column('jsonb', { nullable: true })
  secret!: SealedSecret | null;

  /** The app's own proxy to WeChat, sealed because its address may hold a password. */
  @Column('jsonb', { name: 'forward_proxy', nullable: true })
  forwardProxy!: SealedSecret | null;

  /** Pages may have the JS-SDK if their address begins with one of these. */
  @Column('text', { name: 'jsapi_url_prefixes', array: true, default: '{}' })
  jsapiUrlPrefixes!: string[];

  @Column('text', { name: 'callback_mode', nullable: true })
  callbackMode!: CallbackMode | null;

  @Column('jsonb', { name: 'callback_token', nullable: true })
  callbackToken!: SealedSecret | null;

  @Column('jsonb', { name: 'callback_encoding_aes_key', nullable: true })
  callbackEncodingAesKey!: SealedSecret | null;

  @Column('jsonb', { name: 'callback_former', nullable: true })
  callbackFormer!: FormerCallback | null;

  /** The platform through which an authorizer speaks. */
  @Column('text', { nullable: true })
  @Index('app_platform')
  platform!: string | null;

  /** What kind of account an authorizer is, once WeChat has told. */
  @Column('text', { name: 'account_kind', nullable: true })
  accountKind!: AccountKind | null;

  /** The permission sets that an authorizer allows its platform, by WeChat's numbers; null for an app of our own. */
  @Column('integer', { array: true, nullable: true })
  granted!: number[] | null;

  /** Counts changes, so that a finding about an earlier state is not taken for one about the present state. */
  @Column('integer', { default: 1 })
  revision!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;

  /** What the app is at WeChat, whoever speaks for it. */
  get nature(): AppKind {
    return this.accountKind ?? this.kind;
  }
}
