/* global URL, URLSearchParams, clearInterval, document, setInterval, setTimeout, window */
// The login window of a desktop page. Load it from the gateway, and open the window in the click itself:
//
//   const { code, state } = await WechatLogin.open(fetch('/wechat/start', { method: 'POST' }).then((r) => r.text()));
//
// where /wechat/start is your server: it makes a state, binds it to the session, and asks the gateway for a popup-url.
// Send code and state to your server; it compares the state and exchanges the code. A failure has a `reason`:
// blocked (by the browser), closed (by the person), denied (in WeChat), failed (no address came, or WeChat refused).
(function () {
  'use strict';
  var gateway = new URL(document.currentScript.src).origin;

  function place() {
    var width = 800;
    var height = 460;
    var left = window.screenX + Math.max(0, (window.outerWidth - width) / 2);
    var top = window.screenY + Math.max(0, (window.outerHeight - height) / 2);
    return 'popup,width=' + width + ',height=' + height + ',left=' + Math.round(left) + ',top=' + Math.round(top);
  }

  function failure(reason) {
    return Object.assign(new Error('WeChat login: ' + reason), { reason: reason });
  }

  function open(url) {
    return new Promise(function (resolve, reject) {
      // At once, while the browser still knows of the click; the address may come later.
      var popup = window.open('about:blank', 'wechat-login', place());
      if (!popup) return reject(failure('blocked'));
      var watch = setInterval(function () {
        if (!popup.closed) return;
        clearInterval(watch);
        // The window closes itself once it has spoken, and may be gone before its words arrive.
        setTimeout(function () {
          end(reject, failure('closed'));
        }, 1000);
      }, 400);

      function end(settle, value) {
        clearInterval(watch);
        window.removeEventListener('message', hear);
        settle(value);
      }

      function hear(event) {
        // Only what the window that we opened says, from the gateway's own finish page or from one of this site.
        if (event.source !== popup || (event.origin !== gateway && event.origin !== window.location.origin)) return;
        var said = event.data;
        if (!said || said.type !== 'wechat-login') return;
        popup.close();
        if (said.code) end(resolve, { code: said.code, state: said.state });
        else end(reject, failure(said.error === 'failed' ? 'failed' : 'denied'));
      }

      window.addEventListener('message', hear);
      Promise.resolve(url).then(
        function (address) {
          popup.location.replace(address);
        },
        function () {
          popup.close();
          end(reject, failure('failed'));
        },
      );
    });
  }

  // For a redirect_uri of your own site: call this there instead of the gateway's finish page.
  function finish() {
    var query = new URLSearchParams(window.location.search);
    // A code in the address bar is a code in the history.
    window.history.replaceState(null, '', window.location.pathname);
    if (!window.opener) return false;
    var said = { type: 'wechat-login', code: query.get('code'), state: query.get('state') || '' };
    window.opener.postMessage(said, window.location.origin);
    window.close();
    return true;
  }

  window.WechatLogin = { open: open, finish: finish };
})();
