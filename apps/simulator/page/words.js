/* global localStorage, navigator, document */
const all = {
  zh: {
    title: '微信模拟器',
    reset: '重置',
    theme: '明暗',
    otherLanguage: 'English',
    phone: '手机',
    holder: '手机的主人',
    account: '帐号',
    chat: '聊天',
    scanTab: '扫一扫',
    browser: '浏览器',
    wechatBrowser: '微信内的浏览器',
    sayHint: '发消息',
    send: '发送',
    menu: '点菜单',
    menuHint: '菜单的 key 或链接',
    tap: '点击',
    scan: '扫描',
    scanHint: '粘贴二维码的内容',
    liveCodes: '现在可扫的二维码',
    noCodes: '还没有二维码',
    scanned: '已扫描',
    expired: '二维码已过期',
    isText: '二维码里的文字：',
    address: '网址',
    open: '打开',
    window: '新窗口',
    apps: '应用与令牌',
    noTokens: '还没有令牌',
    noCallback: '未设置回调',
    kill: '被别处顶掉',
    alive: '有效',
    dead: '已失效',
    journal: '请求与推送',
    quiet: '还没有动静',
    follow: '关注',
    unfollow: '取消关注',
    stop: '停表',
    run: '走表',
    sending: '发送中…',
    held: '扣住未发',
    failed: '该公众号提供的服务出现故障，请稍后再试',
    unheard: '没有回调地址，消息无人接收',
    event: '事件',
    push: '推送',
    kind_official_account: '公众号',
    kind_mini_program: '小程序',
    kind_website: '网站应用',
  },
  en: {
    title: 'WeChat simulator',
    reset: 'Reset',
    theme: 'Light / dark',
    otherLanguage: '中文',
    phone: 'Phone',
    holder: 'Held by',
    account: 'Account',
    chat: 'Chat',
    scanTab: 'Scan',
    browser: 'Browser',
    wechatBrowser: 'WeChat’s browser',
    sayHint: 'Write a message',
    send: 'Send',
    menu: 'Tap a menu',
    menuHint: 'A menu key or link',
    tap: 'Tap',
    scan: 'Scan',
    scanHint: 'Paste what the code says',
    liveCodes: 'Codes that can be scanned now',
    noCodes: 'No codes yet',
    scanned: 'Scanned',
    expired: 'The code has expired',
    isText: 'The code says: ',
    address: 'Address',
    open: 'Open',
    window: 'New window',
    apps: 'Apps and tokens',
    noTokens: 'No tokens yet',
    noCallback: 'no callback set',
    kill: 'Kill from elsewhere',
    alive: 'alive',
    dead: 'dead',
    journal: 'Requests and pushes',
    quiet: 'Nothing has happened yet',
    follow: 'Follow',
    unfollow: 'Unfollow',
    stop: 'Stop',
    run: 'Run',
    sending: 'Sending…',
    held: 'Held back',
    failed: 'The account cannot serve you now',
    unheard: 'No callback is set: nobody hears this',
    event: 'event',
    push: 'push',
    kind_official_account: 'Official account',
    kind_mini_program: 'Mini program',
    kind_website: 'Website app',
  },
};

let language = localStorage.getItem('language') ?? (navigator.language.startsWith('zh') ? 'zh' : 'en');

export const word = (name) => all[language][name] ?? name;

export function switchLanguage() {
  language = language === 'zh' ? 'en' : 'zh';
  localStorage.setItem('language', language);
}

/** Puts the words of the language wherever the page asks for one. */
export function writeWords() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll('[data-placeholder]')) element.placeholder = word(element.dataset.placeholder);
  for (const element of document.querySelectorAll('[data-label]')) element.ariaLabel = word(element.dataset.label);
  for (const element of document.querySelectorAll('[data-title]')) element.title = word(element.dataset.title);
}
