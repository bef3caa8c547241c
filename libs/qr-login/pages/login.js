/* global URL, clearInterval, document, fetch, location, setInterval, setTimeout, window */
(function () {
  'use strict';
  var login = JSON.parse(document.currentScript.dataset.login);
  var words = login.words;
  var endsAt = Date.now() + login.secondsLeft * 1000;
  // What was reached before the page was loaded again is to be told at once.
  var status = '';
  var find = function (id) {
    return document.getElementById(id);
  };

  var ageing = setInterval(age, 1000);
  age();
  look();
  find('renew').onclick = function () {
    location.reload();
  };

  function age() {
    var left = Math.max(0, Math.round((endsAt - Date.now()) / 1000));
    find('age').value = left;
    find('left').textContent = left + ' ' + words.left;
  }

  function show(text) {
    find('status').textContent = text;
  }

  function close(text, mayRenew) {
    show(text);
    clearInterval(ageing);
    find('code').className = 'code over';
    find('renew').hidden = !mayRenew;
    find('age').parentNode.hidden = true;
    find('compare').hidden = true;
  }

  function look() {
    fetch(login.stateUrl + '?known=' + status, { credentials: 'same-origin' })
      .then(function (answer) {
        if (answer.status === 401) return close(words.cookies);
        if (!answer.ok) throw new Error(answer.status);
        return answer.json().then(hear);
      })
      .catch(function () {
        show(words.lost);
        status = '';
        setTimeout(look, 2000);
      });
  }

  function hear(said) {
    // Another tab of this browser has asked for another code.
    if (said.id !== login.id) return location.reload();
    status = said.status;
    if (status === 'confirmed') return end({ login_code: said.login_code });
    if (status === 'redeemed') return close(words.redeemed);
    if (status === 'expired' && said.renewals_left > 0) return close(words.expired, true);
    if (status !== 'pending' && status !== 'scanned') return end({ error: status });
    show(status === 'pending' ? words.scan : words.scanned);
    look();
  }

  function end(ending) {
    close(words[status]);
    ending.state = login.state;
    // To the page that the service named, and to no other that may have framed this one.
    if (window.parent !== window) {
      ending.type = 'wechat-qr-login';
      return window.parent.postMessage(ending, login.frameOrigin);
    }
    var to = new URL(login.returnTo);
    Object.keys(ending).forEach(function (name) {
      to.searchParams.set(name, ending[name]);
    });
    location.replace(to.href);
  }
})();
