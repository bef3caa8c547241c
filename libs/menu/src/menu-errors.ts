import { failure } from '#errors';

export class MenuNotFound extends failure('missing', 'menu_not_found', 'The account has no menu made by a call') {
  constructor(appid: string) {
    super(`${appid} has no menu that was made by a call; one made in WeChat's console is not shown here`);
  }
}
