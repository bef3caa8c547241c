/* global URL, document, window */
// The login page in a frame of a page of yours, whose origin must be among the origins of the key:
//
//   const { login_code, state } = await WechatQrLogin.mount(document.getElementById('wechat'), address);
//
// where the address is a /login/qr?… that your server made: key, appid, binding, return_to and state.
(function () {
  'use strict';
  var gateway = new URL(document.currentScript.src).origin;

  window.WechatQrLogin = {
    mount: function (element, address) {
      var url = new URL(address, gateway);
      if (url.origin !== gateway) return Promise.reject(new Error('The address is not one of the gateway'));
      url.searchParams.set('embed', 'true');
      var frame = document.createElement('iframe');
      frame.src = url.href;
      frame.title = 'WeChat';
      frame.width = '300';
      frame.height = '420';
      frame.style.border = '0';
      element.replaceChildren(frame);
      return new Promise(function (resolve) {
        window.addEventListener('message', function hear(event) {
          if (event.source !== frame.contentWindow || event.origin !== gateway) return;
          if (!event.data || event.data.type !== 'wechat-qr-login') return;
          window.removeEventListener('message', hear);
          resolve({ login_code: event.data.login_code, state: event.data.state });
        });
      });
    },
  };
})();
