/* global URL, document, window */
// The login page in a frame of a page of yours, whose origin must be among the origins of the key:
//
//   const start = fetch('/wechat/start', { method: 'POST' }).then((r) => r.text());
//   const { login_code, state } = await WechatQrLogin.mount(document.getElementById('wechat'), start);
//
// where /wechat/start is your server: it asks the gateway for login-pages with `frame_origin`, and answers the url.
// A failure has a `reason`: denied (on the phone), cancelled (two people scanned), expired; and the state.
// Where the browser keeps no cookies in frames, the page offers to open by itself, and ends at your `return_to`.
(function () {
  'use strict';
  var gateway = new URL(document.currentScript.src).origin;

  function mount(element, address) {
    var url = new URL(address, gateway);
    if (url.origin !== gateway) throw new Error('The address is not one of the gateway');
    var frame = document.createElement('iframe');
    frame.src = url.href;
    frame.title = 'WeChat';
    frame.width = '300';
    frame.height = '480';
    frame.style.border = '0';
    element.replaceChildren(frame);
    return new Promise(function (resolve, reject) {
      window.addEventListener('message', function hear(event) {
        if (event.source !== frame.contentWindow || event.origin !== gateway) return;
        var said = event.data;
        if (!said || said.type !== 'wechat-qr-login') return;
        window.removeEventListener('message', hear);
        if (said.login_code) resolve({ login_code: said.login_code, state: said.state });
        else reject(Object.assign(new Error('WeChat login: ' + said.error), { reason: said.error, state: said.state }));
      });
    });
  }

  window.WechatQrLogin = {
    mount: function (element, address) {
      return Promise.resolve(address).then(function (url) {
        return mount(element, url);
      });
    },
  };
})();
