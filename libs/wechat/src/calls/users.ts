import { permissionSets } from '../permission-sets.js';
import type { WechatAnswer } from '../wechat-answer.js';
import { declared } from '../wechat-call.js';
import type { Language } from './web-authorisation.js';

const permissionSet = permissionSets.users;

/** A person as an account sees them. Of somebody who does not follow it, WeChat tells nearly nothing. */
export interface PersonFacts {
  readonly openid: string;
  readonly unionid: string | null;
  readonly follows: FollowFacts | null;
}

/** Name, picture, sex and places are blank since the end of 2021; web authorisation still gives the first two. */
export interface FollowFacts {
  readonly nickname: string;
  readonly sex: number;
  readonly language: string;
  readonly city: string;
  readonly province: string;
  readonly country: string;
  readonly headimgurl: string;
  /** Unix seconds of the latest follow. */
  readonly since: number;
  readonly remark: string;
  readonly groupId: number;
  readonly tagIds: readonly number[];
  /** How they came: `ADD_SCENE_SEARCH`, `ADD_SCENE_QR_CODE`, … */
  readonly scene: string;
  readonly qrScene: number;
  readonly qrSceneText: string;
}

export interface FollowerPage {
  readonly total: number;
  readonly openids: readonly string[];
  /** Null on the last page. */
  readonly next: string | null;
}

/** https://developers.weixin.qq.com/doc/offiaccount/User_Management/Get_users_basic_information_UnionID.html */
export const readUser = declared('GET', '/cgi-bin/user/info', 'app', {
  permissionSet,
  takes: (openid: string, language: Language) => ({ openid, lang: language }),
  gives: userOf,
});

/** At most a hundred. */
export const readUsers = declared('POST', '/cgi-bin/user/info/batchget', 'app', {
  permissionSet,
  takes: (openids: string[], language: Language) => ({ user_list: openids.map((openid) => ({ openid, lang: language })) }),
  gives: (answer) => answer.objects('user_info_list').map(userOf),
});

/** Ten thousand a page, the oldest first. */
export const listFollowers = declared('GET', '/cgi-bin/user/get', 'app', {
  permissionSet,
  takes: (after: string | undefined) => ({ next_openid: after ?? '' }),
  gives: (answer, _app, after): FollowerPage => {
    const openids = answer.object('data')?.texts('openid') ?? [];
    // WeChat names a next one even when there is none: only an empty page is the end, unless the whole list was this one.
    const isAll = after === undefined && openids.length >= answer.number('total');
    const next = openids.length === 0 || isAll ? null : answer.optionalText('next_openid');
    return { total: answer.number('total'), openids, next };
  },
});

function userOf(answer: WechatAnswer): PersonFacts {
  const person = { openid: answer.text('openid'), unionid: answer.optionalText('unionid') };
  if (answer.number('subscribe') === 0) return { ...person, follows: null };
  return {
    ...person,
    follows: {
      nickname: answer.optionalText('nickname') ?? '',
      sex: answer.number('sex'),
      language: answer.optionalText('language') ?? '',
      city: answer.optionalText('city') ?? '',
      province: answer.optionalText('province') ?? '',
      country: answer.optionalText('country') ?? '',
      headimgurl: answer.optionalText('headimgurl') ?? '',
      since: answer.number('subscribe_time'),
      remark: answer.optionalText('remark') ?? '',
      groupId: answer.number('groupid'),
      tagIds: answer.numbers('tagid_list'),
      scene: answer.optionalText('subscribe_scene') ?? '',
      qrScene: answer.number('qr_scene'),
      qrSceneText: answer.optionalText('qr_scene_str') ?? '',
    },
  };
}
