/* global URL, clearInterval, document, fetch, location, setInterval, setTimeout, window */
(function () {
  'use strict';
  var login = JSON.parse(document.currentScript.dataset.login);
  var words = login.words;
  var endsAt = Date.now() + login.secondsLeft * 1000;
  var status = 'pending';
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

  function show(text, over) {
    find('status').textContent = text;
    if (!over) return;
    clearInterval(ageing);
    find('code').className = 'code over';
    find('renew').hidden = false;
    find('age').parentNode.hidden = true;
  }

  function look() {
    fetch('/login/attempts/' + login.id + '?known=' + status, { credentials: 'same-origin' })
      .then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      })
      .then(hear, function () {
        show(words.lost);
        // What was missed meanwhile is to be told at once.
        status = '';
        setTimeout(look, 2000);
      });
  }

  function hear(said) {
    status = said.status;
    if (status === 'confirmed') return finish(said.login_code);
    if (status === 'pending') show(words.scan);
    else if (status === 'scanned') show(words.scanned);
    else return show(words[status] || words.expired, true);
    look();
  }

  function finish(code) {
    show(words.confirmed);
    clearInterval(ageing);
    var to = new URL(login.returnTo);
    if (login.isFramed) {
      // To the page that the service named, and to no other that may have framed this one.
      window.parent.postMessage({ type: 'wechat-qr-login', login_code: code, state: login.state }, to.origin);
      return;
    }
    to.searchParams.set('login_code', code);
    to.searchParams.set('state', login.state);
    location.replace(to.href);
  }
})();
