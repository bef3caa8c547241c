import { failure } from '#errors';

export class MenuNotFound extends failure('missing', 'menu_not_found', {
  en: 'The account has no menu made by a call',
  zh: '这个账号没有通过接口创建的菜单',
}) {
  constructor(appid: string) {
    super({
      en: `${appid} has no menu that was made by a call; one made in WeChat's console is not shown here`,
      zh: `${appid} 没有通过接口创建的菜单；在微信后台设置的菜单这里不显示`,
    });
  }
}
